import { SWEEP_CALLS_PER_SECOND } from '../observe/call-budget.ts';

/** Rounds come up to this much sooner than they must, never later: clusters drift apart and the promise holds. */
const JITTER = 0.05;

export interface PaceFacts {
  /** The smallest `spec.sweepInterval` of the vault's KeySets. */
  readonly wantedSeconds: number;
  /** Calls that one round makes, pages of lists included. */
  readonly callsPerRound: number;
  readonly clustersSharingVault: number;
  /** How much longer than a round the answer about a key takes to come. */
  readonly lateSeconds: number;
  /** What a throttled vault makes it wait on top. */
  readonly stretchSeconds: number;
}

export interface Pace {
  /** At most this long after a change in the vault it is seen: the promise, in half seconds so that it does not flap. */
  readonly effectiveSeconds: number;
  /** From the start of a round to the start of the next, at most. */
  readonly roundSeconds: number;
}

/**
 * How often a vault is swept, and what can be promised. Keys are read in the same order in every round, so between two reads of a key
 * lies one round; the answer comes `lateSeconds` later.
 */
export function computePace(facts: PaceFacts): Pace {
  const { wantedSeconds, callsPerRound, clustersSharingVault, lateSeconds } = facts;
  const affordable = (callsPerRound * Math.max(1, clustersSharingVault)) / SWEEP_CALLS_PER_SECOND;
  const leastRound = Math.max(affordable, lateSeconds);
  const base = Math.max(wantedSeconds, roundUpToHalf(leastRound + lateSeconds));
  const effectiveSeconds = roundUpToHalf(base + facts.stretchSeconds);
  return { effectiveSeconds, roundSeconds: effectiveSeconds - lateSeconds };
}

/** When the next round starts, in seconds after the start of the last. `random`: 0 ≤ r < 1. */
export function nextRoundAfter({ roundSeconds }: Pace, random: number): number {
  return roundSeconds * (1 - JITTER * random);
}

function roundUpToHalf(seconds: number): number {
  // A sum like 4.75 + 0.25 must not become the next half.
  return Math.ceil(seconds * 2 - 1e-9) / 2;
}
