import type { TrustedKey, TrustView } from '../../core/keys/trust-view.ts';
import type { Policy } from '../../core/policy/policy.ts';
import type { SoundCandidate } from '../../core/verdict/evidence.ts';
import { keysOf, type StandingKey } from '../../core/verdict/key-standing.ts';
import type { VerificationMemo } from '../../webhook/evidence/verification-memo.ts';

/** What the keys to try come from. */
export interface KeyContext {
  /** All that cover the image. */
  readonly policies: readonly Policy[];
  readonly trust: TrustView;
  readonly now: number;
}

export interface TrialMeans {
  readonly memo: VerificationMemo;
  /** Ends the trials: what was not tried by then is reported so. */
  readonly signal: AbortSignal;
}

/** The keys of all policies, each key of each set once. */
export function keysOfPolicies({ policies, trust, now }: KeyContext): readonly StandingKey[] {
  const keys = policies.flatMap((policy) => keysOf(policy, trust, now));
  return [...new Map(keys.map((each) => [identifyKey(each.key), each])).values()];
}

/** Those of the other sets: what explains a signature that counts for nothing. */
export function keysOfOthers(context: KeyContext): readonly StandingKey[] {
  const everything: Policy = {
    id: '',
    group: '',
    scopes: [],
    keySets: [...context.trust.keySets.keys()].map((keySet) => ({ keySet })),
  };
  const own = new Set(keysOfPolicies(context).map(({ key }) => identifyKey(key)));
  return keysOfPolicies({ ...context, policies: [everything] }).filter(
    ({ key }) => !own.has(identifyKey(key)),
  );
}

/** Which entry of which key set, whatever else stands in it. */
export function identifyKey({ keySet, vaultUri, name, version, fingerprint }: TrustedKey): string {
  return JSON.stringify([keySet, vaultUri, name, version, fingerprint]);
}

export interface Trial {
  readonly key: StandingKey;
  readonly made: boolean | null;
}

const TRIALS_AT_ONCE = 16;

export async function tryKeys(
  candidate: SoundCandidate,
  keys: readonly StandingKey[],
  { memo, signal }: TrialMeans,
): Promise<readonly Trial[]> {
  const trials: Trial[] = [];
  for (let at = 0; at < keys.length; at += TRIALS_AT_ONCE) {
    const round = keys.slice(at, at + TRIALS_AT_ONCE).map(async (key) => {
      const known = memo.recall(candidate, key.key);
      const made = known ?? (signal.aborted ? null : await memo.attempt(candidate, key.key));
      return { key, made };
    });
    trials.push(...(await Promise.all(round)));
  }
  return trials;
}

export interface FittingHash {
  readonly key: TrustedKey;
  readonly hash: 'auto' | 'sha256';
}

/**
 * A key in a file may be one that hashes otherwise (cosign's own RSA-3072 and RSA-4096 keys do): a signature that it made that way stays
 * refused, and whoever reads the refusal learns which option fits.
 */
export async function findOtherHash(
  candidate: SoundCandidate,
  tried: readonly Trial[],
  { memo, signal }: TrialMeans,
): Promise<FittingHash | undefined> {
  for (const { key: standing, made } of tried) {
    const { key } = standing;
    if (made !== false || key.vaultUri !== '' || signal.aborted) continue;
    const hash = key.hash === 'sha256' ? 'auto' : 'sha256';
    if (await memo.attempt(candidate, { ...key, hash })) return { key, hash };
  }
  return undefined;
}
