import type { KeyAlgorithm } from '../../core/keys/key-version.ts';
import type { TrustedKey } from '../../core/keys/trust-view.ts';
import type { SoundCandidate } from '../../core/verdict/evidence.ts';
import type { Verifies } from '../../core/verdict/try-policy.ts';
import type { Verdict } from '../../core/verdict/verdict.ts';
import type { VerificationMemo } from '../evidence/verification-memo.ts';

export interface TrialOptions {
  readonly memo: VerificationMemo;
  /** For the trials of one answer, in microseconds of CPU by the table below. What was tried by then is remembered. */
  readonly budgetMicroseconds: number;
  /** Asked for only when there is something to try. */
  readonly signal: () => AbortSignal | undefined;
}

/** About what one trial takes (Node 24, OpenSSL 3, one core of 2026). */
const COST_MICROSECONDS: Readonly<Record<KeyAlgorithm, number>> = {
  'RSA-2048': 40,
  'RSA-3072': 80,
  'RSA-4096': 130,
  'P-256': 100,
  'P-384': 800,
  'P-521': 1500,
};
/** Trials before the verdict is asked for again; doubled each time, so that a first good signature ends the search early. */
const FIRST_ROUND = 4;
const LARGEST_ROUND = 64;

type Trial = readonly [candidate: SoundCandidate, key: TrustedKey];

/**
 * A pure verdict whose signature trials are made beside the event loop: what `decide` asks for and nobody tried yet is tried, in the order
 * in which it asks (newest keys first, hints before that), until the verdict rests on nothing unknown or the budget is spent. A warm
 * verdict needs no trial and is returned as it is.
 */
export function decideWithTrials(
  decide: (verifies: Verifies) => Verdict,
  options: TrialOptions,
): Verdict | Promise<Verdict> {
  const first = decideOnce(decide, options.memo);
  return isSettled(first) ? first.verdict : tryUntilSettled(decide, first, options);
}

interface Attempt {
  readonly verdict: Verdict;
  /** What the verdict could not find out, in the order in which it asked. */
  readonly missing: readonly Trial[];
}

function decideOnce(decide: (verifies: Verifies) => Verdict, memo: VerificationMemo): Attempt {
  const missing: Trial[] = [];
  const verdict = decide((candidate, key) => {
    const known = memo.recall(candidate, key);
    if (known !== undefined) return known;
    missing.push([candidate, key]);
    return 'unknown';
  });
  return { verdict, missing };
}

function isSettled({ verdict, missing }: Attempt): boolean {
  return verdict.kind === 'allow' || missing.length === 0;
}

async function tryUntilSettled(
  decide: (verifies: Verifies) => Verdict,
  first: Attempt,
  { memo, budgetMicroseconds, signal }: TrialOptions,
): Promise<Verdict> {
  const deadline = signal();
  let left = budgetMicroseconds;
  let attempt = first;
  let size = FIRST_ROUND;
  for (; !isSettled(attempt) && left > 0; size = Math.min(size * 2, LARGEST_ROUND)) {
    if (deadline?.aborted === true) break;
    const round = affordable(attempt.missing.slice(0, size), left);
    left -= round.reduce((sum, [, key]) => sum + COST_MICROSECONDS[key.algorithm], 0);
    await Promise.all(round.map(([candidate, key]) => memo.attempt(candidate, key)));
    attempt = decideOnce(decide, memo);
  }
  return attempt.verdict;
}

/** As many as the budget pays for, and always one: whatever its cost, asking again must get further. */
function affordable(trials: readonly Trial[], budget: number): readonly Trial[] {
  let sum = 0;
  const count = trials.findIndex(([, key]) => {
    sum += COST_MICROSECONDS[key.algorithm];
    return sum > budget;
  });
  return count === -1 ? trials : trials.slice(0, Math.max(1, count));
}
