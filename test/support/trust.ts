/** Key sets, policies and evidence with sane defaults, and verdicts on them with real cryptography. */
import { verifySignature } from '../../core/cosign/verify-signature.ts';
import { buildTrustView } from '../../core/keys/build-trust-view.ts';
import type { KeyRevocation, KeySet, KeySetSpec, KeySetStatus } from '../../core/keys/key-set.ts';
import type { KeyVersionStatus } from '../../core/keys/key-version.ts';
import type { TrustView } from '../../core/keys/trust-view.ts';
import type { Policy } from '../../core/policy/policy.ts';
import { decide, type DecideInput } from '../../core/verdict/decide.ts';
import type { Candidate, Evidence, UnreadCandidate } from '../../core/verdict/evidence.ts';
import type { Verifies } from '../../core/verdict/try-policy.ts';
import type { Verdict } from '../../core/verdict/verdict.ts';
import { DIGEST, REPOSITORY } from './signatures.ts';
import { signerOf, type Signer } from './signing.ts';

export const NOW = Date.UTC(2026, 10, 2, 12);
export const DAY = 24 * 60 * 60 * 1000;
export const VAULT = 'https://contoso.vault.azure.net';

/** RFC 3339, `days` from `NOW`. */
export function daysFromNow(days: number): string {
  return new Date(NOW + days * DAY).toISOString();
}

/** The version of `cosign-key` that holds this signer's key: 32 hex digits, as Key Vault's are. */
export function versionOf(
  signer: Signer = signerOf(),
  overrides: Partial<KeyVersionStatus> = {},
): KeyVersionStatus {
  return {
    vaultUri: VAULT,
    name: 'cosign-key',
    version: signer.fingerprint.slice(7, 39),
    state: 'trusted',
    reason: 'It is enabled and followed.',
    since: daysFromNow(-30),
    createdOn: daysFromNow(-30),
    algorithm: signer.algorithm,
    fingerprint: signer.fingerprint,
    publicKeyPem: signer.pem,
    ...overrides,
  };
}

/** The entry without one of its optional members. */
export function without(version: KeyVersionStatus, name: keyof KeyVersionStatus): KeyVersionStatus {
  const { [name]: _, ...rest } = version;
  return rest as KeyVersionStatus;
}

/** An entry as a key set holds it for a key of an inline provider. */
export function inlineVersionOf(
  signer: Signer = signerOf(),
  overrides: Partial<KeyVersionStatus> = {},
): KeyVersionStatus {
  return versionOf(signer, { vaultUri: '', name: '', version: '', ...overrides });
}

export interface KeySetOptions {
  readonly namespace?: string;
  readonly name?: string;
  readonly spec?: Partial<KeySetSpec>;
  readonly status?: Partial<KeySetStatus>;
}

export function keySetOf(
  versions: readonly KeyVersionStatus[],
  { namespace = 'keyward-system', name = 'prod', spec, status }: KeySetOptions = {},
): KeySet {
  return {
    namespace,
    name,
    uid: `uid-of-${namespace}-${name}`,
    resourceVersion: '1',
    generation: 1,
    spec: {
      versions: { follow: true, exclude: [], limit: 20 },
      expiredKeys: 'Trust',
      sweepIntervalSeconds: 5,
      staleAfterSeconds: 24 * 60 * 60,
      onStale: 'Deny',
      ...spec,
    },
    status: {
      lastReconciledTime: daysFromNow(0),
      trusted: versions.filter(({ state }) => state === 'trusted').length,
      versions,
      conditions: [],
      ...status,
    },
  };
}

/** The trust of one key set, `keyward-system/prod`. */
export function trustIn(
  versions: readonly KeyVersionStatus[] = [versionOf()],
  options: KeySetOptions = {},
  revocations: readonly KeyRevocation[] = [],
): TrustView {
  return buildTrustView([keySetOf(versions, options)], revocations);
}

export function revocationOf(overrides: Partial<KeyRevocation> = {}): KeyRevocation {
  return { name: 'leak-1', resourceVersion: '1', reason: 'KeyCompromise', ...overrides };
}

export function policyOf(overrides: Partial<Policy> = {}): Policy {
  const id = overrides.id ?? 'KeySet/keyward-system/prod';
  return {
    id,
    group: id,
    scopes: ['contoso.azurecr.io/*'],
    keySets: [{ keySet: 'keyward-system/prod' }],
    ...overrides,
  };
}

export function evidenceOf(
  candidates: readonly Candidate[],
  overrides: Partial<Evidence> = {},
): Evidence {
  return {
    repository: REPOSITORY,
    digest: DIGEST,
    candidates,
    lookedAt: ['referrers', 'tag sha256-a1….sig'],
    fetchedAt: NOW,
    ...overrides,
  };
}

export function unread(overrides: Partial<UnreadCandidate> = {}): UnreadCandidate {
  return {
    kind: 'unavailable',
    store: 'referrers',
    code: 'REGISTRY_TIMEOUT',
    detail: 'no answer in time',
    ...overrides,
  };
}

/** As the webhook verifies, without its memory. */
export const verifies: Verifies = (candidate, key) =>
  verifySignature(key, candidate.signedBytes, candidate.signature) === 'valid';

/** The verdict on `candidates`, by default under one policy over one key set that trusts `signerOf()`. */
export function decideOn(
  candidates: readonly Candidate[],
  overrides: Partial<DecideInput> = {},
): Verdict {
  return decide({
    image: `${REPOSITORY}:v1`,
    evidence: evidenceOf(candidates),
    policies: [policyOf()],
    trust: trustIn(),
    now: NOW,
    verifies,
    ...overrides,
  });
}
