import { isSignatureEncoding } from '../../core/cosign/verify-signature.ts';
import type { Policy } from '../../core/policy/policy.ts';
import { findMissingAnnotation } from '../../core/verdict/annotations.ts';
import type { Candidate, Evidence, SoundCandidate } from '../../core/verdict/evidence.ts';
import { keysOf, type StandingKey } from '../../core/verdict/key-standing.ts';
import type { ReasonCode } from '../../core/verdict/reasons.ts';
import { reportKey, type KeyReport } from './key-report.ts';
import {
  findOtherHash,
  identifyKey,
  keysOfOthers,
  keysOfPolicies,
  tryKeys,
  type FittingHash,
  type KeyContext,
  type Trial,
  type TrialMeans,
} from './try-keys.ts';

/** One signature that was found, as `-o json` shows it. */
export interface CandidateReport {
  /** `sound`: well-formed, and about this image; `rejected`: not; `unavailable`: a store, or a signature in it, that could not be read. */
  readonly kind: Candidate['kind'];
  readonly store: Candidate['store'];
  readonly format: 'legacy' | 'bundle' | null;
  readonly manifestDigest: string | null;
  /** What it claims: signed only where `signedBy` names a key. */
  readonly claims: {
    readonly digest: string;
    readonly reference: string | null;
    readonly annotations: Readonly<Record<string, string>>;
  } | null;
  /** The key that made it, of all that were tried. */
  readonly signedBy: KeyReport | null;
  /** The policies that it satisfies. */
  readonly countsFor: readonly string[];
  /** Why it counts for none. */
  readonly code: ReasonCode | null;
  readonly detail: string | null;
  readonly keysTried: readonly TriedKey[];
}

export interface TriedKey extends KeyReport {
  /** Where it comes from: a KeySet, a provider, a file. */
  readonly from: string;
  /** Whether it made the signature; null: there was no time left to find out. */
  readonly made: boolean | null;
  /** Given: it made the signature, but with this hash and not with the one that is expected of it. */
  readonly otherHash: FittingHash['hash'] | null;
  readonly trusted: boolean;
  /** Why it is not trusted. */
  readonly code: ReasonCode | null;
  readonly reason: string | null;
}

export interface DescribeContext extends KeyContext, TrialMeans {
  /** How a key set is called, by its `namespace/name`. */
  readonly describeSet: (keySet: string) => string;
}

/** Every candidate with the keys that were tried on it, in the order in which the registry gave them. */
export async function describeCandidates(
  evidence: Evidence,
  context: DescribeContext,
): Promise<readonly CandidateReport[]> {
  const own = keysOfPolicies(context);
  const others = keysOfOthers(context);
  const reports: CandidateReport[] = [];
  for (const candidate of evidence.candidates)
    reports.push(
      await describeCandidate(candidate, { own, others }, { ...context, digest: evidence.digest }),
    );
  return reports;
}

type Context = DescribeContext & { readonly digest: string };

interface Keys {
  readonly own: readonly StandingKey[];
  /** Tried where none of the policies' own made the signature. */
  readonly others: readonly StandingKey[];
}

function describeCandidate(
  candidate: Candidate,
  keys: Keys,
  context: Context,
): Promise<CandidateReport> | CandidateReport {
  switch (candidate.kind) {
    case 'sound':
      return describeSound(candidate, keys, context);
    case 'rejected': {
      const { store, manifestDigest, code, detail } = candidate;
      const format = store === 'signature-tag' ? 'legacy' : null;
      const { kind } = candidate;
      return {
        ...NOTHING,
        kind,
        store,
        format,
        manifestDigest: manifestDigest || null,
        code,
        detail,
      };
    }
    case 'unavailable': {
      const { kind, store, code, detail } = candidate;
      return { ...NOTHING, kind, store, code, detail };
    }
  }
}

const NOTHING = {
  format: null,
  manifestDigest: null,
  claims: null,
  signedBy: null,
  countsFor: [],
  keysTried: [],
} as const;

