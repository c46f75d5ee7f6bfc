import { describe, expect, it } from '@jest/globals';
import { matchPolicies } from '../../../../core/policy/match-policies.ts';
import { policiesOf } from '../../../../core/policy/policies-of.ts';
import type { RatifyTrustPolicy, RatifyVerifier } from '../../../../core/policy/ratify-verifier.ts';
import { DIGEST, legacy, REPOSITORY } from '../../../support/signatures.ts';
import { decideOn, keySetOf } from '../../../support/trust.ts';

const keySets = [
  keySetOf([], { spec: { providerRef: { kind: 'KeyManagementProvider', name: 'akv' } } }),
];
const good: RatifyTrustPolicy = {
  name: 'default',
  scopes: ['contoso.azurecr.io/*'],
  keys: [{ provider: 'akv' }],
};

function policiesWith(
  trustPolicies: readonly RatifyTrustPolicy[],
  overrides: Partial<RatifyVerifier> = {},
) {
  const verifiers = [{ kind: 'Verifier', name: 'cosign', trustPolicies, ...overrides } as const];
  return policiesOf({ verifiers, keySets, keywardNamespace: 'keyward-system' });
}

function verdictWith(
  trustPolicies: readonly RatifyTrustPolicy[],
  overrides: Partial<RatifyVerifier> = {},
) {
  const policies = matchPolicies(
    policiesWith(trustPolicies, overrides),
    'team',
    REPOSITORY,
    DIGEST,
  );
  return decideOn([legacy()], { policies });
}

it('a trust policy that keyward can honour is satisfied by a good signature', () => {
  expect(verdictWith([good]).kind).toBe('allow');
});

describe('what a trust policy asks for and keyward does not do denies, never falls away (B-49)', () => {
  it.each<[string, Partial<RatifyTrustPolicy>, string]>([
    ['keyless signatures', { keyless: true }, 'KEYLESS_UNSUPPORTED'],
    ['keyless signatures without keys', { keyless: true, keys: [] }, 'KEYLESS_UNSUPPORTED'],
    ['the transparency log', { tLogVerify: true }, 'TLOG_UNSUPPORTED'],
    ['no keys at all (B-48)', { keys: [] }, 'POLICY_UNSUPPORTED'],
    ['a key file', { keys: [{ file: '/keys/cosign.pub' }] }, 'POLICY_UNSUPPORTED'],
    [
      'a key file beside a provider',
      { keys: [{ provider: 'akv' }, { provider: 'akv', file: '/keys/cosign.pub' }] },
      'POLICY_UNSUPPORTED',
    ],
    ['a key without provider', { keys: [{ name: 'k' }] }, 'POLICY_UNSUPPORTED'],
    [
      'a key without provider, beside one that has it',
      { keys: [{ provider: 'akv' }, { name: 'k' }] },
      'POLICY_UNSUPPORTED',
    ],
    [
      'a version without a name',
      { keys: [{ provider: 'akv', version: '1' }] },
      'POLICY_UNSUPPORTED',
    ],
    ['a provider that no key set follows', { keys: [{ provider: 'gone' }] }, 'KEY_UNKNOWN'],
  ])('%s', (_, asks, code) => {
    expect(verdictWith([{ ...good, ...asks }])).toMatchObject({
      kind: 'deny',
      code,
      restsOnKeyState: false,
    });
  });

  it.each<[Partial<RatifyTrustPolicy>, string]>([
    [{ keyless: true }, 'it asks for keyless signatures, which keyward does not verify'],
    [
      { tLogVerify: true },
      'it has tLogVerify: true, and keyward does not verify the transparency log',
    ],
    [{ keys: [] }, 'it names no keys'],
    [
      { keys: [{ file: 'x' }] },
      'it names a key file; keyward takes keys from a KeyManagementProvider',
    ],
    [{ keys: [{}] }, 'a key of it names no provider, or a version without a name'],
  ])('and says so: %j', (asks, detail) => {
    expect(policiesWith([{ ...good, ...asks }])).toMatchObject([{ unsupported: { detail } }]);
  });

  it.each<[string, Partial<RatifyTrustPolicy>]>([
    ['no keyless signatures', { keyless: false }],
    ['no transparency log', { tLogVerify: false }],
    ['a key by name', { keys: [{ provider: 'akv', name: 'cosign-key' }] }],
    [
      'a provider that no key set follows, beside one that is followed',
      { keys: [{ provider: 'gone' }, { provider: 'akv' }] },
    ],
  ])('but not where it asks for %s', (_, asks) => {
    expect(verdictWith([{ ...good, ...asks }]).kind).toBe('allow');
  });

  it('and it keeps the scopes of the trust policy, so that others of the verifier go on', () => {
    const other = { ...good, name: 'other', scopes: ['fabrikam.azurecr.io/*'], keyless: true };
    expect(verdictWith([good, other]).kind).toBe('allow');
    expect(verdictWith([{ ...other, scopes: ['*'] }, good]).kind).toBe('allow');
  });
});

describe('a verifier that is not sound denies all that it may have been meant for', () => {
  it.each<
    [string, readonly RatifyTrustPolicy[], Partial<RatifyVerifier>, string, readonly string[]]
  >([
    ['no trust policies', [], {}, 'it has no trust policies', ['*']],
    [
      'problems that the edge found',
      [good],
      { problems: ['spec.parameters: a', 'b'] },
      'spec.parameters: a; b',
      ['*'],
    ],
    ['problems without words', [good], { problems: [] }, 'it could not be read', ['*']],
    ['problems and no trust policies', [], { problems: ['x'] }, 'x', ['*']],
    [
      'a trust policy without scopes',
      [{ ...good, scopes: [] }],
      {},
      'a policy has no scopes',
      ['*'],
    ],
    [
      'a malformed scope',
      [{ ...good, scopes: ['Contoso.azurecr.io/*'] }],
      {},
      'the scope "Contoso.azurecr.io/*" is malformed',
      ['contoso.azurecr.io/*'],
    ],
    [
      'overlapping scopes',
      [{ ...good, scopes: ['contoso.azurecr.io/*', REPOSITORY] }],
      {},
      `the scopes "contoso.azurecr.io/*" and "${REPOSITORY}" overlap`,
      ['contoso.azurecr.io/*', REPOSITORY],
    ],
  ])('%s', (_, trustPolicies, overrides, ...[detail, scopes]) => {
    expect(policiesWith(trustPolicies, overrides)).toMatchObject([
      { scopes, unsupported: { code: 'POLICY_UNSUPPORTED', detail } },
    ]);
    expect(verdictWith(trustPolicies, overrides)).toMatchObject({
      kind: 'deny',
      code: 'POLICY_UNSUPPORTED',
    });
  });

  it('two trust policies of one name, both', () => {
    const twin = { ...good, scopes: ['fabrikam.azurecr.io/*'] };
    const detail = 'two of its trust policies have the same name';
    expect(policiesWith([good, twin])).toMatchObject([
      { unsupported: { detail } },
      { unsupported: { detail } },
    ]);
    expect(verdictWith([twin, good])).toMatchObject({ kind: 'deny', code: 'POLICY_UNSUPPORTED' });
  });

  it('and its "*" is no fallback, whatever else matches', () => {
    const bad = { ...good, name: 'bad', scopes: ['*', 'x/*'] };
    expect(verdictWith([good, bad])).toMatchObject({ kind: 'deny', code: 'POLICY_UNSUPPORTED' });
    expect(verdictWith([bad, good])).toMatchObject({ kind: 'deny', code: 'POLICY_UNSUPPORTED' });
  });
});
