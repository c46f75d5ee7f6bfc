import { describe, expect, it } from '@jest/globals';
import { parseVerifier } from '../../../../platform/kube/verifier-schema.ts';

const metadata = { name: 'verifier-cosign', resourceVersion: '4', generation: 2 };
const verifier = (parameters: unknown, change: Readonly<Record<string, unknown>> = {}) => ({
  metadata,
  spec: { name: 'cosign', type: 'cosign', parameters },
  ...change,
});
const cosignOf = (object: unknown) => {
  const parsed = parseVerifier(object);
  if (!parsed.ok) throw new Error(parsed.problems.join('; '));
  return parsed.value.cosign;
};
const policies = (policy: Readonly<Record<string, unknown>>) => ({
  trustPolicies: [{ name: 'default', ...policy }],
});

describe('a Verifier', () => {
  it("is read as Ratify's documentation writes it", () => {
    const policy = {
      scopes: ['contoso.azurecr.io/*'],
      keys: [{ provider: 'akv', name: 'k', version: 'AB12' }, { provider: 'team/akv' }],
      tLogVerify: false,
    };
    expect(parseVerifier(verifier(policies(policy)))).toEqual({
      ok: true,
      value: {
        ...metadata,
        type: 'cosign',
        cosign: {
          kind: 'Verifier',
          name: 'verifier-cosign',
          trustPolicies: [{ name: 'default', ...policy }],
        },
      },
    });
  });

  it('of a namespace says so', () => {
    const object = verifier(policies({}), { metadata: { ...metadata, namespace: 'team' } });
    expect(cosignOf(object)).toMatchObject({ kind: 'NamespacedVerifier', namespace: 'team' });
  });

  it.each([
    ['absent', undefined],
    ['null', null],
    ['empty', ''],
  ])('has its name for a type when its type is %s, as in Ratify v1.2', (_what, type) => {
    const spec = { name: 'cosign', type, parameters: policies({}) };
    expect(cosignOf({ metadata, spec })).toMatchObject({ trustPolicies: [{ name: 'default' }] });
  });

  it('of another type is none of cosign', () => {
    const parsed = parseVerifier({
      metadata,
      spec: { name: 'n', type: 'notation', parameters: 5 },
    });
    expect(parsed).toEqual({ ok: true, value: { ...metadata, type: 'notation' } });
  });

  it.each([
    [{ tLogVerify: true }, { tLogVerify: true }],
    [{ tLogVerify: null }, {}],
    [{ scopes: null, keys: null }, {}],
    [{ keyless: null }, {}],
    [{ keyless: {} }, { keyless: true }],
    [{ keyless: { certificateIdentity: 'x' } }, { keyless: true }],
    [
      { keys: [{ provider: 'p', name: '', version: null, file: '' }] },
      { keys: [{ provider: 'p' }] },
    ],
    [{ keys: [{ file: '/key.pub' }] }, { keys: [{ file: '/key.pub' }] }],
  ])('with %j has a policy of %j', (given, expected) => {
    expect(cosignOf(verifier(policies(given)))?.trustPolicies).toEqual([
      { name: 'default', scopes: [], keys: [], ...expected },
    ]);
  });

  it.each<[string, unknown, string]>([
    ['no trust policies', {}, 'trustPolicies'],
    ['no parameters', undefined, 'trustPolicies'],
    ['parameters that are text', 'x', 'spec.parameters.'],
    ['a policy without a name', { trustPolicies: [{}] }, 'trustPolicies[0].name'],
    ['a flag as text', policies({ tLogVerify: 'true' }), 'trustPolicies[0].tLogVerify'],
    ['a scope that is a number', policies({ scopes: [5] }), 'trustPolicies[0].scopes[0]'],
    ['a version that is a number', policies({ keys: [{ version: 123 }] }), 'keys[0].version'],
    ['a key that is text', policies({ keys: ['k'] }), 'keys[0]'],
    ['a key file of old', { ...policies({}), key: '/key.pub' }, 'a key file is not supported'],
  ])(
    'with %s does not disappear: it names its problem and trusts nothing',
    (_what, given, problem) => {
      const cosign = cosignOf(verifier(given));
      expect(cosign?.trustPolicies).toEqual([]);
      expect(cosign?.problems).toEqual([expect.stringContaining(problem)]);
      expect(cosign?.problems?.[0]).toMatch(/^spec\.parameters\./u);
    },
  );

  it.each([undefined, null, {}, { metadata }, { metadata: {}, spec: {} }])(
    'is none at all as %j',
    (object) => {
      expect(parseVerifier(object).ok).toBe(false);
    },
  );
});
