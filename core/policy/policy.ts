import type { DenyCode } from '../verdict/reasons.ts';

/** `namespace/name` of a KeySet. */
export type KeySetName = string;

/** One requirement on the images it matches; every matching policy must be satisfied (DESIGN section 4). */
export interface Policy {
  /** `Verifier/verifier-cosign/default` or `KeySet/keyward-system/prod`: what a denial names. */
  readonly id: string;
  /** Set for a tenant's policy: it looks at requests of this namespace only. */
  readonly namespace?: string;
  /** True for a tenant's policy in a delegated namespace: there it stands in the cluster's place. */
  readonly delegated?: boolean;
  /**
   * Verifier or key set that it is part of. Its scope `*` is a fallback: it applies where no other policy of the same group matches.
   */
  readonly group: string;
  /** Ratify's scope syntax: exact or with one trailing `*`. */
  readonly scopes: readonly string[];
  /** Any trusted version of any of these suffices. Empty = denies. */
  readonly keySets: readonly KeySetRef[];
  /** Signed annotations that the very signature must carry that satisfies the policy: `cosign sign -a name=value`. */
  readonly annotations?: ReadonlyMap<string, string>;
  /** Key providers that it names and no key set follows: what a denial tells. */
  readonly missingProviders?: readonly string[];
  /** Set when the policy asks for something keyward does not do: a deny with the reason, never silence. */
  readonly unsupported?: { readonly code: DenyCode; readonly detail: string };
}

export interface KeySetRef {
  readonly keySet: KeySetName;
  /** Narrow to one key, or to one version of it, as a Ratify trust policy may. */
  readonly key?: string;
  readonly version?: string;
}
