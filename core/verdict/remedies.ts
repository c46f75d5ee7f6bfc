import type { DenyCode, UnavailableCode } from './reasons.ts';

interface Names {
  readonly key?: string;
  readonly keySet?: string;
}

const SIGN_AGAIN =
  'sign the image with a key version that the policy trusts: cosign sign --key azurekms://<vault host>/<key name> <image>@<digest>';
const NEW_SIGNATURE = `the signature found is not one that keyward accepts (docs/errors.md); ${SIGN_AGAIN}`;
const RE_SIGN = 'sign the image again with a trusted version';

/** One line on what to do about a denial. */
export function remedyFor(
  code: DenyCode,
  { key = 'the key version', keySet = 'of the policy' }: Names = {},
): string {
  const lines: Readonly<Partial<Record<DenyCode, string>>> = {
    REF_INVALID: 'write the image as registry/repository@sha256:<digest>, in lower case',
    DIGEST_UNSUPPORTED: 'refer to the image by its sha256 digest',
    NO_SIGNATURE: SIGN_AGAIN,
    SIGNATURE_INVALID: `if the key is right, let a key set of the policy follow it; else ${SIGN_AGAIN}`,
    ANNOTATION_MISMATCH:
      'sign the image again with the annotation: cosign sign -a <name>=<value>; cosign v2 leaves it out of bundles, v3 and --new-bundle-format=false do not',
    KEY_REVOKED: `${RE_SIGN}; if the revocation was a mistake: kubectl get keyrevocations, and delete the one that names ${key}`,
    KEY_DISABLED: `${RE_SIGN}; if it was disabled by mistake, enable ${key} in the vault`,
    KEY_EXPIRED: `${RE_SIGN}; or set spec.expiredKeys: Trust in KeySet ${keySet}`,
    KEY_NOT_YET_VALID: `wait, or change the activation date of ${key} in the vault`,
    KEY_NOT_FOLLOWED: `${RE_SIGN}; or include ${key} in spec.versions of KeySet ${keySet}`,
    KEY_HELD_OUT: `${RE_SIGN}; or put ${key} back into the KeyManagementProvider behind KeySet ${keySet}`,
    KEY_SUPERSEDED: `${RE_SIGN}; or raise spec.versions.limit in KeySet ${keySet}`,
    KEY_DELETED: `${RE_SIGN}; or recover ${key} in the vault`,
    KEY_UNKNOWN: `see kubectl describe keyset for KeySet ${keySet}, and whether the policy names the right provider`,
    TRUST_STALE: `see condition VaultReachable of KeySet ${keySet} and the worker's log: trust returns with the next read of the vault`,
    NO_POLICY:
      'add a KeySet with spec.images, or a Verifier with scopes, that covers the image; see keyward lint',
    TAG_NOT_PINNED: 'refer to the image by digest, or let the mutating webhook pin it',
    KEYLESS_UNSUPPORTED: 'give the trust policy keys instead of keyless, or narrow its scopes',
    TLOG_UNSUPPORTED: 'remove tLogVerify: true from the trust policy, or set it to false',
    POLICY_UNSUPPORTED: 'correct the policy: keyward lint shows each problem',
    REVIEW_MALFORMED: 'send a well-formed object of a kind that keyward checks',
  };
  return lines[code] ?? NEW_SIGNATURE;
}

/** One line on what to do when it could not be found out. */
export function remedyForUnavailable(code: UnavailableCode): string {
  const lines: Readonly<Record<UnavailableCode, string>> = {
    REGISTRY_UNREACHABLE: 'retry; check that the registry can be reached from the cluster',
    REGISTRY_TIMEOUT: 'retry; the registry answers too slowly',
    REGISTRY_THROTTLED: 'retry later; the registry limits the rate of requests',
    REGISTRY_AUTH: 'check the credentials: imagePullSecrets, or the identity of the webhook',
    REGISTRY_BAD_RESPONSE:
      'retry; if it persists, the registry or a proxy before it answers what no registry should',
    REGISTRY_REDIRECT_REFUSED:
      'the registry sent keyward to a place that is not allowed; check its configuration',
    LIMIT_TIME: 'retry; the registry took longer than the time for one image',
    LIMIT_CPU:
      'retry; remove old signatures of the image, or sign as a bundle, which names its key',
    DEADLINE: 'retry; the time of the admission request ran out',
    OVERLOADED: 'retry; the webhook has more work than it can take',
    NOT_READY: 'retry; the webhook is still reading key sets and policies',
    NAMESPACE_UNKNOWN: 'retry; the namespace could not be read from the API server',
    INTERNAL_ERROR: 'retry; if it persists, report the message in the log of the webhook',
  };
  return lines[code];
}
