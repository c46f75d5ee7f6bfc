import { describe, expect, it } from '@jest/globals';
import { buildTrustView } from '../../../../core/keys/build-trust-view.ts';
import type { KeyVersionStatus } from '../../../../core/keys/key-version.ts';
import { keysOf } from '../../../../core/verdict/key-standing.ts';
import { legacy } from '../../../support/signatures.ts';
import { signerOf } from '../../../support/signing.ts';
import {
  daysFromNow,
  decideOn,
  keySetOf,
  NOW,
  policyOf,
  trustIn,
  VAULT,
  versionOf,
} from '../../../support/trust.ts';

const signer = signerOf();
const signed = [legacy()];

describe('a key that stands in several key sets', () => {
  const policies = [
    policyOf({ keySets: [{ keySet: 'keyward-system/a' }, { keySet: 'keyward-system/b' }] }),
  ];
  const trustOf = (first: Partial<KeyVersionStatus>, second: Partial<KeyVersionStatus>) =>
    buildTrustView(
      [
        keySetOf([versionOf(signer, first)], { name: 'a' }),
        keySetOf([versionOf(signer, second)], { name: 'b' }),
      ],
      [],
    );

  it('is trusted where any of them trusts it', () => {
    const trust = trustOf({ state: 'notFollowed' }, {});
    expect(decideOn(signed, { policies, trust })).toMatchObject({
      kind: 'allow',
      vouchedBy: [{ keySet: 'keyward-system/b' }],
    });
  });

  const mostTelling = [
    ['revoked', 'KEY_REVOKED'],
    ['disabled', 'KEY_DISABLED'],
    ['deleted', 'KEY_DELETED'],
    ['expired', 'KEY_EXPIRED'],
    ['notYetValid', 'KEY_NOT_YET_VALID'],
    ['heldOut', 'KEY_HELD_OUT'],
    ['superseded', 'KEY_SUPERSEDED'],
    ['notFollowed', 'KEY_NOT_FOLLOWED'],
    ['unsupported', 'KEY_UNSUPPORTED'],
    ['unknown', 'KEY_UNKNOWN'],
  ] as const;
  const neighbours = mostTelling
    .slice(0, -1)
    .map(([state, code], index) => [state, mostTelling[index + 1]![0], code] as const);

  it.each(neighbours)('is named %s before %s, in whichever set', (state, other, code) => {
    const sets = [
      [trustOf({ state }, { state: other }), 'keyward-system/a'],
      [trustOf({ state: other }, { state }), 'keyward-system/b'],
    ] as const;
    for (const [trust, keySet] of sets) {
      const verdict = decideOn(signed, { policies, trust });
      expect(verdict).toMatchObject({ kind: 'deny', code, signedBy: { keySet } });
    }
  });

  it.each([
    ['notFollowed', 'KEY_NOT_FOLLOWED'],
    ['unsupported', 'TRUST_STALE'],
  ] as const)('is named by %s or by its stale trust, whichever says more: %s', (state, code) => {
    const stale = keySetOf([versionOf(signer)], {
      name: 'b',
      status: { lastReconciledTime: daysFromNow(-2) },
    });
    const trust = buildTrustView(
      [keySetOf([versionOf(signer, { state })], { name: 'a' }), stale],
      [],
    );
    expect(decideOn(signed, { policies, trust })).toMatchObject({ code });
  });

  it('is named from the first set by name where its state is the same in both', () => {
    const trust = trustOf({ state: 'disabled' }, { state: 'disabled' });
    for (const keySets of [policies[0]!.keySets, policies[0]!.keySets.toReversed()]) {
      const verdict = decideOn(signed, { policies: [policyOf({ keySets })], trust });
      expect(verdict).toMatchObject({ signedBy: { keySet: 'keyward-system/a' } });
    }
  });
});

describe('a policy may narrow a key set to one key or one version', () => {
  const other = signerOf('P-256', 'other');
  const trust = trustIn([versionOf(signer), versionOf(other, { name: 'other-key' })]);
  const version = signer.fingerprint.slice(7, 39);

  it.each([
    ['no narrowing', {}, 2],
    ['the key', { key: 'cosign-key' }, 1],
    ['the key in another case', { key: 'Cosign-Key' }, 1],
    ['the version', { key: 'cosign-key', version }, 1],
    ['the version in another case', { key: 'cosign-key', version: version.toUpperCase() }, 1],
    ['another version', { key: 'cosign-key', version: '0'.repeat(32) }, 0],
    ['the version of another key', { key: 'other-key', version }, 0],
    ["the beginning of the key's name", { key: 'cosign' }, 0],
  ])('%s', (_, ref, count) => {
    const policy = policyOf({ keySets: [{ keySet: 'keyward-system/prod', ...ref }] });
    expect(keysOf(policy, trust, NOW)).toHaveLength(count);
  });

  it('a good signature by the key that it narrows away does not count', () => {
    const policies = [
      policyOf({ keySets: [{ keySet: 'keyward-system/prod', key: 'cosign-key' }] }),
    ];
    expect(decideOn([legacy({ signer: other })], { policies, trust })).toMatchObject({
      kind: 'deny',
      code: 'SIGNATURE_INVALID',
    });
  });
});

it('keys of several sets are tried newest first, and by name where they are as old', () => {
  const version = (label: string, days: number, name: string) =>
    versionOf(signerOf('P-256', label), { createdOn: daysFromNow(days), name });
  const sets = [
    keySetOf([version('a', -1, 'a'), version('b', -9, 'b')], { name: 'one' }),
    keySetOf([version('c', -5, 'd'), version('d', -5, 'c')], { name: 'two' }),
  ];
  const refs = [{ keySet: 'keyward-system/one' }, { keySet: 'keyward-system/two' }];
  for (const keySets of [refs, refs.toReversed()]) {
    const keys = keysOf(policyOf({ keySets }), buildTrustView(sets, []), NOW);
    expect(keys.map(({ key }) => `${key.vaultUri} ${key.name}`)).toEqual(
      ['a', 'c', 'd', 'b'].map((name) => `${VAULT} ${name}`),
    );
  }
});