async function describeSound(
  candidate: SoundCandidate,
  keys: Keys,
  context: Context,
): Promise<CandidateReport> {
  const { store, format, manifestDigest, claims } = candidate;
  const first = await tryKeys(candidate, keys.own, context);
  const isMade = first.some(({ made }) => made === true);
  const tried = isMade ? first : [...first, ...(await tryKeys(candidate, keys.others, context))];
  const makers = tried.filter(({ made }) => made === true).map(({ key }) => key);
  const otherHash = makers.length > 0 ? undefined : await findOtherHash(candidate, tried, context);
  const countsFor = context.policies
    .filter((policy) => satisfies(policy, candidate, { makers, context }))
    .map(({ id }) => id);
  const [maker] = makers.toSorted(trustedFirst);
  return {
    kind: 'sound',
    store,
    format,
    manifestDigest,
    claims: {
      digest: claims.digest,
      reference: claims.reference ?? null,
      annotations: Object.fromEntries(claims.annotations),
    },
    signedBy: maker === undefined ? null : reportKey(maker.key),
    countsFor,
    ...(countsFor.length > 0
      ? { code: null, detail: null }
      : whyNot(candidate, { maker, tried, otherHash, context })),
    keysTried: tried.map((trial) => ({
      ...reportTrial(trial, context),
      otherHash: otherHash?.key === trial.key.key ? otherHash.hash : null,
    })),
  };
}

/** As `decide` has it, of one candidate. */
function satisfies(
  policy: Policy,
  candidate: SoundCandidate,
  { makers, context }: { readonly makers: readonly StandingKey[]; readonly context: Context },
): boolean {
  if (policy.unsupported !== undefined || candidate.claims.digest !== context.digest) return false;
  if (findMissingAnnotation(candidate, policy) !== undefined) return false;
  const own = new Set(
    keysOf(policy, context.trust, context.now).map(({ key }) => identifyKey(key)),
  );
  return makers.some(
    ({ key, standing }) => standing.kind === 'trusted' && own.has(identifyKey(key)),
  );
}

interface Findings {
  readonly maker: StandingKey | undefined;
  readonly tried: readonly Trial[];
  readonly otherHash: FittingHash | undefined;
  readonly context: Context;
}

function whyNot(
  candidate: SoundCandidate,
  { maker, tried, otherHash, context }: Findings,
): { readonly code: ReasonCode; readonly detail: string } {
  const { policies } = context;
  if (candidate.claims.digest !== context.digest)
    return { code: 'CLAIM_DIGEST_MISMATCH', detail: 'it is about another image' };
  if (maker === undefined) {
    const why = whyUnsigned(candidate, tried);
    if (otherHash === undefined) return why;
    const from = context.describeSet(otherHash.key.keySet);
    const detail = `${from} made it, but not with the hash expected of it (${otherHash.hash} would fit)`;
    return { ...why, detail };
  }
  if (maker.standing.kind === 'untrusted')
    return { code: maker.standing.code, detail: maker.standing.reason };
  const [policy] = policies;
  if (policy === undefined) return { code: 'NO_POLICY', detail: 'no policy covers the image' };
  const missing = policies.flatMap((each) => findMissingAnnotation(candidate, each) ?? [])[0];
  if (missing !== undefined) return { code: 'ANNOTATION_MISMATCH', detail: missing };
  const bad = policies.find(({ unsupported }) => unsupported !== undefined);
  if (bad?.unsupported !== undefined) return bad.unsupported;
  const set = context.describeSet(maker.key.keySet);
  const detail = `its key belongs to ${set}, on which no policy that covers the image relies`;
  return { code: 'SIGNATURE_INVALID', detail };
}

function whyUnsigned(
  { signature }: SoundCandidate,
  tried: readonly Trial[],
): { readonly code: ReasonCode; readonly detail: string } {
  if (tried.length === 0)
    return { code: 'SIGNATURE_INVALID', detail: 'there is no key to try on it' };
  if (tried.some(({ made }) => made === null))
    return { code: 'LIMIT_CPU', detail: 'there was no time to try all keys on it' };
  const isPlausible = tried.some(({ key }) => isSignatureEncoding(key.key.algorithm, signature));
  return isPlausible
    ? { code: 'SIGNATURE_INVALID', detail: 'none of the keys tried made it' }
    : { code: 'SIGNATURE_ENCODING', detail: 'it is not in a form that any of the keys produces' };
}

function reportTrial(
  { key: { key, standing }, made }: Trial,
  context: Context,
): Omit<TriedKey, 'otherHash'> {
  return {
    ...reportKey(key),
    from: context.describeSet(key.keySet),
    made,
    trusted: standing.kind === 'trusted',
    code: standing.kind === 'trusted' ? null : standing.code,
    reason: standing.kind === 'trusted' ? null : standing.reason,
  };
}

function trustedFirst(a: StandingKey, b: StandingKey): number {
  return Number(b.standing.kind === 'trusted') - Number(a.standing.kind === 'trusted');
}
