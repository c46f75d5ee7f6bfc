/** Azure Container Registry's three steps, on the wire: an Entra token, the registry's refresh token, a token for one repository. */
import { describe, expect, it } from '@jest/globals';
import type { RegistryClientOptions } from '../../../../../platform/registry/create-registry.ts';
import { anonymousCredentials } from '../../../../../platform/registry/credentials/anonymous.ts';
import { AZURE_REGISTRY_HOSTS } from '../../../../../platform/registry/credentials/azure-hosts.ts';
import { createAzureCredentials } from '../../../../../platform/registry/credentials/azure-registry.ts';
import { chainCredentials } from '../../../../../platform/registry/credentials/chain.ts';
import { SecretText } from '../../../../../platform/registry/credentials/secret-text.ts';
import type { RegistryOptions, RegistryStandIn } from '../../../../../sandbox/registry/registry.ts';
import { failureOf, startHostile } from '../hostile.ts';
import { operationsOf, startNamed } from '../named.ts';

const NAME = 'contoso.azurecr.io';
const REF = { registry: NAME, repository: 'team/app' };
const HOUR = 3600 * 1000;

/** A registry of Azure that takes `entra-1`, and whoever else is named; a client with an identity whose tokens are counted. */
async function startAzure(
  others: Readonly<Record<string, Partial<RegistryOptions>>> = {},
  options: Partial<RegistryClientOptions> = {},
) {
  const state = { token: 'entra-1', given: 0 };
  const identity = {
    name: 'workload:client',
    getToken: async () => {
      state.given += 1;
      return new SecretText(state.token);
    },
  };
  const azure = createAzureCredentials({ identity, hosts: AZURE_REGISTRY_HOSTS });
  const world = await startNamed(
    {
      [NAME]: { access: { kind: 'azure', isEntraToken: (token) => token === 'entra-1' } },
      ...others,
    },
    { credentials: chainCredentials([azure, anonymousCredentials]), ...options },
  );
  const registry = world.server(NAME);
  const { digest } = registry.pushImage('team/app', 'v1');
  return Object.assign(world, { state, registry, digest });
}

function formsOf(server: RegistryStandIn) {
  return server
    .requests()
    .list.flatMap(({ operation, form }) =>
      form === undefined ? [] : [[operation, Object.fromEntries(new URLSearchParams(form))]],
    );
}

describe('a registry of Azure', () => {
  it('is asked what it wants, then shown each token at its own place and nowhere else', async () => {
    await using world = await startAzure();
    expect(await world.client.resolveTag(REF, 'v1')).toBe(world.digest);
    expect(operationsOf(world.registry)).toEqual(['ping', 'exchange', 'token', 'manifest']);
    const [exchange, token] = formsOf(world.registry);
    expect(exchange).toEqual([
      'exchange',
      { grant_type: 'access_token', service: NAME, access_token: 'entra-1' },
    ]);
    expect(token).toEqual([
      'token',
      {
        grant_type: 'refresh_token',
        client_id: 'keyward',
        service: NAME,
        scope: 'repository:team/app:pull',
        refresh_token: expect.stringMatching(/^e30\./u) as unknown,
      },
    ]);
    const { list } = world.registry.requests();
    expect(list.filter(({ authorization }) => authorization !== undefined)).toMatchObject([
      { operation: 'manifest', authorization: expect.stringMatching(/^Bearer /u) as unknown },
    ]);
    expect(world.state.given).toBe(1);
  });

  it('gives each repository a token of its own, all by one exchange', async () => {
    await using world = await startAzure();
    world.registry.pushImage('team/other', 'v1');
    const ask = (repository: string) =>
      world.client.resolveTag({ registry: NAME, repository }, 'v1');
    await ask('team/app');
    await Promise.all([ask('team/other'), ask('team/app'), ask('team/other')]);
    const operations = operationsOf(world.registry);
    expect(operations.filter((each) => each === 'exchange')).toHaveLength(1);
    expect(operations.filter((each) => each === 'token')).toHaveLength(2);
    const shown = world.registry
      .requests()
      .list.flatMap(({ operation, path, authorization = '' }) =>
        operation === 'manifest' ? [`${path} ${authorization}`] : [],
      );
    // Two paths, two tokens: neither opens the other's repository.
    expect(new Set(shown).size).toBe(2);
    expect(new Set(shown.map((each) => each.split('Bearer ')[1])).size).toBe(2);
  });

  it('is asked for a new token when one runs out, and shown Entra’s again only after hours', async () => {
    await using world = await startAzure();
    const count = (operation: string) =>
      operationsOf(world.registry).filter((each) => each === operation).length;
    await world.client.resolveTag(REF, 'v1');
    world.clock.advance(4 * 60 * 1000);
    await world.client.resolveTag(REF, 'v1');
    expect([count('exchange'), count('token')]).toEqual([1, 1]);
    world.clock.advance(2 * 60 * 1000);
    await world.client.resolveTag(REF, 'v1');
    expect([count('exchange'), count('token')]).toEqual([1, 2]);
    world.clock.advance(3 * HOUR);
    expect(await world.client.resolveTag(REF, 'v1')).toBe(world.digest);
    expect([count('exchange'), count('token')]).toEqual([2, 3]);
  });

  it('that lost its keys is shown everything anew within the same question', async () => {
    await using world = await startAzure();
    await world.client.resolveTag(REF, 'v1');
    world.registry.revokeTokens();
    world.registry.resetRequests();
    expect(await world.client.resolveTag(REF, 'v1')).toBe(world.digest);
    // The old token, the old refresh token, and then from the beginning.
    expect(operationsOf(world.registry)).toEqual([
      'manifest',
      'token',
      'exchange',
      'token',
      'manifest',
    ]);
  });

  it('is not shown again what it refused, while the identity has nothing better', async () => {
    await using world = await startAzure();
    await world.client.resolveTag(REF, 'v1');
    world.registry.revokeTokens();
    world.state.token = 'too-old';
    await failureOf(world.client.resolveTag(REF, 'v1'));
    world.registry.resetRequests();
    await failureOf(world.client.resolveTag(REF, 'v1'));
    expect(operationsOf(world.registry)).not.toContain('token');
  });

  it('that does not take the identity is unavailable, and never asked as a stranger', async () => {
    await using world = await startAzure();
    world.state.token = 'entra-of-another-tenant';
    const failure = await failureOf(world.client.resolveTag(REF, 'v1'));
    expect(failure).toMatchObject({
      code: 'REGISTRY_AUTH',
      message: 'the token service answered 401',
    });
    expect(operationsOf(world.registry)).not.toContain('manifest');
    expect(JSON.stringify(failure, Object.getOwnPropertyNames(failure))).not.toContain('entra-of');
  });

  it('is shown a new token of the identity once it has one that is taken', async () => {
    await using world = await startAzure();
    world.state.token = 'too-old';
    await failureOf(world.client.resolveTag(REF, 'v1'));
    world.state.token = 'entra-1';
    expect(await world.client.resolveTag(REF, 'v1')).toBe(world.digest);
  });
});

