/** Why a version has its state, word for word, and the edges between two states: what the status shows is what people act on. */
import { describe, expect, it } from '@jest/globals';
import type { KeySetSpec } from '../../../../core/keys/key-set.ts';
import { newestFirst, toKnownKey, type VersionFacts } from '../../../../core/keys/version-facts.ts';
import {
  judgeVersions,
  KEY_CHANGED,
  type StatePolicy,
} from '../../../../core/keys/version-states.ts';
import { loadPublicKey } from '../../../../core/keys/public-key.ts';
import { signerOf } from '../../../support/signing.ts';
import { DAY, NOW, VAULT, versionOf } from '../../../support/trust.ts';

const load = loadPublicKey({ pem: signerOf().pem });
const key = toKnownKey(load);
const factsOf = (change: Partial<VersionFacts> = {}): VersionFacts => ({
  vaultUri: VAULT,
  name: 'cosign-key',
  version: 'a1',
  presence: 'present',
  enabled: true,
  createdOn: NOW - 9 * DAY,
  key,
  ...change,
});
const policyOf = (
  versions: Partial<KeySetSpec['versions']> = {},
  change: Partial<StatePolicy> = {},
): StatePolicy => ({
  keySet: 'keyward-system/prod',
  spec: { versions: { follow: true, exclude: [], limit: 20, ...versions }, expiredKeys: 'Trust' },
  findRevocation: () => undefined,
  heldOut: new Set(),
  now: NOW,
  ...change,
});
const judge = (facts: VersionFacts, policy = policyOf(), ...others: readonly VersionFacts[]) =>
  judgeVersions([facts, ...others], policy).get(facts);
const withoutKey = (facts: VersionFacts): VersionFacts => {
  const { key: _, ...rest } = facts;
  return rest;
};
const UNREAD =
  'its state or its public key could not be read from the vault; judged again as soon as they can';

describe('a version', () => {
  const cases: readonly (readonly [string, string, VersionFacts, StatePolicy?])[] = [
    ['trusted', 'enabled in the vault', factsOf()],
    ['trusted', 'enabled in the vault', factsOf({ expiresOn: NOW + 1, notBefore: NOW })],
    [
      'trusted',
      'enabled in the vault; expired, and spec.expiredKeys trusts expired versions',
      factsOf({ expiresOn: NOW }),
    ],
    [
      'deleted',
      'the vault says that it does not exist (any more); to trust it, recover its key if it was not purged: az keyvault key recover --vault-name contoso --name cosign-key',
      factsOf({ presence: 'deleted' }),
    ],
    [
      'disabled',
      'disabled in the vault; to trust it, enable it there: az keyvault key set-attributes --vault-name contoso --name cosign-key --version a1 --enabled true',
      factsOf({ enabled: false }),
    ],
    ['unknown', UNREAD, factsOf({ presence: 'unknown', enabled: false })],
    ['unknown', UNREAD, withoutKey(factsOf())],
    ['unknown', KEY_CHANGED, factsOf({ previous: versionOf(signerOf('P-256', 'another')) })],
    ['unsupported', 'it is odd', factsOf({ key: { ok: false, detail: 'it is odd' } })],
    [
      'notYetValid',
      'valid from 2026-11-02T12:00:01Z, and trusted then; to trust it sooner: az keyvault key set-attributes --vault-name contoso --name cosign-key --version a1 --not-before 2026-10-24T12:00:00Z',
      factsOf({ notBefore: NOW + 1000 }),
    ],
    [
      'expired',
      'expired 2026-11-02T12:00:00Z (spec.expiredKeys: Deny); to trust it: kubectl edit keyset prod -n keyward-system and set Trust',
      factsOf({ expiresOn: NOW }),
      policyOf({}, { spec: { ...policyOf().spec, expiredKeys: 'Deny' } }),
    ],
    [
      'heldOut',
      'taken out of the managed provider; to trust it, remove "cosign-key/a1" from its annotation keyward.dev/held-out',
      factsOf(),
      policyOf({}, { heldOut: new Set(['cosign-key/a1']) }),
    ],
    [
      'notFollowed',
      `not in spec.versions.baseline and not newer than it; to trust it: kubectl patch keyset prod -n keyward-system --type=json -p '[{"op":"add","path":"/spec/versions/baseline/-","value":"a1"}]'`,
      factsOf(),
      policyOf({ baseline: ['b2'] }),
    ],
    [
      'notFollowed',
      'listed in spec.versions.exclude; to trust it: kubectl edit keyset prod -n keyward-system and remove "a1" there',
      factsOf(),
      policyOf({ exclude: ['a1'] }),
    ],
    [
      'revoked',
      'revoked by KeyRevocation leak-1; to lift it: kubectl delete keyrevocation leak-1',
      factsOf(),
      policyOf(
        {},
        { findRevocation: () => ({ name: 'leak-1', resourceVersion: '1', reason: 'x' }) },
      ),
    ],
  ];
  it.each(cases.map((each) => [each[0], each[1], each] as const))(
    'is %s: %s',
    (state, reason, [, , facts, policy]) => {
      expect(judge(facts, policy)).toStrictEqual({ state, reason });
    },
  );

  it('whose key changed says that this is tampering, and what to do', () => {
    expect(KEY_CHANGED).toBe(
      'TAMPERING? The vault now shows another public key for this version than the one known, which never happens in Key Vault. ' +
        'Neither is trusted. Find out who changed the vault, its answers or this status; then delete the KeySet and create it again',
    );
  });

  it('older than the newest says how many are kept', () => {
    const newer = factsOf({ version: 'b2', createdOn: NOW });
    expect(judge(factsOf(), policyOf({ limit: 1 }), newer)).toStrictEqual({
      state: 'superseded',
      reason:
        'older than the newest 1 of its key; to trust it: kubectl edit keyset prod -n keyward-system and raise spec.versions.limit',
    });
  });

  it('says the same at every look, or the status would be written at each', () => {
    const facts = factsOf({ notBefore: NOW + DAY });
    const later = policyOf({}, { now: NOW + 1000 });
    expect(judge(facts, later)).toStrictEqual(judge(facts));
  });

  it.each<[string, string]>([
    ['unsupported', 'it is odd'],
    ['unknown', KEY_CHANGED],
  ])('that was %s stays so while the vault is away', (state, reason) => {
    const previous = versionOf(undefined, { state: state as 'unsupported' | 'unknown', reason });
    expect(judge(factsOf({ presence: 'unknown', previous }))).toStrictEqual({ state, reason });
  });

  it('that was trusted does not stay so by that alone', () => {
    expect(judge(factsOf({ presence: 'unknown', previous: versionOf() }))).toStrictEqual({
      state: 'unknown',
      reason: UNREAD,
    });
  });
});

