import { describe, expect, it } from '@jest/globals';
import { policiesOf, type PolicySources } from '../../../../core/policy/policies-of.ts';
import type {
  RatifyKeyRef,
  RatifyTrustPolicy,
  RatifyVerifier,
} from '../../../../core/policy/ratify-verifier.ts';
import { keySetOf } from '../../../support/trust.ts';

const KMP = { kind: 'KeyManagementProvider', name: 'akv' } as const;
const NAMESPACED_KMP = { kind: 'NamespacedKeyManagementProvider', name: 'akv' } as const;

const follower = (
  name: string,
  providerRef: typeof KMP | typeof NAMESPACED_KMP = KMP,
  namespace = 'keyward-system',
) => keySetOf([], { name, namespace, spec: { providerRef } });

const trustPolicy = (overrides: Partial<RatifyTrustPolicy> = {}): RatifyTrustPolicy => ({
  name: 'default',
  scopes: ['contoso.azurecr.io/*'],
  keys: [{ provider: 'akv' }],
  ...overrides,
});
const verifier = (
  trustPolicies: readonly RatifyTrustPolicy[],
  overrides: Partial<RatifyVerifier> = {},
): RatifyVerifier => ({
  kind: 'Verifier',
  name: 'cosign',
  trustPolicies,
  ...overrides,
});
const policies = (sources: Partial<PolicySources>) =>
  policiesOf({ verifiers: [], keySets: [], keywardNamespace: 'keyward-system', ...sources });

describe('a key set with images', () => {
  const images = ['contoso.azurecr.io/*'];

  it('in the namespace of keyward is a policy of the cluster: it must vouch for them', () => {
    expect(policies({ keySets: [keySetOf([], { spec: { images } })] })).toEqual([
      {
        id: 'KeySet/keyward-system/prod',
        group: 'KeySet/keyward-system/prod',
        scopes: images,
        keySets: [{ keySet: 'keyward-system/prod' }],
      },
    ]);
  });

  it('in another namespace is a policy of that tenant', () => {
    const keySets = [keySetOf([], { namespace: 'team', spec: { images } })];
    const tenant = {
      id: 'KeySet/team/prod',
      namespace: 'team',
      keySets: [{ keySet: 'team/prod' }],
    };
    expect(policies({ keySets })).toMatchObject([tenant]);
    expect(policies({ keySets })[0]).not.toHaveProperty('delegated');
    expect(policies({ keySets, delegatedNamespaces: ['team'] })).toMatchObject([
      { ...tenant, delegated: true },
    ]);
    expect(policies({ keySets, delegatedNamespaces: ['other'] })[0]).not.toHaveProperty(
      'delegated',
    );
  });

  it('and one without asks for nothing', () => {
    expect(policies({ keySets: [keySetOf([])] })).toEqual([]);
  });

  it.each([
    ['none, which is not "no constraint" (B-60)', [], ['*']],
    ['malformed ones', ['Contoso.azurecr.io/App'], ['contoso.azurecr.io/app*']],
    ['"*" beside others', ['*', 'a/*'], ['*', 'a/*']],
    ['overlapping ones', ['a/*', 'a/b'], ['a/*', 'a/b']],
  ])('with %s denies all that it may have been meant for', (_, malformed, scopes) => {
    expect(policies({ keySets: [keySetOf([], { spec: { images: malformed } })] })).toMatchObject([
      {
        group: 'invalid:KeySet/keyward-system/prod',
        scopes,
        unsupported: { code: 'POLICY_UNSUPPORTED' },
      },
    ]);
  });
});

describe('a key set that cannot be read', () => {
  const unreadable = {
    namespace: 'keyward-system',
    name: 'prod',
    problems: ['spec.keys: is empty', 'x'],
  };

  it('denies the images that it asked for, and says why', () => {
    expect(
      policies({ unreadableKeySets: [{ ...unreadable, images: ['contoso.azurecr.io/*'] }] }),
    ).toMatchObject([
      {
        id: 'KeySet/keyward-system/prod',
        group: 'invalid:KeySet/keyward-system/prod',
        scopes: ['contoso.azurecr.io/*'],
        unsupported: {
          code: 'POLICY_UNSUPPORTED',
          detail: 'KeySet keyward-system/prod cannot be read: spec.keys: is empty; x',
        },
      },
    ]);
  });

  it('denies more where its images cannot be read either', () => {
    const [policy] = policies({ unreadableKeySets: [{ ...unreadable, images: [] }] });
    expect(policy).toMatchObject({ scopes: ['*'], unsupported: { code: 'POLICY_UNSUPPORTED' } });
  });

  it('asks for nothing where it asked for no image', () => {
    expect(policies({ unreadableKeySets: [unreadable] })).toEqual([]);
  });
});

