import { delay, type Clock } from '../../platform/lifecycle/clock.ts';
import type { Cause } from '../cause.ts';
import { SWEEP_CALLS_PER_SECOND, type CallBudget } from '../observe/call-budget.ts';
import { mapConcurrently } from '../observe/map-concurrently.ts';
import { placeOf } from '../observe/read-log.ts';
import type { SweptKey, SweptVault } from '../observe/targets.ts';
import type { VaultReads } from '../observe/vault-reads.ts';
import type { KeyReading } from '../observe/vault-reading.ts';
import type { World } from '../observe/world.ts';
import { entriesOf } from '../plan/version-facts.ts';
import { nextRoundAfter } from './compute-pace.ts';
import type { KeySetSweep } from './sweep-key-set.ts';
import type { VaultPace } from './vault-pace.ts';

/** Keys of one vault that are read at once. */
const CONCURRENCY = 8;
/** How soon a changed interval is heeded. */
const NAP_MS = 1000;
const SHORTEST_PAUSE_MS = 50;
/** Where the budget leaves no room, every round confirms the public keys of one in so many keys. */
const CONFIRM_ONE_IN = 20;

export interface VaultSweepOptions {
  readonly world: World;
  readonly vaultReads: VaultReads;
  readonly keySetSweep: KeySetSweep;
  readonly clock: Clock;
  readonly random: () => number;
  readonly clustersSharingVault: number;
  /** The vault as it is to be swept now; undefined when nobody follows a key there any more. */
  readonly findTarget: () => SweptVault | undefined;
  readonly pace: VaultPace;
  readonly budget: CallBudget;
}

/** Sweeps one vault until nobody follows a key there or the signal aborts. Rounds never overlap. */
export async function sweepVault(options: VaultSweepOptions, signal: AbortSignal): Promise<void> {
  const offsets = new Map<string, number>();
  for (let round = 0; ; round += 1) {
    const target = options.findTarget();
    if (target === undefined) return;
    const startedAt = options.clock.now();
    const cause = round === 0 ? 'start' : 'sweep';
    await sweepRound({ target, startedAt, round, cause, offsets }, options, signal);
    await untilDue(startedAt, options, signal);
  }
}

interface Round {
  readonly target: SweptVault;
  readonly startedAt: number;
  readonly round: number;
  readonly cause: Cause;
  /** By key: how long after its round's start it was read last. */
  readonly offsets: Map<string, number>;
}

async function sweepRound(
  { target, startedAt, round, cause, offsets }: Round,
  options: VaultSweepOptions,
  signal: AbortSignal,
): Promise<void> {
  const { clock, pace, keySetSweep } = options;
  const hasRoom = hasRoomToConfirm(target, options);
  await mapConcurrently([...target.keys.entries()], CONCURRENCY, async ([index, key]) => {
    await options.budget.take(signal);
    await pauseWhileThrottled(pace, clock, signal);
    const beganAt = clock.now();
    const confirm = hasRoom || (round + index) % CONFIRM_ONE_IN === 0 ? 1 : 0;
    const known = knownOf(key, options.world);
    const reading = await options.vaultReads.read(key.source, {
      known,
      cause,
      confirm,
      isPaid: true,
      signal,
    });
    const place = placeOf(key.source);
    const offset = beganAt - startedAt;
    const before = Math.min(offsets.get(place) ?? offset, offset);
    offsets.set(place, offset);
    // Read later in this round than in the last one, and then the time of the read itself. The first round, with connections and tokens
    // still to be had, comes after none.
    if (round > 0 && isFull(reading)) pace.recordRead((clock.now() - startedAt - before) / 1000);
    keySetSweep.record(reading);
    for (const follower of key.followers) await keySetSweep.look(follower, cause);
  });
}

function knownOf({ source, followers }: SweptKey, world: World) {
  return followers.map((follower) => {
    const keySet = world.keySet(follower);
    return keySet === undefined ? [] : entriesOf(keySet.status, source);
  });
}

/** A vault that fails does not show how long a read takes. */
function isFull(reading: KeyReading): boolean {
  return reading.kind === 'read' && reading.problems.length === 0;
}

function hasRoomToConfirm({ callsPerRound }: SweptVault, options: VaultSweepOptions): boolean {
  const { pace, clustersSharingVault } = options;
  const affordable =
    (pace.current().roundSeconds * SWEEP_CALLS_PER_SECOND) / Math.max(1, clustersSharingVault);
  return callsPerRound * 2 <= affordable;
}

async function pauseWhileThrottled(
  pace: VaultPace,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const wait = pace.notBefore() - clock.now();
  if (wait > 0) await delay(clock, wait, signal);
}

/** In naps: the interval may have become shorter meanwhile. */
async function untilDue(
  startedAt: number,
  { clock, pace, random, findTarget }: VaultSweepOptions,
  signal: AbortSignal,
): Promise<void> {
  const luck = random();
  await delay(clock, SHORTEST_PAUSE_MS, signal);
  for (;;) {
    if (findTarget() === undefined) return;
    const due = startedAt + nextRoundAfter(pace.current(), luck) * 1000;
    const wait = Math.max(due, pace.notBefore()) - clock.now();
    if (wait <= 0) return;
    await delay(clock, Math.min(wait, NAP_MS), signal);
  }
}
