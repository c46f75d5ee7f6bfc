import { keySetNameOf } from '../keys/build-trust-view.ts';
import type { KeySet, ProviderRef } from '../keys/key-set.ts';
import type { KeySetRef, Policy } from './policy.ts';
import type { RatifyKeyRef, RatifyTrustPolicy, RatifyVerifier } from './ratify-verifier.ts';
import { coveringScope, EVERY_IMAGE, findScopeProblem } from './scope.ts';

/** A KeySet that could not be read as a whole: it vouches for nothing, and what it asked for must not fall away with it. */
export interface UnreadableKeySet {
  readonly namespace: string;
  readonly name: string;
  /** Its `spec.images` where that much could be read; undefined: it has none. */
  readonly images?: readonly string[];
  readonly problems: readonly string[];
}

export interface PolicySources {
  readonly verifiers: readonly RatifyVerifier[];
  readonly keySets: readonly KeySet[];
  readonly unreadableKeySets?: readonly UnreadableKeySet[];
  /** Key sets in it are cluster-wide; one in any other namespace is that tenant's and vouches for nobody else. */
  readonly keywardNamespace: string;
  /** Namespaces whose own policies stand in the cluster's place instead of narrowing them. */
  readonly delegatedNamespaces?: readonly string[];
}

type Unsupported = NonNullable<Policy['unsupported']>;
type Origin = Pick<Policy, 'group' | 'namespace' | 'delegated'>;

/**
 * All policies: one per trust policy of a cosign Verifier and one per key set with `images`. What cannot be honoured becomes a
 * policy that denies and says why: a requirement is never dropped in silence.
 */
export function policiesOf(sources: PolicySources): readonly Policy[] {
  return [
    ...sources.verifiers.flatMap((verifier) => policiesOfVerifier(verifier, sources)),
    ...sources.keySets.flatMap((keySet) => {
      const { images } = keySet.spec;
      return images === undefined ? [] : policyOfKeySet(keySet, images, sources);
    }),
    ...(sources.unreadableKeySets?.flatMap(({ images, problems, ...keySet }) => {
      if (images === undefined) return [];
      const policy = policyOfKeySet(keySet, images, sources);
      return denying(
        policy,
        `KeySet ${keySetNameOf(keySet)} cannot be read: ${problems.join('; ')}`,
      );
    }) ?? []),
  ];
}

function policyOfKeySet(
  keySet: Pick<KeySet, 'namespace' | 'name'>,
  scopes: readonly string[],
  sources: PolicySources,
): Policy {
  const name = keySetNameOf(keySet);
  const id = `KeySet/${name}`;
  const tenant = keySet.namespace === sources.keywardNamespace ? undefined : keySet.namespace;
  const policy = { ...originOf(id, tenant, sources), id, scopes, keySets: [{ keySet: name }] };
  const problem = findScopeProblem([scopes]);
  return problem === undefined ? policy : denying(policy, problem);
}

function policiesOfVerifier(verifier: RatifyVerifier, sources: PolicySources): readonly Policy[] {
  const prefix = verifier.namespace === undefined ? '' : `${verifier.namespace}/`;
  const group = `${verifier.kind}/${prefix}${verifier.name}`;
  const origin = originOf(group, verifier.namespace, sources);
  const problem = problemOf(verifier);
  const policies = verifier.trustPolicies.map((trustPolicy) =>
    policyOf(trustPolicy, { origin, verifier, sources }),
  );
  if (problem === undefined) return policies;
  // Whatever could not be read may have covered any image.
  return verifier.problems !== undefined || policies.length === 0
    ? [denying({ ...origin, id: group, scopes: [], keySets: [] }, problem)]
    : policies.map((policy) => denying(policy, problem));
}

function policyOf(
  trustPolicy: RatifyTrustPolicy,
  context: { origin: Origin; verifier: RatifyVerifier; sources: PolicySources },
): Policy {
  const { origin, verifier, sources } = context;
  const policy: Policy = {
    ...origin,
    id: `${origin.group}/${trustPolicy.name}`,
    scopes: trustPolicy.scopes,
    keySets: [],
  };
  const unsupported = unsupportedOf(trustPolicy);
  if (unsupported !== undefined) return { ...policy, unsupported };
  const found = trustPolicy.keys.map((key) => ({
    key,
    keySets: keySetsOf(key, verifier, sources),
  }));
  const missingProviders = found.flatMap(({ key, keySets }) =>
    keySets.length === 0 ? [String(key.provider)] : [],
  );
  const keySets = found.flatMap((entry) => entry.keySets);
  return { ...policy, keySets, ...(missingProviders.length === 0 ? {} : { missingProviders }) };
}