describe('each trust policy of a verifier is a policy', () => {
  it('that names the verifier and shares its group', () => {
    const trustPolicies = [trustPolicy(), trustPolicy({ name: 'rest', scopes: ['*'] })];
    expect(policies({ verifiers: [verifier(trustPolicies)], keySets: [follower('prod')] })).toEqual(
      [
        {
          id: 'Verifier/cosign/default',
          group: 'Verifier/cosign',
          scopes: ['contoso.azurecr.io/*'],
          keySets: [{ keySet: 'keyward-system/prod' }],
        },
        {
          id: 'Verifier/cosign/rest',
          group: 'Verifier/cosign',
          scopes: ['*'],
          keySets: [{ keySet: 'keyward-system/prod' }],
        },
      ],
    );
  });

  it('of its namespace where the verifier is namespaced', () => {
    const verifiers = [
      verifier([trustPolicy()], { kind: 'NamespacedVerifier', namespace: 'team' }),
    ];
    const expected = {
      id: 'NamespacedVerifier/team/cosign/default',
      group: 'NamespacedVerifier/team/cosign',
      namespace: 'team',
    };
    expect(policies({ verifiers })).toMatchObject([expected]);
    expect(policies({ verifiers, delegatedNamespaces: ['team'] })).toMatchObject([
      { ...expected, delegated: true },
    ]);
  });
});

describe('a key of a trust policy names the key sets that follow its provider', () => {
  const keySets = [
    follower('one'),
    follower('two'),
    keySetOf([], { name: 'own-keys' }),
    follower('other', { ...KMP, name: 'other' as 'akv' }),
    follower('inner', NAMESPACED_KMP),
    follower('tenant', NAMESPACED_KMP, 'team'),
    follower('stranger', NAMESPACED_KMP, 'evil'),
    follower('copycat', KMP, 'evil'),
  ];
  const refsOf = (keys: readonly RatifyKeyRef[], overrides: Partial<RatifyVerifier> = {}) => {
    const [policy] = policies({
      verifiers: [verifier([trustPolicy({ keys })], overrides)],
      keySets,
    });
    return { refs: policy?.keySets, missing: policy?.missingProviders };
  };
  const namespaced = { kind: 'NamespacedVerifier', namespace: 'team' } as const;

  it('all of them in the namespace of keyward, and no other', () => {
    expect(refsOf([{ provider: 'akv' }])).toEqual({
      refs: [{ keySet: 'keyward-system/one' }, { keySet: 'keyward-system/two' }],
      missing: undefined,
    });
  });

  it('narrowed to a key or a version, in lower case', () => {
    expect(refsOf([{ provider: 'other', name: 'Cosign-Key', version: '0FF3' }]).refs).toEqual([
      { keySet: 'keyward-system/other', key: 'cosign-key', version: '0ff3' },
    ]);
    expect(refsOf([{ provider: 'other', name: 'Cosign-Key' }]).refs).toEqual([
      { keySet: 'keyward-system/other', key: 'cosign-key' },
    ]);
  });

  it('of several providers together, and tells those that nobody follows', () => {
    expect(refsOf([{ provider: 'gone' }, { provider: 'other' }, { provider: 'lost' }])).toEqual({
      refs: [{ keySet: 'keyward-system/other' }],
      missing: ['gone', 'lost'],
    });
  });

  it('of its own namespace, where a namespaced verifier names a provider of it', () => {
    expect(refsOf([{ provider: 'team/akv' }], namespaced)).toEqual({
      refs: [{ keySet: 'team/tenant' }],
      missing: undefined,
    });
  });

  it('of the cluster, where a namespaced verifier names a provider without namespace', () => {
    expect(refsOf([{ provider: 'akv' }], namespaced).refs).toEqual([
      { keySet: 'keyward-system/one' },
      { keySet: 'keyward-system/two' },
    ]);
  });

  it.each([
    ['a namespaced verifier, of another namespace', 'evil/akv', namespaced],
    ['a namespaced verifier, of the namespace of keyward', 'keyward-system/akv', namespaced],
    ['a cluster verifier, of any namespace', 'evil/akv', {}],
    ['a cluster verifier, of no namespace', '/akv', {}],
  ])('and none for %s, so that no tenant widens the trust of another', (_, provider, overrides) => {
    expect(refsOf([{ provider }], overrides)).toEqual({ refs: [], missing: [provider] });
  });
});

describe('a provider that keyward made', () => {
  const target = { kind: 'KeyManagementProvider', name: 'akv-keyward', uid: 'u' } as const;
  const made = (mode: 'patch' | 'generate', namespace = 'keyward-system') =>
    keySetOf([], {
      name: 'akv',
      namespace,
      spec: { providerRef: KMP },
      status: { provider: { ...target, mode } },
    });
  const vouching = (...keySets: ReturnType<typeof made>[]) => {
    const named = trustPolicy({ keys: [{ provider: 'akv-keyward' }] });
    return policies({ verifiers: [verifier([named])], keySets })[0];
  };

  it('stands for the key set that it was made from', () => {
    expect(vouching(made('generate'))?.keySets).toEqual([{ keySet: 'keyward-system/akv' }]);
  });

  it('does so for no tenant’s, and not where keyward only patches', () => {
    expect(vouching(made('generate', 'team'))).toMatchObject({
      keySets: [],
      missingProviders: ['akv-keyward'],
    });
    expect(vouching(made('patch'))?.keySets).toEqual([]);
  });
});
