/** A version whose key is another than the one known: whoever swaps keys must not pass for a vault that shows an odd one. */
import { expect, it } from '@jest/globals';
import { hasChangedKey, type KnownKey } from '../../../../core/keys/version-facts.ts';
import { recoverLine } from '../../../../core/keys/vault-lines.ts';
import { remedyFor } from '../../../../core/verdict/remedies.ts';
import { signerOf } from '../../../support/signing.ts';
import { versionOf } from '../../../support/trust.ts';

const keyOf = (label: string): KnownKey => {
  const { fingerprint, algorithm, pem } = signerOf('P-256', label);
  return { ok: true, key: { fingerprint, algorithm, pem } };
};
const [known, other] = [keyOf('known'), keyOf('other')];
const odd: KnownKey = { ok: false, detail: 'it is odd' };
const previous = versionOf(signerOf('P-256', 'known'));

it.each<[string, boolean, Parameters<typeof hasChangedKey>[0]]>([
  ['the key that was known', false, { key: known, previous, previousKey: known }],
  ['another key', true, { key: other, previous, previousKey: known }],
  [
    'a key that cannot be loaded, where the known one can',
    true,
    { key: odd, previous, previousKey: known },
  ],
  [
    'a key that cannot be loaded, as the known one cannot',
    false,
    { key: odd, previous, previousKey: odd },
  ],
  ['a key that cannot be loaded, where none was known', false, { key: odd }],
  ['a key, where none was known', false, { key: known }],
  ['no key', false, { previous, previousKey: known }],
])('with %s: %p', (_, expected, facts) => {
  expect(hasChangedKey(facts)).toBe(expected);
});

it('a line for the vault names the first part of its host, and only a scheme at the start is left out', () => {
  const id = { vaultUri: 'https://a.b', name: 'k', version: '1' };
  expect(recoverLine(id)).toBe('az keyvault key recover --vault-name a --name k');
  expect(recoverLine({ ...id, vaultUri: 'a/https://b.c' })).toContain(
    '--vault-name a/https://b --',
  );
});

it('what helps against the state of a key begins with a signature by another', () => {
  const names = { key: 'azurekms://a.b/k/1', keySet: 'keyward-system/prod' };
  expect(remedyFor('KEY_SUPERSEDED', names)).toBe(
    'sign the image again with a trusted version; or raise spec.versions.limit in KeySet keyward-system/prod',
  );
});
