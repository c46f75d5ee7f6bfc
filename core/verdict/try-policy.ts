import { Buffer } from 'node:buffer';
import type { TrustedKey, TrustView } from '../keys/trust-view.ts';
import type { Policy } from '../policy/policy.ts';
import { findMissingAnnotation } from './annotations.ts';
import { compare } from './compare.ts';
import type { Evidence, SoundCandidate } from './evidence.ts';
import {
  compareStandingKeys,
  KEY_STATE_CODES,
  keysOf,
  orderKeys,
  type StandingKey,
} from './key-standing.ts';

/**
 * Whether a key made a candidate's signature. `unknown`: it was not found out (a budget ran out). Anything but `true` is no proof.
 */
export type Verifies = (candidate: SoundCandidate, key: TrustedKey) => boolean | 'unknown';

/** A key that made a candidate's signature. */
export interface Proof {
  readonly by: StandingKey;
  readonly candidate: SoundCandidate;
}

/** What the evidence is worth to one policy, key trials only. */
export interface PolicyTrial {
  readonly policy: Policy;
  readonly keys: readonly StandingKey[];
  /** A trusted key that verifies a candidate: the policy is satisfied. */
  readonly acceptedBy?: StandingKey;
  /** When not accepted: a known key that verifies a candidate and is not trusted. */
  readonly signedBy?: StandingKey;
  /** When neither: a known key made a signature that lacks an annotation which the policy asks for. */
  readonly lackingProof?: Proof | undefined;
  /** Some trial was not made, so that "no key verifies" is not known. */
  readonly incomplete: boolean;
}

export interface TrialInput {
  readonly evidence: Evidence;
  readonly trust: TrustView;
  readonly now: number;
  readonly verifies: Verifies;
}

/**
 * Tries the policy's keys on every candidate: the trusted ones for a proof, and only where there is none the others, to name the
 * key in the denial. The outcome does not depend on the order of candidates, keys or key sets.
 */
export function tryPolicy(policy: Policy, input: TrialInput): PolicyTrial {
  const { verifies } = input;
  const keys = keysOf(policy, input.trust, input.now);
  const sound = inOrder(soundCandidates(input.evidence), keys);
  const lacking = sound.filter(lacksAnnotation(policy));
  const candidates = sound.filter((each) => !lacking.includes(each));
  const trusted = keys.filter(({ standing }) => standing.kind === 'trusted');
  const accepted = trial(trusted, candidates, verifies);
  const { incomplete } = accepted;
  const acceptedBy = accepted.found.map(({ by }) => by).toSorted(byExpiry)[0];
  if (acceptedBy !== undefined) return { policy, keys, acceptedBy, incomplete };
  const untrusted = keys.filter(({ standing }) => standing.kind === 'untrusted');
  const signed = trial(untrusted, candidates, verifies);
  const signedBy = signed.found.map(({ by }) => by).toSorted(byTellingState)[0];
  if (signedBy !== undefined) return { policy, keys, signedBy, incomplete };
  const [lackingProof] = [trusted, untrusted]
    .flatMap((group) => trial(group, lacking, verifies).found)
    .toSorted((a, b) => byTellingState(a.by, b.by));
  return { policy, keys, lackingProof, incomplete };
}

function lacksAnnotation(policy: Policy): (candidate: SoundCandidate) => boolean {
  return (candidate) => findMissingAnnotation(candidate, policy) !== undefined;
}

/**
 * The parsers bind each candidate to its image. Checked again here, because a cache or a merge stands between them and the
 * verdict: a candidate of another image proves nothing about this one (A86).
 */
export function soundCandidates(evidence: Evidence): readonly SoundCandidate[] {
  return evidence.candidates.filter(
    (candidate): candidate is SoundCandidate =>
      candidate.kind === 'sound' && candidate.claims.digest === evidence.digest,
  );
}

interface Trial {
  readonly found: readonly Proof[];
  readonly incomplete: boolean;
}

/** Stops at the first key about which nothing more is to be said; an expired or untrusted one lets the search go on. */
function trial(
  keys: readonly StandingKey[],
  candidates: readonly SoundCandidate[],
  verifies: Verifies,
): Trial {
  const found: Proof[] = [];
  let incomplete = false;
  for (const candidate of candidates) {
    for (const standingKey of orderKeys(keys, candidate)) {
      const result = verifies(candidate, standingKey.key);
      incomplete ||= result === 'unknown';
      if (result !== true) continue;
      const proof = { by: standingKey, candidate };
      found.push(proof);
      if (isPlainlyTrusted(standingKey)) return { found: [proof], incomplete };
    }
  }
  return { found, incomplete };
}

function isPlainlyTrusted({ standing }: StandingKey): boolean {
  return standing.kind === 'trusted' && !standing.expired;
}

/** Bundles whose hint names one of the keys first: one trial instead of many. Then an order that the registry has no say in. */
function inOrder(
  candidates: readonly SoundCandidate[],
  keys: readonly StandingKey[],
): readonly SoundCandidate[] {
  if (candidates.length < 2) return candidates;
  const known = new Set<string | undefined>(keys.map(({ key }) => key.fingerprint));
  const rank = (candidate: SoundCandidate): string => {
    const hinted = known.has(candidate.hint) ? 0 : 1;
    const { manifestDigest, blobDigest, signature } = candidate;
    return `${hinted} ${manifestDigest} ${blobDigest} ${Buffer.from(signature).toString('hex')}`;
  };
  const ranked = candidates.map((candidate) => ({ candidate, rank: rank(candidate) }));
  return ranked.toSorted((a, b) => compare(a.rank, b.rank)).map(({ candidate }) => candidate);
}

function byExpiry(a: StandingKey, b: StandingKey): number {
  return compare(b.key.validUntil, a.key.validUntil) || compareStandingKeys(a, b);
}

function byTellingState(a: StandingKey, b: StandingKey): number {
  return rankOf(a) - rankOf(b) || compareStandingKeys(a, b);
}

function rankOf({ standing }: StandingKey): number {
  return 'code' in standing ? KEY_STATE_CODES.indexOf(standing.code) : -1;
}