describe('what is newer than the baseline', () => {
  const newer = factsOf({ version: 'c3', createdOn: NOW });
  const old = factsOf({ version: 'b2', createdOn: NOW - 20 * DAY });
  const ageless = (facts: VersionFacts): VersionFacts => {
    const { createdOn: _, ...rest } = facts;
    return rest;
  };

  it('is followed where the age of all of the baseline is known', () => {
    expect(judge(newer, policyOf({ baseline: ['a1', 'b2'] }), factsOf(), old)).toMatchObject({
      state: 'trusted',
    });
  });

  it('is not known where the age of one of them is not: nothing is followed but the baseline', () => {
    const policy = policyOf({ baseline: ['a1', 'b2'] });
    expect(judge(newer, policy, factsOf(), ageless(old))).toMatchObject({ state: 'notFollowed' });
    expect(judge(newer, policy, ageless(factsOf()), old)).toMatchObject({ state: 'notFollowed' });
    expect(judge(factsOf(), policy, newer, ageless(old))).toMatchObject({ state: 'trusted' });
  });

  it('is nothing whose own age is not known, and nothing of the same age', () => {
    const policy = policyOf({ baseline: ['a1'] });
    expect(judge(ageless(newer), policy, factsOf())).toMatchObject({ state: 'notFollowed' });
    expect(judge(factsOf({ version: 'd4' }), policy, factsOf())).toMatchObject({
      state: 'notFollowed',
    });
  });

  it('is nothing where the baseline is pinned, or gone without a trace', () => {
    expect(judge(newer, policyOf({ baseline: ['a1'], follow: false }), factsOf())).toMatchObject({
      state: 'notFollowed',
    });
    expect(judge(newer, policyOf({ baseline: ['e5'] }))).toMatchObject({ state: 'notFollowed' });
    expect(judge(newer, policyOf({ baseline: [] }))).toMatchObject({ state: 'notFollowed' });
  });
});

it('a key is known by what is needed to judge it, and no more', () => {
  if (!load.ok) throw new Error(load.detail);
  const { fingerprint, algorithm, pem } = load.key;
  expect(key).toStrictEqual({ ok: true, key: { fingerprint, algorithm, pem } });
  expect(toKnownKey({ ok: false, code: 'KEY_WEAK', detail: 'x' })).toStrictEqual({
    ok: false,
    detail: 'x',
  });
});

it('versions of one age are in the order of their names, from the last one down', () => {
  const [a, b] = [
    { version: 'a', createdOn: 1 },
    { version: 'b', createdOn: 1 },
  ];
  expect([newestFirst(a, b), newestFirst(b, a), newestFirst(a, { ...a })]).toEqual([1, -1, 0]);
  expect(newestFirst({ version: 'a' }, { version: 'b' })).toBe(1);
});
