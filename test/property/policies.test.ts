/** Policies: what anybody asked for stays asked for, in whatever order objects come. */
import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { matchPolicies } from '../../core/policy/match-policies.ts';
import { policiesOf, type PolicySources } from '../../core/policy/policies-of.ts';
import type { Policy } from '../../core/policy/policy.ts';
import type { RatifyTrustPolicy, RatifyVerifier } from '../../core/policy/ratify-verifier.ts';
import { reorder, runs } from '../support/property.ts';
import { DIGEST, REPOSITORY } from '../support/signatures.ts';
import { keySetOf } from '../support/trust.ts';

const scope = fc.constantFrom(
  '*',
  'contoso.azurecr.io/*',
  REPOSITORY,
  'contoso.azurecr.io/team/*',
  'other.io/*',
  'Odd Scope',
  '',
);
const key = fc.record(
  {
    provider: fc.constantFrom('akv', 'team/akv', 'nobody', ''),
    name: fc.constantFrom('k', 'K'),
    version: fc.constant('A1'),
    file: fc.constant('/f'),
  },
  { requiredKeys: [] },
);
const trustPolicy: fc.Arbitrary<RatifyTrustPolicy> = fc.record(
  {
    name: fc.constantFrom('a', 'b', 'c'),
    scopes: fc.uniqueArray(scope, { maxLength: 2 }),
    keys: fc.array(key, { maxLength: 2 }),
    keyless: fc.constant(true),
    tLogVerify: fc.boolean(),
  },
  { requiredKeys: ['name', 'scopes', 'keys'] },
);
const verifier: fc.Arbitrary<RatifyVerifier> = fc
  .record(
    {
      name: fc.constantFrom('v', 'w', 'x'),
      namespace: fc.constantFrom('team', 'other'),
      trustPolicies: fc.array(trustPolicy, { maxLength: 3 }),
      problems: fc.constantFrom(['it is odd'], []),
    },
    { requiredKeys: ['name', 'trustPolicies'] },
  )
  .map((made) => ({
    ...made,
    kind: made.namespace === undefined ? 'Verifier' : 'NamespacedVerifier',
  }));
const keySet = fc.record({
  name: fc.constantFrom('p', 'q'),
  namespace: fc.constantFrom('keyward-system', 'team'),
  images: fc.option(fc.array(scope, { minLength: 1, maxLength: 2 }), { nil: undefined }),
  follows: fc.boolean(),
});
const sources: fc.Arbitrary<PolicySources> = fc
  .record({
    verifiers: fc.uniqueArray(verifier, {
      maxLength: 3,
      selector: ({ name, namespace }) => `${namespace}/${name}`,
    }),
    made: fc.uniqueArray(keySet, {
      maxLength: 3,
      selector: ({ name, namespace }) => `${namespace}/${name}`,
    }),
    delegated: fc.boolean(),
  })
  .map(({ verifiers, made, delegated }) => ({
    verifiers,
    keySets: made.map(({ name, namespace, images, follows }) => {
      const kind =
        namespace === 'team'
          ? ('NamespacedKeyManagementProvider' as const)
          : ('KeyManagementProvider' as const);
      const spec = {
        ...(images === undefined ? {} : { images }),
        ...(follows ? { providerRef: { kind, name: 'akv' } } : {}),
      };
      return keySetOf([], { name, namespace, spec });
    }),
    keywardNamespace: 'keyward-system',
    delegatedNamespaces: delegated ? ['team'] : [],
  }));

const named = (policies: readonly Policy[]) =>
  policies
    .map((policy) =>
      JSON.stringify({
        ...policy,
        keySets: policy.keySets.map((ref) => JSON.stringify(ref)).toSorted(),
      }),
    )
    .toSorted();

it('no order of verifiers and key sets changes what is asked', () => {
  fc.assert(
    fc.property(sources, fc.integer(), (given, seed) => {
      const mixed = {
        ...given,
        verifiers: reorder(given.verifiers, seed),
        keySets: reorder(given.keySets, seed),
      };
      expect(named(policiesOf(mixed))).toEqual(named(policiesOf(given)));
    }),
    runs(500),
  );
});

it('every verifier and every key set with images asks for something', () => {
  fc.assert(
    fc.property(sources, (given) => {
      const policies = policiesOf(given);
      for (const { kind, name, namespace } of given.verifiers) {
        const id = `${kind}/${namespace === undefined ? '' : `${namespace}/`}${name}`;
        expect(policies.some((policy) => policy.id === id || policy.id.startsWith(`${id}/`))).toBe(
          true,
        );
      }
      const asking = given.keySets.filter(({ spec }) => spec.images !== undefined);
      for (const { name, namespace } of asking)
        expect(policies.map(({ id }) => id)).toContain(`KeySet/${namespace}/${name}`);
    }),
    runs(500),
  );
});

it('what cannot be honoured trusts no key, and a policy trusts only key sets that there are', () => {
  fc.assert(
    fc.property(sources, (given) => {
      const there = new Set(given.keySets.map(({ namespace, name }) => `${namespace}/${name}`));
      for (const { unsupported, keySets, scopes, id } of policiesOf(given)) {
        expect(scopes.length).toBeGreaterThan(0);
        for (const ref of keySets) expect(there).toContain(ref.keySet);
        if (id.startsWith('Verifier/') || id.startsWith('NamespacedVerifier/'))
          for (const ref of keySets)
            expect(
              ref.keySet.startsWith('keyward-system/') || id.startsWith('NamespacedVerifier/team/'),
            ).toBe(true);
        if (unsupported !== undefined) expect(unsupported.detail).not.toBe('');
      }
    }),
    runs(500),
  );
});

it('a tenant narrows: what the cluster asks of an image is asked whatever tenants say, unless it delegated', () => {
  fc.assert(
    fc.property(sources, (given) => {
      const policies = policiesOf({ ...given, delegatedNamespaces: [] });
      const cluster = policies.filter(({ namespace }) => namespace === undefined);
      const without = matchPolicies(cluster, 'team', REPOSITORY, DIGEST);
      const with_ = matchPolicies(policies, 'team', REPOSITORY, DIGEST);
      expect(with_.filter(({ namespace }) => namespace === undefined)).toEqual(without);
      if (without.length === 0) expect(with_).toEqual([]);
    }),
    runs(500),
  );
});

it('no order of policies changes which of them match', () => {
  fc.assert(
    fc.property(
      sources,
      fc.integer(),
      fc.constantFrom('team', 'other', 'default'),
      (given, seed, place) => {
        const policies = policiesOf(given);
        const match = (some: readonly Policy[]) =>
          matchPolicies(some, place, REPOSITORY, DIGEST)
            .map(({ id }) => id)
            .toSorted();
        expect(match(reorder(policies, seed))).toEqual(match(policies));
      },
    ),
    runs(500),
  );
});
