import { isSignatureEncoding } from '../cosign/verify-signature.ts';
import { compare } from './compare.ts';
import type { Evidence, RejectedCandidate, UnreadCandidate } from './evidence.ts';
import { DENY_CODES, type DenyCode } from './reasons.ts';
import { soundCandidates, type PolicyTrial } from './try-policy.ts';

/** Why no candidate counted, for one policy. */
export interface Rejection {
  readonly code: DenyCode;
  readonly detail: string;
  /** All codes met, the telling one included. */
  readonly codes: readonly DenyCode[];
}

export function unreadCandidates(evidence: Evidence): readonly UnreadCandidate[] {
  return evidence.candidates.filter((candidate) => candidate.kind === 'unavailable');
}

/** A cap that was exceeded: what lies beyond it is not known, so it comes before every other reason (cosign.md section 11). */
export function findLimit(evidence: Evidence): RejectedCandidate | undefined {
  return rejected(evidence).find((candidate) => candidate.code.startsWith('LIMIT_'));
}

/** The most telling rejection: of the candidate that came furthest. Undefined: there was no candidate at all. */
export function findRejection(evidence: Evidence, trial: PolicyTrial): Rejection | undefined {
  const sound = soundRejection(evidence, trial);
  const others = rejected(evidence);
  const codes = [
    ...new Set([...(sound === undefined ? [] : [sound.code]), ...others.map(({ code }) => code)]),
  ];
  if (sound !== undefined) return { ...sound, codes };
  const [telling] = others;
  return telling === undefined ? undefined : { code: telling.code, detail: telling.detail, codes };
}

/** A signature of this very image that no key of the policy made. */
function soundRejection(
  evidence: Evidence,
  { keys }: PolicyTrial,
): Omit<Rejection, 'codes'> | undefined {
  const sound = soundCandidates(evidence);
  if (sound.length === 0) return undefined;
  const isPlausible = sound.some(({ signature }) =>
    keys.some(({ key }) => isSignatureEncoding(key.algorithm, signature)),
  );
  if (isPlausible || keys.length === 0)
    return { code: 'SIGNATURE_INVALID', detail: 'no key that the policy knows made its signature' };
  return {
    code: 'SIGNATURE_ENCODING',
    detail: 'its signature is not in a form that any of the keys produces',
  };
}

/** Later codes of the list belong to later checks: that candidate came further. */
function rejected(evidence: Evidence): readonly RejectedCandidate[] {
  return evidence.candidates
    .filter((candidate) => candidate.kind === 'rejected')
    .toSorted(
      (a, b) =>
        DENY_CODES.indexOf(b.code) - DENY_CODES.indexOf(a.code) ||
        compare(describe(a), describe(b)),
    );
}

function describe({ store, manifestDigest, detail }: RejectedCandidate): string {
  return `${store} ${manifestDigest} ${detail}`;
}