describe('the Entra token', () => {
  const EVIL = [
    'contoso.azurecr.io.evil.example',
    'evil-azurecr.io',
    'a.contoso.azurecr.io',
    'registry.evil.example',
  ];

  it.each(EVIL)('is not fetched for an image on %s, which asks for it (A29)', async (name) => {
    const wants = { access: { kind: 'azure', isEntraToken: () => true } } as const;
    await using world = await startAzure({ [name]: wants });
    world.server(name).pushImage('team/app', 'v1');
    const failure = await failureOf(world.client.resolveTag({ ...REF, registry: name }, 'v1'));
    expect(failure).toMatchObject({ code: 'REGISTRY_AUTH' });
    expect(world.state.given).toBe(0);
    expect(operationsOf(world.server(name))).not.toContain('exchange');
  });

  it('stays with the registry whose challenge names another place for tokens (A29)', async () => {
    await using world = await startAzure({
      'tokens.evil.example': { access: { kind: 'azure', isEntraToken: () => true } },
    });
    const realm = 'https://tokens.evil.example/oauth2/token';
    const challenge = { 'www-authenticate': `Bearer realm="${realm}",service="${NAME}"` };
    world.registry.faults.set({ kind: 'headers', headers: challenge }, { on: 'ping' });
    expect(await failureOf(world.client.resolveTag(REF, 'v1'))).toMatchObject({
      code: 'REGISTRY_REDIRECT_REFUSED',
      message: `${NAME} names https://tokens.evil.example for tokens, which is not allowed`,
    });
    expect(world.connected).not.toContain('tokens.evil.example:443');
  });

  it('is not shown where a registry is spoken to without TLS, though the operator named it', async () => {
    let given = 0;
    const identity = {
      name: 'workload:client',
      getToken: async () => {
        given += 1;
        return new SecretText('entra-1');
      },
    };
    // The port is known only once it listens.
    const hosts: string[] = [];
    await using hostile = await startHostile(
      (response, request) => {
        const realm = `http://${request.headers.host ?? ''}/oauth2/token`;
        response.writeHead(401, { 'www-authenticate': `Bearer realm="${realm}"` }).end();
      },
      { credentials: createAzureCredentials({ identity, hosts }) },
    );
    hosts.push(hostile.host);
    expect(await failureOf(hostile.client.resolveTag(hostile.ref, 'v1'))).toMatchObject({
      code: 'REGISTRY_AUTH',
      message: `${hostile.host} is spoken to without TLS`,
    });
    expect(given).toBe(0);
    expect(hostile.asked).toEqual(['/v2/']);
  });
});
