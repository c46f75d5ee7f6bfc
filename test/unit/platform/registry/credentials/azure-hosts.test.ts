import { describe, expect, it } from '@jest/globals';
import {
  AZURE_REGISTRY_HOSTS,
  isHostPattern,
  matchesHost,
} from '../../../../../platform/registry/credentials/azure-hosts.ts';
import { createAzureCredentials } from '../../../../../platform/registry/credentials/azure-registry.ts';
import { SecretText } from '../../../../../platform/registry/credentials/secret-text.ts';

const signal = new AbortController().signal;

function createSetup(hosts: readonly string[] = AZURE_REGISTRY_HOSTS) {
  const tokens: string[] = [];
  const credentials = createAzureCredentials({
    hosts,
    identity: {
      name: 'workload:client',
      getToken: async () => {
        tokens.push('entra');
        return new SecretText('entra-token');
      },
    },
  });
  return { credentials, tokens };
}

describe('the Entra token', () => {
  it.each(['contoso.azurecr.io', 'contoso-ab12.azurecr.io', 'c.azurecr.us', 'c.azurecr.cn'])(
    'is for a registry of Azure: %s',
    async (host) => {
      const { credentials, tokens } = createSetup();
      const credential = await credentials.find(host, signal);
      if (credential?.kind !== 'entra') throw new Error('not found');
      // Finding asks nobody; only showing does.
      expect(tokens).toEqual([]);
      expect((await credential.token(signal)).reveal()).toBe('entra-token');
    },
  );

  it.each([
    'contoso.azurecr.io.evil.example',
    'azurecr.io',
    'azurecr.io.evil.example',
    'evilazurecr.io',
    'contoso.azurecr.io:8443',
    'evil.example',
    'evil.example:443',
    'a.b.azurecr.io',
    'contoso.westeurope.data.azurecr.io',
    'contoso.azurecr.io.',
    '.azurecr.io',
    '-.azurecr.io',
    'contoso_.azurecr.io',
    'evil.example/contoso.azurecr.io',
    'evil.example?contoso.azurecr.io',
    'evil.example#.azurecr.io',
    'evil@contoso.azurecr.io',
    'contoso.azurecr.io@evil.example',
    'CONTOSO.azurecr.io',
    'contoso.azurecr.io\n',
    '',
  ])('is for no host that only looks like one: %j (A29, CVE-2025-27403)', async (host) => {
    const { credentials, tokens } = createSetup();
    expect(await credentials.find(host, signal)).toBeUndefined();
    expect(tokens).toEqual([]);
  });

  it('is for the hosts that the operator names, and for no others', async () => {
    const { credentials } = createSetup(['registry.contoso.com', '*.azurecr.de', '127.0.0.1:5000']);
    for (const host of ['registry.contoso.com', 'a.azurecr.de', '127.0.0.1:5000'])
      expect(await credentials.find(host, signal)).toBeDefined();
    for (const host of ['contoso.azurecr.io', 'a.registry.contoso.com', '127.0.0.1', 'azurecr.de'])
      expect(await credentials.find(host, signal)).toBeUndefined();
  });
});

describe('a pattern of hosts', () => {
  it.each(['*', '*.io', 'a.*', '**.azurecr.io', '*azurecr.io', 'https://a.example', 'a', '*.', ''])(
    'is a host, or * before a domain, and never %j',
    (pattern) => {
      expect(isHostPattern(pattern)).toBe(false);
      expect(matchesHost(pattern, 'contoso.azurecr.io')).toBe(false);
    },
  );

  it.each(['*.azurecr.io', 'contoso.azurecr.io', 'registry.contoso.com:8443'])(
    'may be %s',
    (pattern) => {
      expect(isHostPattern(pattern)).toBe(true);
    },
  );
});
