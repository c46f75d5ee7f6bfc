/** Policies in full, to the last member: what stands in one by mistake would be asked of an image, or would no longer be. */
import { describe, expect, it } from '@jest/globals';
import { matchPolicies } from '../../../../core/policy/match-policies.ts';
import { policiesOf, type PolicySources } from '../../../../core/policy/policies-of.ts';
import type { RatifyTrustPolicy, RatifyVerifier } from '../../../../core/policy/ratify-verifier.ts';
import { findScopeProblem } from '../../../../core/policy/scope.ts';
import { DIGEST, REPOSITORY } from '../../../support/signatures.ts';
import { keySetOf, policyOf } from '../../../support/trust.ts';

const policies = (sources: Partial<PolicySources>) =>
  policiesOf({ verifiers: [], keySets: [], keywardNamespace: 'keyward-system', ...sources });
const trustPolicy = (overrides: Partial<RatifyTrustPolicy> = {}): RatifyTrustPolicy => ({
  name: 'default',
  scopes: ['contoso.azurecr.io/*'],
  keys: [{ provider: 'akv' }],
  ...overrides,
});
const verifier = (overrides: Partial<RatifyVerifier>): RatifyVerifier => ({
  kind: 'Verifier',
  name: 'cosign',
  trustPolicies: [trustPolicy()],
  ...overrides,
});
const follower = (name: string, provider = name) =>
  keySetOf([], { name, spec: { providerRef: { kind: 'KeyManagementProvider', name: provider } } });

it('nothing asks for anything where there is nothing', () => {
  expect(policies({})).toStrictEqual([]);
});

it('a policy of the cluster has no namespace, not even an undefined one', () => {
  expect(policies({ verifiers: [verifier({})], keySets: [follower('akv')] })).toStrictEqual([
    {
      group: 'Verifier/cosign',
      id: 'Verifier/cosign/default',
      scopes: ['contoso.azurecr.io/*'],
      keySets: [{ keySet: 'keyward-system/akv' }],
    },
  ]);
});

it('a policy that cannot be honoured trusts no key set', () => {
  const verifiers = [verifier({ trustPolicies: [trustPolicy({ keyless: true })] })];
  expect(policies({ verifiers, keySets: [follower('akv')] })).toStrictEqual([
    {
      group: 'Verifier/cosign',
      id: 'Verifier/cosign/default',
      scopes: ['contoso.azurecr.io/*'],
      keySets: [],
      unsupported: {
        code: 'KEYLESS_UNSUPPORTED',
        detail: 'it asks for keyless signatures, which keyward does not verify',
      },
    },
  ]);
});

it.each([
  ['without trust policies', { trustPolicies: [] }, 'it has no trust policies'],
  [
    'that could not be read',
    { problems: ['spec.x: wrong', 'spec.y: wrong'] },
    'spec.x: wrong; spec.y: wrong',
  ],
])('a verifier %s denies every image, and trusts no key set', (_, overrides, detail) => {
  const verifiers = [verifier(overrides)];
  expect(policies({ verifiers, keySets: [follower('akv')] })).toStrictEqual([
    {
      group: 'invalid:Verifier/cosign',
      id: 'Verifier/cosign',
      scopes: ['*'],
      keySets: [],
      unsupported: { code: 'POLICY_UNSUPPORTED', detail },
    },
  ]);
});

it('a provider that begins with a slash is in a namespace without a name, where there is none', () => {
  const verifiers = [verifier({ trustPolicies: [trustPolicy({ keys: [{ provider: '/akv' }] })] })];
  const [policy] = policies({ verifiers, keySets: [follower('a', '/akv'), follower('b', 'akv')] });
  expect(policy).toMatchObject({ keySets: [], missingProviders: ['/akv'] });
});

describe('scopes', () => {
  it('that only begin alike do not overlap', () => {
    expect(
      findScopeProblem([['contoso.azurecr.io/a*'], ['contoso.azurecr.io/b*']]),
    ).toBeUndefined();
    expect(findScopeProblem([['contoso.azurecr.io/a*'], ['contoso.azurecr.io/b']])).toBeUndefined();
  });
});

it('where only a tenant asks, nothing matches: no policy at all, and so a denial', () => {
  const tenant = policyOf({ id: 'tenant', namespace: 'team' });
  expect(matchPolicies([tenant], 'team', REPOSITORY, DIGEST)).toStrictEqual([]);
});
