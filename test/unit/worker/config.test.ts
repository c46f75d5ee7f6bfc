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
      holdAbovePercent: 50,
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
      bus: {
        entity: { queue: 'events' },
        address: { namespace: 'contoso.servicebus.windows.net' },
      },
      identity: { tenantId: 'tenant', clientId: 'client', tokenFilePath: '/token' },
      queueUrl: 'rediss://queue',
      drainMs: 2500,
    });
  });

  it('takes a topic with a subscription in place of the queue', () => {
    const config = loadWorkerConfig({
      KEYWARD_BUS_TOPIC: 'events',
      KEYWARD_BUS_SUBSCRIPTION: 'cluster-1',
      KEYWARD_BUS_CONNECTION_STRING: 'Endpoint=sb://x',
    });
    expect(config.bus).toEqual({
      entity: { topic: 'events', subscription: 'cluster-1' },
      address: { connectionString: 'Endpoint=sb://x' },
    });
  });

  it.each<[string, Readonly<Record<string, string>>, RegExp]>([
    [
      'a topic without a subscription',
      { KEYWARD_BUS_TOPIC: 't', KEYWARD_BUS_CONNECTION_STRING: 'x' },
      /give both/u,
    ],
    [
      'a subscription without a topic',
      { KEYWARD_BUS_SUBSCRIPTION: 's', KEYWARD_BUS_CONNECTION_STRING: 'x' },
      /give both/u,
    ],
    [
      'a queue and a topic',
      {
        KEYWARD_BUS_QUEUE: 'q',
        KEYWARD_BUS_TOPIC: 't',
        KEYWARD_BUS_SUBSCRIPTION: 's',
        KEYWARD_BUS_CONNECTION_STRING: 'x',
      },
      /KEYWARD_BUS_QUEUE, KEYWARD_BUS_TOPIC/u,
    ],
    [
      'a topic on no bus',
      { KEYWARD_BUS_TOPIC: 't', KEYWARD_BUS_SUBSCRIPTION: 's' },
      /KEYWARD_BUS_NAMESPACE/u,
    ],
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

  describe('of the events endpoint', () => {
    const TENANT = 'AAAAAAAA-2222-4333-8444-555555555555';
    const ENDPOINT = {
      KEYWARD_EVENTS_PORT: '8444',
      KEYWARD_EVENTS_TENANT_ID: TENANT,
      KEYWARD_EVENTS_AUDIENCE: 'api://keyward-events, 33333333-2222-4333-8444-555555555555',
    };
    const tenant = TENANT.toLowerCase();

    it('says for whom tokens must be, by whom, and where the keys are read', () => {
      expect(loadWorkerConfig(ENDPOINT).endpoint).toEqual({
        host: '0.0.0.0',
        port: 8444,
        files: {
          certFile: '/etc/keyward/events-tls/tls.crt',
          keyFile: '/etc/keyward/events-tls/tls.key',
        },
        token: {
          tenantId: tenant,
          issuers: [
            `https://sts.windows.net/${tenant}/`,
            `https://login.microsoftonline.com/${tenant}/v2.0`,
          ],
          audiences: ['api://keyward-events', '33333333-2222-4333-8444-555555555555'],
          callers: ['4962773b-9cdb-44cf-a8bf-237846a00ab7'],
          role: 'AzureEventGridSecureWebhookSubscriber',
        },
        keySetUrl: new URL(`https://login.microsoftonline.com/${tenant}/discovery/v2.0/keys`),
        proxy: {},
      });
    });

    it.each([
      ['AzureUSGovernment', 'https://sts.windows.net', 'https://login.microsoftonline.us'],
      ['AzureChina', 'https://sts.chinacloudapi.cn', 'https://login.partner.microsoftonline.cn'],
    ])('follows the cloud: %s', (cloud, v1, v2) => {
      const { endpoint } = loadWorkerConfig({ ...ENDPOINT, KEYWARD_CLOUD: cloud });
      expect(endpoint?.token.issuers).toEqual([`${v1}/${tenant}/`, `${v2}/${tenant}/v2.0`]);
      expect(endpoint?.keySetUrl.origin).toBe(v2);
    });

    it('takes a managed identity, a role and a proxy of one’s own', () => {
      const { endpoint } = loadWorkerConfig({
        ...ENDPOINT,
        KEYWARD_EVENTS_CALLER: '99999999-AAAA-4333-8444-555555555555',
        KEYWARD_EVENTS_APP_ROLE: 'Deliver',
        HTTPS_PROXY: 'http://proxy:3128',
        NO_PROXY: '.svc',
      });
      expect(endpoint).toMatchObject({
        token: { callers: ['99999999-aaaa-4333-8444-555555555555'], role: 'Deliver' },
        proxy: { https: 'http://proxy:3128', noProxy: '.svc' },
      });
    });

    it.each<[string, Readonly<Record<string, string>>, RegExp]>([
      ['no tenant', { KEYWARD_EVENTS_TENANT_ID: '' }, /KEYWARD_EVENTS_TENANT_ID/u],
      [
        'a tenant by name',
        { KEYWARD_EVENTS_TENANT_ID: 'contoso.com' },
        /KEYWARD_EVENTS_TENANT_ID/u,
      ],
      ['a tenant for all', { KEYWARD_EVENTS_TENANT_ID: 'common' }, /KEYWARD_EVENTS_TENANT_ID/u],
      [
        'a path for a tenant',
        { KEYWARD_EVENTS_TENANT_ID: `${TENANT}/..` },
        /KEYWARD_EVENTS_TENANT_ID/u,
      ],
      ['no audience', { KEYWARD_EVENTS_AUDIENCE: ' , ' }, /KEYWARD_EVENTS_AUDIENCE/u],
      ['a caller that is none', { KEYWARD_EVENTS_CALLER: 'me' }, /KEYWARD_EVENTS_CALLER/u],
      ['a proxy that is none', { HTTPS_PROXY: 'ftp://hunter2@proxy' }, /HTTPS_PROXY/u],
    ])('refuses %s', (_what, change, pattern) => {
      const refused = refusal({ ...ENDPOINT, ...change });
      expect(refused).toMatch(pattern);
      expect(refused).not.toContain('hunter2');
    });
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
