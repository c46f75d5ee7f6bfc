import type { Clock } from '../../platform/lifecycle/clock.ts';
import { computePace, type Pace, type PaceFacts } from './compute-pace.ts';

/** Allowed for a read until longer ones are seen; also what detection, writing and watching take after the read. */
const LEAST_LATE_SECONDS = 0.25;
/** How long a slow read or a throttled call is remembered: a promise that goes up and down with each round is none. */
const MEMORY_MS = 60_000;
const LONGEST_STRETCH_SECONDS = 64;

/** What is remembered of one vault to pace its sweep. */
export interface VaultPace {
  /** The wanted interval and the calls of a round, as they are now. */
  demand(facts: Pick<PaceFacts, 'wantedSeconds' | 'callsPerRound'>): void;
  /** A read that succeeded, so many seconds after it was due. */
  recordRead(lateSeconds: number): void;
  /** A call that the vault refused as one too many. Only the vault's own words stretch its sweep, and only its. */
  recordThrottled(retryAfterSeconds: number | undefined): void;
  current(): Pace;
  /** Before then, in milliseconds since the epoch, the vault is not to be asked. */
  notBefore(): number;
}

export function createVaultPace(clock: Clock, clustersSharingVault: number): VaultPace {
  let wanted = { wantedSeconds: 5, callsPerRound: 1 };
  const reads: { at: number; lateSeconds: number }[] = [];
  let stretchSeconds = 0;
  let throttledAt = -Infinity;
  let notBefore = 0;

  const lateSeconds = (): number => {
    const since = clock.now() - MEMORY_MS;
    while ((reads[0]?.at ?? Infinity) < since) reads.shift();
    return Math.max(LEAST_LATE_SECONDS, reads[0]?.lateSeconds ?? 0);
  };

  /** Doubles with each round that meets a throttled vault, and halves with each minute that does not. */
  const stretch = (): number => {
    const minutes = Math.floor((clock.now() - throttledAt) / MEMORY_MS);
    const left = stretchSeconds / 2 ** minutes;
    return left < 0.5 ? 0 : left;
  };

  return {
    demand: (facts) => {
      wanted = facts;
    },
    recordRead: (late) => {
      // A falling sequence: what is neither newer nor longer than another is never the longest again.
      while ((reads.at(-1)?.lateSeconds ?? Infinity) <= late) reads.pop();
      reads.push({ at: clock.now(), lateSeconds: late });
    },
    recordThrottled: (retryAfterSeconds) => {
      const now = clock.now();
      notBefore = Math.max(notBefore, now + (retryAfterSeconds ?? 1) * 1000);
      // Many calls of one burst are one refusal.
      if (now - throttledAt < 1000) return;
      const next = Math.max(1, retryAfterSeconds ?? 1, stretch() * 2);
      stretchSeconds = Math.min(LONGEST_STRETCH_SECONDS, next);
      throttledAt = now;
    },
    current: () =>
      computePace({
        ...wanted,
        clustersSharingVault,
        lateSeconds: lateSeconds(),
        stretchSeconds: stretch(),
      }),
    notBefore: () => notBefore,
  };
}

/** The paces of all vaults that are swept. */
export interface VaultPaces {
  of(vaultUri: string): VaultPace;
  /** The longest promise of the vaults; with none, the interval that was asked for. */
  effectiveSeconds(wantedSeconds: number, vaultUris: readonly string[]): number;
  /** The promised seconds of all vaults that are swept. */
  all(): ReadonlyMap<string, number>;
  forget(vaultUri: string): void;
}

export function createVaultPaces(clock: Clock, clustersSharingVault: number): VaultPaces {
  const paces = new Map<string, VaultPace>();
  const of = (vaultUri: string): VaultPace => {
    const pace = paces.get(vaultUri) ?? createVaultPace(clock, clustersSharingVault);
    paces.set(vaultUri, pace);
    return pace;
  };
  return {
    of,
    effectiveSeconds: (wantedSeconds, vaultUris) =>
      vaultUris.length === 0
        ? wantedSeconds
        : Math.max(...vaultUris.map((vaultUri) => of(vaultUri).current().effectiveSeconds)),
    all: () =>
      new Map([...paces].map(([vaultUri, pace]) => [vaultUri, pace.current().effectiveSeconds])),
    forget: (vaultUri) => {
      paces.delete(vaultUri);
    },
  };
}
