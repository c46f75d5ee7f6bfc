/** One entry of `trustPolicies[].keys`: a provider, narrowed to a key or version where given, or a file. */
export interface RatifyKeyRef {
  /** `<kmp>`: a cluster KeyManagementProvider; `<namespace>/<kmp>`: a NamespacedKeyManagementProvider. */
  readonly provider?: string;
  readonly name?: string;
  readonly version?: string;
  readonly file?: string;
}

export interface RatifyTrustPolicy {
  readonly name: string;
  readonly scopes: readonly string[];
  readonly keys: readonly RatifyKeyRef[];
  /** Present when the policy has a `keyless` section, whatever is in it. */
  readonly keyless?: boolean;
  /** As written. Absent does not require the log (DESIGN section 4); an explicit `true` does. */
  readonly tLogVerify?: boolean;
}

/** A `Verifier` or `NamespacedVerifier` of type cosign, as the edge parsed it. */
export interface RatifyVerifier {
  readonly kind: 'Verifier' | 'NamespacedVerifier';
  readonly name: string;
  /** Set for a NamespacedVerifier. */
  readonly namespace?: string;
  readonly trustPolicies: readonly RatifyTrustPolicy[];
  /** What the edge could not read. Given: the verifier denies, for all images that it may have been meant for. */
  readonly problems?: readonly string[];
}
