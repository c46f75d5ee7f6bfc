import { describe, expect, it } from '@jest/globals';
import { loadWorkerConfig, WORKER_CONFIG } from '../../../worker/config.ts';

const IDENTITY = {
  AZURE_TENANT_ID: 'tenant',
  AZURE_CLIENT_ID: 'client',
  AZURE_FEDERATED_TOKEN_FILE: '/token',
};

function refusal(environment: Readonly<Record<string, string>>): string {
  try {
    loadWorkerConfig(environment);
  } catch (error) {
    return error instanceof Error ? `${error.name} ${error.message}` : '';
  }
  return 'accepted';
}

describe('the worker’s configuration', () => {
  it('may be nothing at all: inline keys, in memory, without events', () => {
    expect(loadWorkerConfig({})).toEqual({
      namespace: 'keyward-system',
      logLevel: 'info',
      metrics: { host: '0.0.0.0', port: 9090 },
      drainMs: 4000,
      allowedVaults: [],
      cloud: 'AzurePublic',
      clustersSharingVault: 1,
    });
  });

  it('takes vaults, identity, bus and queue', () => {
    const config = loadWorkerConfig({
      ...IDENTITY,
      AZURE_AUTHORITY_HOST: 'https://login.microsoftonline.com/',
      KEYWARD_ALLOWED_VAULTS: 'contoso.vault.azure.net, other.vault.azure.net',
      KEYWARD_CLUSTERS_SHARING_VAULT: '3',
      KEYWARD_BUS_QUEUE: 'events',
      KEYWARD_BUS_NAMESPACE: 'contoso.servicebus.windows.net',
      KEYWARD_QUEUE_URL: 'rediss://queue',
      KEYWARD_DRAIN_SECONDS: '2.5',
    });
    expect(config).toMatchObject({
      allowedVaults: ['contoso.vault.azure.net', 'other.vault.azure.net'],
      clustersSharingVault: 3,
      bus: { queue: 'events', address: { namespace: 'contoso.servicebus.windows.net' } },
      identity: { tenantId: 'tenant', clientId: 'client', tokenFilePath: '/token' },
      queueUrl: 'rediss://queue',
      drainMs: 2500,
    });
  });

  it.each<[string, Readonly<Record<string, string>>, RegExp]>([
    [
      'a vault without an identity',
      { KEYWARD_ALLOWED_VAULTS: 'a.vault.azure.net' },
      /AZURE_TENANT_ID/u,
    ],
    [
      'a bus by identity without one',
      { KEYWARD_BUS_QUEUE: 'q', KEYWARD_BUS_NAMESPACE: 'n.servicebus.windows.net' },
      /AZURE_TENANT_ID/u,
    ],
    ['a queue on no bus', { KEYWARD_BUS_QUEUE: 'q' }, /KEYWARD_BUS_NAMESPACE/u],
    ['a bus without a queue', { KEYWARD_BUS_CONNECTION_STRING: 'x' }, /KEYWARD_BUS_QUEUE/u],
    [
      'two addresses of the bus',
      {
        ...IDENTITY,
        KEYWARD_BUS_QUEUE: 'q',
        KEYWARD_BUS_CONNECTION_STRING: 'x',
        KEYWARD_BUS_NAMESPACE: 'n',
      },
      /one of the two/u,
    ],
    ['another cloud', { KEYWARD_CLOUD: 'Mars' }, /KEYWARD_CLOUD/u],
    ['no clusters', { KEYWARD_CLUSTERS_SHARING_VAULT: '0' }, /KEYWARD_CLUSTERS_SHARING_VAULT/u],
  ])('refuses %s', (_what, environment, pattern) => {
    expect(refusal(environment)).toMatch(/^ConfigProblem/u);
    expect(refusal(environment)).toMatch(pattern);
  });

  it('repeats no value: some are secrets', () => {
    const connection = 'Endpoint=sb://x;SharedAccessKey=hunter2';
    expect(refusal({ KEYWARD_BUS_CONNECTION_STRING: connection })).not.toContain('hunter2');
  });

  it('describes every variable', () => {
    for (const [name, schema] of Object.entries(WORKER_CONFIG))
      expect([name, schema.description ?? '']).toEqual([name, expect.stringMatching(/\w{3}/u)]);
  });
});