function originOf(group: string, namespace: string | undefined, sources: PolicySources): Origin {
  if (namespace === undefined) return { group };
  const delegated = sources.delegatedNamespaces?.includes(namespace) === true;
  return delegated ? { group, namespace, delegated } : { group, namespace };
}

/** An invalid policy denies whatever it may have been meant for, whatever else matches: its `*` is no fallback. */
function denying(policy: Policy, detail: string): Policy {
  const scopes = policy.scopes.length === 0 ? [EVERY_IMAGE] : policy.scopes.map(coveringScope);
  return {
    ...policy,
    group: `invalid:${policy.id}`,
    scopes,
    unsupported: { code: 'POLICY_UNSUPPORTED', detail },
  };
}

function problemOf(verifier: RatifyVerifier): string | undefined {
  if (verifier.problems !== undefined)
    return verifier.problems.join('; ') || 'it could not be read';
  const { trustPolicies } = verifier;
  if (trustPolicies.length === 0) return 'it has no trust policies';
  const names = trustPolicies.map((policy) => policy.name);
  if (new Set(names).size !== names.length) return 'two of its trust policies have the same name';
  return findScopeProblem(trustPolicies.map((policy) => policy.scopes));
}

function unsupportedOf({ keys, keyless, tLogVerify }: RatifyTrustPolicy): Unsupported | undefined {
  if (keyless === true)
    return {
      code: 'KEYLESS_UNSUPPORTED',
      detail: 'it asks for keyless signatures, which keyward does not verify',
    };
  if (tLogVerify === true)
    return {
      code: 'TLOG_UNSUPPORTED',
      detail: 'it has tLogVerify: true, and keyward does not verify the transparency log',
    };
  if (keys.length === 0) return { code: 'POLICY_UNSUPPORTED', detail: 'it names no keys' };
  if (keys.some((key) => key.file !== undefined))
    return {
      code: 'POLICY_UNSUPPORTED',
      detail: 'it names a key file; keyward takes keys from a KeyManagementProvider',
    };
  if (
    keys.some(
      (key) => key.provider === undefined || (key.version !== undefined && key.name === undefined),
    )
  )
    return {
      code: 'POLICY_UNSUPPORTED',
      detail: 'a key of it names no provider, or a version without a name',
    };
  return undefined;
}

/** The key sets that follow the provider: only those that the verifier may rely on, so that no tenant can widen another's trust. */
function keySetsOf(
  key: RatifyKeyRef,
  verifier: RatifyVerifier,
  sources: PolicySources,
): readonly KeySetRef[] {
  const [namespace, name] = splitProvider(String(key.provider));
  if (namespace !== undefined && namespace !== verifier.namespace) return [];
  const kind =
    namespace === undefined ? 'KeyManagementProvider' : 'NamespacedKeyManagementProvider';
  const home = namespace ?? sources.keywardNamespace;
  return sources.keySets
    .filter((keySet) => keySet.namespace === home && standsFor(keySet, kind, name))
    .map((keySet) => ({
      keySet: keySetNameOf(keySet),
      ...(key.name === undefined ? {} : { key: key.name.toLowerCase() }),
      ...(key.version === undefined ? {} : { version: key.version.toLowerCase() }),
    }));
}

/** It follows the provider, or keyward made the provider from it. */
function standsFor({ spec, status }: KeySet, kind: ProviderRef['kind'], name: string): boolean {
  const { provider } = status;
  const made = provider === undefined || provider.mode === 'patch' ? undefined : provider;
  return [spec.providerRef, made].some((each) => each?.kind === kind && each.name === name);
}

function splitProvider(provider: string): readonly [string | undefined, string] {
  const slash = provider.indexOf('/');
  return slash < 0 ? [undefined, provider] : [provider.slice(0, slash), provider.slice(slash + 1)];
}
