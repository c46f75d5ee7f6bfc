import { compare } from './compare.ts';
import type { DecideInput } from './decide-input.ts';
import {
  denyBadPolicy,
  denyForClaims,
  denyForKeyState,
  denyForRejection,
  denyNoPolicy,
  denyNoSignature,
  describeUnread,
  unavailableForBudget,
  warnOfExpired,
} from './denials.ts';
import { findLimit, findRejection, unreadCandidates } from './rejections.ts';
import { tryPolicy, type PolicyTrial } from './try-policy.ts';
import type { Verdict } from './verdict.ts';
import { voucherOf } from './voucher.ts';

export type { DecideInput } from './decide-input.ts';

/**
 * The verdict on one image: cosign.md section 11 step 5, a pure function of its input. Starts at deny and counts proofs; a bad
 * candidate never spoils a good one, and no order changes the outcome. Throws only what `verifies` throws: a fault, which the
 * caller turns into `unavailable`.
 */
export function decide(input: DecideInput): Verdict {
  const { policies, evidence } = input;
  if (policies.length === 0) return denyNoPolicy(input);
  const ordered = policies.toSorted((a, b) => compare(a.id, b.id));
  const bad = ordered.find(
    (policy) => policy.unsupported !== undefined || policy.keySets.length === 0,
  );
  if (bad !== undefined) return denyBadPolicy(bad, input);
  const trials = ordered.map((policy) => tryPolicy(policy, input));
  const failed = trials.filter((trial) => trial.acceptedBy === undefined);
  if (failed.length === 0) return allow(trials);
  const unread = unreadCandidates(evidence);
  if (unread.length > 0) return describeUnread(unread, input);
  if (failed.some((trial) => trial.incomplete)) return unavailableForBudget(input);
  return mostTelling(failed.map((trial) => refuse(trial, input)));
}

function allow(trials: readonly PolicyTrial[]): Verdict {
  const proofs = trials.flatMap(({ acceptedBy }) => acceptedBy ?? []);
  const vouchers = proofs.map(({ key }) => voucherOf(key));
  const vouchedBy = vouchers.filter(
    (voucher, index) =>
      vouchers.findIndex(
        (other) => other.fingerprint === voucher.fingerprint && other.keySet === voucher.keySet,
      ) === index,
  );
  return {
    kind: 'allow',
    vouchedBy,
    warnings: [...new Set(proofs.flatMap((proof) => warnOfExpired(proof) ?? []))],
  };
}

type Denial = Extract<Verdict, { kind: 'deny' }>;

function refuse(trial: PolicyTrial, input: DecideInput): Denial {
  const limit = findLimit(input.evidence);
  if (limit !== undefined) return denyForRejection({ ...limit, codes: [] }, trial, input);
  if (trial.signedBy !== undefined) return denyForKeyState(trial.signedBy, trial, input);
  if (trial.lackingProof !== undefined) return denyForClaims(trial.lackingProof, trial, input);
  const rejection = findRejection(input.evidence, trial);
  return rejection === undefined
    ? denyNoSignature(trial, input)
    : denyForRejection(rejection, trial, input);
}

/** One denial speaks for all: first one that key state alone does not explain, since only that needs more than a key. */
function mostTelling(denials: readonly Denial[]): Verdict {
  return denials.reduce((telling, other) =>
    telling.restsOnKeyState && !other.restsOnKeyState ? other : telling,
  );
}
