import { describe, expect, it } from '@jest/globals';
import {
  formatKeyVersion,
  formatKeyVersionShort,
  keyVersionIdentity,
  normaliseKeyVersionId,
} from '../../../../core/keys/key-id.ts';

const id = {
  vaultUri: 'https://contoso.vault.azure.net',
  name: 'cosign-key',
  version: '0ff373a9259c4578',
};
const inline = { vaultUri: '', name: '', version: '' };

it('equal key versions have one spelling', () => {
  const shouted = {
    vaultUri: 'HTTPS://Contoso.Vault.Azure.Net//',
    name: 'Cosign-Key',
    version: '0FF373A9259C4578',
  };
  expect(normaliseKeyVersionId(shouted)).toEqual(id);
  expect(keyVersionIdentity(shouted)).toBe(keyVersionIdentity(id));
});

it('only the id is kept of whatever else an object holds', () => {
  expect(Object.keys(normaliseKeyVersionId({ ...id, state: 'trusted' } as typeof id))).toEqual([
    'vaultUri',
    'name',
    'version',
  ]);
});

it('different key versions have different identities', () => {
  const others = [
    id,
    { ...id, version: '0ff373a9259c4579' },
    { ...id, name: 'cosign-key2' },
    { ...id, vaultUri: 'https://fabrikam.vault.azure.net' },
    { ...id, name: 'cosign', version: '-key/0ff373a9259c4578' },
  ];
  expect(new Set(others.map(keyVersionIdentity)).size).toBe(others.length);
});

describe('a key version is written', () => {
  it.each([
    ['in full', id, 'azurekms://contoso.vault.azure.net/cosign-key/0ff373a9259c4578'],
    ['without a version', { ...id, version: '' }, 'azurekms://contoso.vault.azure.net/cosign-key'],
    ['as an inline key', inline, 'inline key'],
    ['as an inline key with a name', { ...inline, name: 'build' }, 'inline key build'],
  ])('%s', (_, version, text) => {
    expect(formatKeyVersion(version)).toBe(text);
  });

  it.each([
    ['by the start of its version', id, 'cosign-key/0ff3…'],
    ['by a short version as it is', { ...id, version: '12ab' }, 'cosign-key/12ab'],
    ['by the start of a version of five', { ...id, version: '12abc' }, 'cosign-key/12ab…'],
    ['by version before fingerprint', { ...id, fingerprint: 'sha256:abcdef' }, 'cosign-key/0ff3…'],
    [
      'by the fingerprint of an inline key',
      { ...inline, fingerprint: 'sha256:abcdef' },
      'inline/sha256:abcd…',
    ],
    [
      'by the fingerprint of a named one',
      { ...inline, name: 'build', fingerprint: 'sha256:abcdef' },
      'build/sha256:abcd…',
    ],
    ['by its name where it has nothing else', { ...inline, name: 'build' }, 'build'],
    ['as inline where it has nothing', inline, 'inline'],
  ])('for people %s', (_, version, text) => {
    expect(formatKeyVersionShort(version)).toBe(text);
  });
});
