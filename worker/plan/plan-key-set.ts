import { isDeepStrictEqual } from 'node:util';
import type { KeySetStatus } from '../../core/keys/key-set.ts';
import { keyVersionIdentity } from '../../core/keys/key-id.ts';
import type { KeyState, KeyVersionStatus } from '../../core/keys/key-version.ts';
import { formatTime, parseTime } from '../../core/keys/time.ts';
import { formatDurationSeconds } from '../../platform/kube/duration.ts';
import { holdTrust, type HeldTrust } from './hold-trust.ts';
import { findNextChange } from './next-change.ts';
import type { Observation } from './observation.ts';
import { lastFullRead, planConditions, vaultProblems } from './plan-conditions.ts';
import { planEvents, type PlannedEvent } from './plan-events.ts';
import { NAME_TAKEN, planGenerated, type GeneratedWrite } from './plan-generated.ts';
import { findHeldOut } from './held-out.ts';
import { planKmp, type KmpWrite } from './plan-kmp.ts';
import type { ProviderSync } from './provider-sync.ts';
import { nextMemory } from './provider-mode.ts';
import { planVersions } from './plan-versions.ts';

export interface StateChange {
  readonly name: string;
  readonly version: string;
  readonly from: KeyState | 'new';
  readonly to: KeyState | 'gone';
}

/** What is to be done for one KeySet, as a value: tests assert on it, `keyward diff` prints it, the log records it. */
export interface Plan {
  readonly status: KeySetStatus;
  /** Whether the status is to be written at all: something changed, or the heartbeat is due. */
  readonly writeStatus: 'changed' | 'heartbeat' | 'no';
  readonly kmp?: KmpWrite;
  /** The provider that keyward owns, where one is asked for. */
  readonly generated?: GeneratedWrite;
  readonly changes: readonly StateChange[];
  /** What to tell at the KeySet once the status is written. */
  readonly events: readonly PlannedEvent[];
  /** `name/version` of what the guard rail keeps. */
  readonly held: readonly string[];
  /** See `findNextChange`. */
  readonly nextChangeAt?: number;
  readonly vaultRead: boolean;
}

/** Pure: the same observation gives the same plan. */
export function planKeySet(observation: Observation): Plan {
  const { keySet, kmp, now } = observation;
  const { versions, ...held } = planTrust(observation);
  const provider = planProvider(versions, observation);
  // A provider that cannot be used leads to no vault: what was read before it went grows old.
  const isRead = observation.provider?.kind !== 'unusable';
  const vaultRead = isRead && vaultProblems(observation).length === 0;
  const changes = findChanges(keySet.status.versions, versions);
  const { lastChangeTime } = keySet.status;
  const time = formatTime(now);
  const trusted = versions.filter(({ state }) => state === 'trusted').length;
  const conditions = planConditions(observation, versions, { versions, ...held }, provider.sync);
  // What is somebody else's must not vouch for images in this KeySet's name.
  const isOwn = observation.writtenElsewhere === undefined && provider.sync?.reason !== NAME_TAKEN;
  const memory = isOwn ? nextMemory(keySet, kmp) : undefined;
  const rest = {
    observedGeneration: keySet.generation,
    effectiveSweepInterval: formatDurationSeconds(observation.effectiveSweepSeconds),
    trusted,
    versions,
    conditions,
    ...(memory === undefined ? {} : { provider: memory }),
  };
  const changed = changes.length > 0 ? time : lastChangeTime;
  const reconciled = vaultRead ? time : lastFullRead(observation);
  const status: KeySetStatus = {
    ...rest,
    ...(changed === undefined ? {} : { lastChangeTime: changed }),
    ...(reconciled === undefined ? {} : { lastReconciledTime: reconciled }),
  };
  const nextChangeAt = findNextChange(observation, versions);
  return {
    status,
    writeStatus: writeNeeded(observation, status),
    ...(provider.kmp === undefined ? {} : { kmp: provider.kmp }),
    ...(provider.generated === undefined ? {} : { generated: provider.generated }),
    changes,
    events: planEvents(changes, keySet.status.conditions, conditions, trusted),
    held: held.held,
    ...(nextChangeAt === undefined ? {} : { nextChangeAt }),
    vaultRead,
  };
}

function planTrust(observation: Observation): HeldTrust {
  const { keySet, kmp } = observation;
  const { provider: memory, versions: known } = keySet.status;
  return holdTrust(observation, planVersions(observation, findHeldOut(kmp, { memory, known })));
}

interface ProviderWrites {
  /** Undefined: there is no provider to be in step with. */
  readonly sync: ProviderSync | undefined;
  readonly kmp?: KmpWrite;
  readonly generated?: GeneratedWrite;
}

function planProvider(
  versions: readonly KeyVersionStatus[],
  { keySet, kmp, target, writtenElsewhere, now }: Observation,
): ProviderWrites {
  if (writtenElsewhere !== undefined)
    return { sync: { status: 'Unknown', reason: 'NotManaged', message: writtenElsewhere } };
  const { provider: memory, versions: known } = keySet.status;
  const source = kmp === undefined ? undefined : planKmp(kmp, versions, { memory, known, now });
  if (target === undefined) return { sync: source?.sync, ...writeOf(source?.write) };
  const owner = `${keySet.namespace}/${keySet.name}`;
  const { sync, write } = planGenerated({ ...target, source: kmp, owner, versions, now });
  // Of a provider that keyward wrote before: what is left to be cleared away.
  const cleared = source?.write?.kind === 'annotate' ? writeOf(source.write) : {};
  return { sync, ...cleared, ...(write === undefined ? {} : { generated: write }) };
}

function writeOf(write: KmpWrite | undefined): Pick<ProviderWrites, 'kmp'> {
  return write === undefined ? {} : { kmp: write };
}

/** The heartbeat tells that the vault is still read; four fit into `staleAfter`, so that one lost write makes nothing stale. */
function writeNeeded({ keySet, now }: Observation, next: KeySetStatus): Plan['writeStatus'] {
  const last = keySet.status.lastReconciledTime;
  if (!isDeepStrictEqual(comparable(keySet.status), comparable(next))) return 'changed';
  if (next.lastReconciledTime === last) return 'no';
  const lastTime = last === undefined ? undefined : parseTime(last);
  const isDue =
    lastTime === undefined || now - lastTime >= (keySet.spec.staleAfterSeconds * 1000) / 4;
  return isDue ? 'heartbeat' : 'no';
}

function comparable(status: KeySetStatus): unknown {
  const { lastReconciledTime: _time, ...rest } = status;
  return {
    ...rest,
    versions: status.versions.map((version) => ({ ...version })),
    conditions: status.conditions.map((condition) => ({ ...condition })),
  };
}

function findChanges(
  before: readonly KeyVersionStatus[],
  after: readonly KeyVersionStatus[],
): readonly StateChange[] {
  const old = new Map(before.map((status) => [identity(status), status]));
  const changes: StateChange[] = [];
  for (const { name, version, state, ...rest } of after) {
    const id = identity({ name, version, ...rest });
    const from = old.get(id)?.state ?? 'new';
    old.delete(id);
    if (from !== state) changes.push({ name, version, from, to: state });
  }
  for (const { name, version, state } of old.values())
    changes.push({ name, version, from: state, to: 'gone' });
  return changes;
}

function identity(status: Omit<KeyVersionStatus, 'state' | 'reason' | 'since'>): string {
  return status.vaultUri === '' ? (status.fingerprint ?? '') : keyVersionIdentity(status);
}
