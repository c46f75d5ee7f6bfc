import { describe, expect, it } from '@jest/globals';
import { requireAllowedVault, type Cloud } from '../../../../platform/vault/allowed-vaults.ts';

const HOST = 'contoso.vault.azure.net';
const require = (
  vaultUri: string,
  allowedVaults: readonly string[],
  cloud: Cloud = 'AzurePublic',
) => requireAllowedVault(vaultUri, { allowedVaults, cloud });
const notAllowed = { code: 'VAULT_NOT_ALLOWED', retryable: false };
const refusal = (...call: Parameters<typeof require>): unknown => {
  try {
    return require(...call);
  } catch (error) {
    return error;
  }
};

describe('a vault may be called', () => {
  it.each([`https://${HOST}`, `https://${HOST}/`, 'HTTPS://Contoso.Vault.Azure.Net'])(
    'as %s',
    (uri) => {
      expect(require(uri, [HOST])).toBe(HOST);
    },
  );

  it.each([HOST, `https://${HOST}`, `https://${HOST}/`, ' Contoso.Vault.Azure.Net ', `${HOST}/`])(
    'when it is allowed as %j',
    (allowed) => {
      expect(require(`https://${HOST}`, ['other.vault.azure.net', allowed])).toBe(HOST);
    },
  );

  it('under the very name that was compared, though it was written in letters that only fold alike', () => {
    // Kelvin's sign becomes k: the host that is called is the ASCII one.
    expect(require('https://\u212Aontoso.vault.azure.net', ['kontoso.vault.azure.net'])).toBe(
      'kontoso.vault.azure.net',
    );
  });

  it.each<[Cloud, string]>([
    ['AzurePublic', 'contoso.vault.azure.net'],
    ['AzureUSGovernment', 'contoso.vault.usgovcloudapi.net'],
    ['AzureChina', 'contoso.vault.azure.cn'],
  ])('in the cloud %s', (cloud, host) => {
    expect(require(`https://${host}`, [host], cloud)).toBe(host);
  });
});

describe('a vault is not called', () => {
  it.each<[string, string]>([
    ['nothing is allowed', HOST],
    ['only its neighbour is allowed', 'contoso2.vault.azure.net'],
    ['its suffix is allowed', 'vault.azure.net'],
    ['a pattern is allowed', '*.vault.azure.net'],
    ['an empty name is allowed', ''],
    ['it is allowed with a port', `${HOST}:443`],
    ['it is allowed over http', `http://${HOST}`],
    ['it is allowed with a path', `${HOST}/keys`],
  ])('when %s', (why, allowed) => {
    const error = refusal(`https://${HOST}`, why === 'nothing is allowed' ? [] : [allowed]);
    expect(error).toMatchObject(notAllowed);
    expect((error as Error).message).toContain('is not in allowedVaults');
  });

  it.each([
    ['no scheme', HOST],
    ['http', `http://${HOST}`],
    ['a port', `https://${HOST}:443`],
    ['a path', `https://${HOST}/keys`],
    ['two slashes', `https://${HOST}//`],
    ['a query', `https://${HOST}?x`],
    ['a fragment', `https://${HOST}#x`],
    ['a user', `https://u@${HOST}`],
    ['another host behind the user', `https://${HOST}@attacker.example`],
    ['a line break', `https://${HOST}\n`],
    ['a blank', ` https://${HOST}`],
    ['a backslash', `https://attacker.example\\.${HOST}`],
    ['an encoded dot', 'https://contoso%2evault.azure.net'],
    ['a full-width dot', 'https://contoso．vault.azure.net'],
    ['a dotted capital I', 'https://contosoİ.vault.azure.net'],
    ['nothing', ''],
  ])('by an address with %s', (_what, uri) => {
    const error = refusal(uri, [HOST, uri, uri.replace('https://', '')]);
    expect(error).toMatchObject(notAllowed);
    expect((error as Error).message).toContain('it is not https://<vault host>');
  });

  it.each([
    ['a foreign host', 'attacker.example'],
    ['a host that begins alike', `${HOST}.attacker.example`],
    ['a host that ends alike', 'contosovault.azure.net'],
    ['the suffix alone', 'vault.azure.net'],
    ['a dot before the suffix', '.vault.azure.net'],
    ['a label too many', `evil.${HOST}`],
    ['a trailing dot', `${HOST}.`],
    ['a label that begins with a digit', '1contoso.vault.azure.net'],
    ['a label that begins with a dash', '-contoso.vault.azure.net'],
    ['a label that ends with a dash', 'contoso-.vault.azure.net'],
    ['a label of 25 characters', `${'a'.repeat(25)}.vault.azure.net`],
    ['another cloud', 'contoso.vault.azure.cn'],
    ['a managed HSM', 'contoso.managedhsm.azure.net'],
    ['the metadata service', '169.254.169.254'],
  ])('at %s, though an operator allowed it', (_what, host) => {
    const error = refusal(`https://${host}`, [host]);
    expect(error).toMatchObject(notAllowed);
    expect((error as Error).message).toContain('is not a vault of the configured cloud');
  });
});
