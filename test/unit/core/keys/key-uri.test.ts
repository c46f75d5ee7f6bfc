import { describe, expect, it } from '@jest/globals';
import { parseKeyUri } from '../../../../core/keys/key-uri.ts';

const VERSION = '0ff373a9259c4578a247cfd7861a8805';
const label = 'a'.repeat(63);

describe("cosign's reference to a key is read", () => {
  it.each([
    [
      'without a version',
      'azurekms://contoso.vault.azure.net/cosign-key',
      { vaultUri: 'https://contoso.vault.azure.net', name: 'cosign-key' },
    ],
    [
      'with an empty version',
      'azurekms://contoso.vault.azure.net/cosign-key/',
      { vaultUri: 'https://contoso.vault.azure.net', name: 'cosign-key' },
    ],
    [
      'with a version',
      `azurekms://contoso.vault.azure.net/cosign-key/${VERSION}`,
      { vaultUri: 'https://contoso.vault.azure.net', name: 'cosign-key', version: VERSION },
    ],
    [
      'in upper case',
      `azurekms://Contoso.Vault.Azure.NET/Cosign-Key/${VERSION.toUpperCase()}`,
      { vaultUri: 'https://contoso.vault.azure.net', name: 'cosign-key', version: VERSION },
    ],
    [
      'in a sovereign cloud',
      'azurekms://contoso.vault.azure.cn/k',
      { vaultUri: 'https://contoso.vault.azure.cn', name: 'k' },
    ],
    [
      'in a Managed HSM',
      'azurekms://contoso.managedhsm.azure.net/k',
      { vaultUri: 'https://contoso.managedhsm.azure.net', name: 'k' },
    ],
    [
      'of the longest name and version',
      `azurekms://a.b/${'n'.repeat(127)}/${'v'.repeat(64)}`,
      { vaultUri: 'https://a.b', name: 'n'.repeat(127), version: 'v'.repeat(64) },
    ],
    [
      'of short words',
      'azurekms://kv.az/k/1',
      { vaultUri: 'https://kv.az', name: 'k', version: '1' },
    ],
    [
      'of short labels with digits at either end',
      'azurekms://0.9a-9.z9.a0/0-9/0z9',
      { vaultUri: 'https://0.9a-9.z9.a0', name: '0-9', version: '0z9' },
    ],
    [
      'of the longest host',
      `azurekms://${label}.${label}.${label}.${'a'.repeat(61)}/k`,
      { vaultUri: `https://${label}.${label}.${label}.${'a'.repeat(61)}`, name: 'k' },
    ],
  ])('%s', (_, text, key) => {
    expect(parseKeyUri(text)).toEqual({ ok: true, ...key });
  });
});

describe('anything else is refused', () => {
  it.each([
    ['nothing', ''],
    ['a path', '/contoso.vault.azure.net/k'],
    ['another scheme', 'https://contoso.vault.azure.net/k'],
    ['the scheme in upper case', 'AZUREKMS://contoso.vault.azure.net/k'],
    ['a blank before', ' azurekms://contoso.vault.azure.net/k'],
    ['no key', 'azurekms://contoso.vault.azure.net'],
    ['an empty key', 'azurekms://contoso.vault.azure.net/'],
    ['four parts', `azurekms://contoso.vault.azure.net/keys/k/${VERSION}`],
    ['no host', 'azurekms:///k'],
    ['a host without a dot', 'azurekms://contoso/k'],
    ['a port', 'azurekms://contoso.vault.azure.net:443/k'],
    ['a user name', 'azurekms://user@contoso.vault.azure.net/k'],
    ['an IPv6 address', 'azurekms://[::1]/k'],
    ['a trailing dot', 'azurekms://contoso.vault.azure.net./k'],
    ['two dots', 'azurekms://contoso..net/k'],
    ['a hyphen at the end of a label', 'azurekms://contoso-.vault.azure.net/k'],
    ['a host beyond ASCII', 'azurekms://contosö.vault.azure.net/k'],
    ['a label that is too long', `azurekms://${label}a.net/k`],
    ['a later label that is too long', `azurekms://contoso.${label}a.net/k`],
    ['a host that is too long', `azurekms://${label}.${label}.${label}.${'a'.repeat(62)}/k`],
    ['an underscore in the name', 'azurekms://a.b/cosign_key'],
    ['percent-encoding in the name', 'azurekms://a.b/k%2f'],
    ['a query', 'azurekms://a.b/k?x=1'],
    ['a fragment', 'azurekms://a.b/k#1'],
    ['a name that is too long', `azurekms://a.b/${'n'.repeat(128)}`],
    ['a hyphen in the version', 'azurekms://a.b/k/0ff3-73a9'],
    ['a version that is too long', `azurekms://a.b/k/${'v'.repeat(65)}`],
    ['a line break at the end', 'azurekms://a.b/k\n'],
    ['a line break after the version', `azurekms://a.b/k/${VERSION}\n`],
    ['a text that is too long', `azurekms://a.b/k/${'v'.repeat(1000)}`],
  ])('%s', (_, text) => {
    expect(parseKeyUri(text)).toMatchObject({
      ok: false,
      detail: expect.stringMatching(/^"[^\n]*" \S[^\n]+$/u) as unknown,
    });
  });

  it.each([
    ['azurekms:/a.b/k', 'is not of the form azurekms://<vault host>/<key name>[/<version>]'],
    ['azurekms://a.b:1/k', 'does not name a vault host (no port, no user name)'],
    ['azurekms://a.b/k_', 'has a key name that Key Vault does not allow'],
    ['azurekms://a.b/k/-', 'has a version that is not letters and digits'],
  ])('and says why: %s', (text, why) => {
    expect(parseKeyUri(text)).toEqual({ ok: false, detail: `"${text}" ${why}` });
  });
});
