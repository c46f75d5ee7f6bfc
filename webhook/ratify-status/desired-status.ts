import type { KeySet } from '../../core/keys/key-set.ts';
import type { RatifyVerifier } from '../../core/policy/ratify-verifier.ts';
import { policiesOf } from '../../core/policy/policies-of.ts';
import type { Kmp, ParsedVerifier, ParseResult, RatifyStore } from '../../platform/kube/schemas.ts';

/** Ratify's status fields, all lower case (ratify.md section 2.1). */
export interface RatifyStatus {
  readonly issuccess: boolean;
  readonly error: string;
  readonly brieferror: string;
  /** Only of key providers. */
  readonly lastfetchedtime?: string;
  readonly properties?: unknown;
}

/** Ratify v1.4 cuts `brieferror` here, so that `kubectl get` stays one line. */
const BRIEF_LIMIT = 100;

export function statusOfStore(store: ParseResult<RatifyStore>): RatifyStatus {
  if (!store.ok) return failure(store.problems.join('; '));
  const { plugin } = store.value;
  return plugin === 'oras' ? SUCCESS : failure(`keyward has no store ${plugin}, only oras`);
}

/** Success: every one of its trust policies can be honoured. */
export function statusOfVerifier(
  verifier: ParseResult<ParsedVerifier>,
  keySets: readonly KeySet[],
  keywardNamespace: string,
): RatifyStatus {
  if (!verifier.ok) return failure(verifier.problems.join('; '));
  const { cosign, type } = verifier.value;
  if (cosign === undefined) return failure(`keyward does not verify ${type}, only cosign`);
  return problemOf(cosign, keySets, keywardNamespace);
}

function problemOf(
  cosign: RatifyVerifier,
  keySets: readonly KeySet[],
  keywardNamespace: string,
): RatifyStatus {
  const policies = policiesOf({ verifiers: [cosign], keySets, keywardNamespace });
  const unsupported = policies.flatMap((policy) => policy.unsupported?.detail ?? []);
  if (unsupported.length > 0) return failure(unsupported.join('; '));
  const missing = policies.flatMap((policy) => policy.missingProviders ?? []);
  return missing.length === 0
    ? SUCCESS
    : failure(`no key set follows the provider ${missing.join(', ')}`);
}

/** As the key set behind the provider says; undefined while none does: keyward has nothing to tell yet. */
export function statusOfProvider(
  provider: ParseResult<Kmp>,
  keySet: KeySet | undefined,
): RatifyStatus | undefined {
  if (!provider.ok) return failure(provider.problems.join('; '));
  if (keySet === undefined) return undefined;
  const ready = keySet.status.conditions.find(({ type }) => type === 'Ready');
  const { lastReconciledTime, versions } = keySet.status;
  if (ready === undefined) return undefined;
  const base = ready.status === 'True' ? SUCCESS : failure(ready.message);
  const { kind } = provider.value;
  const isVault = kind !== undefined && provider.value.vaultUri !== undefined;
  return {
    ...base,
    ...(lastReconciledTime === undefined ? {} : { lastfetchedtime: lastReconciledTime }),
    ...(isVault
      ? {
          properties: {
            Keys: versions
              .filter(({ state }) => state === 'trusted')
              .map(({ name, version }) => ({ Name: name, Version: version, Enabled: 'true' })),
            Certificates: [],
          },
        }
      : {}),
  };
}

const SUCCESS: RatifyStatus = { issuccess: true, error: '', brieferror: '' };

function failure(error: string): RatifyStatus {
  return { issuccess: false, error, brieferror: error.slice(0, BRIEF_LIMIT) };
}
