/** The webhook as a process, before registries that let in only who may read. */
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { RESOURCES } from '../../platform/kube/resources.ts';
import { startEgressProxy } from '../../sandbox/egress-proxy.ts';
import { ENTRA_HOST, startEntra } from '../../sandbox/entra/entra.ts';
import { startWorld, type Scenery, type World, type WorldOptions } from './webhook-setup.ts';

jest.setTimeout(120_000);

const PASSWORD = 'correct-horse-battery';
const ACCESS = { kind: 'token', username: 'puller', password: PASSWORD } as const;
const CLIENT_ID = '99999999-8888-4777-8666-555555555555';
const NAME = 'contoso.azurecr.io';

let world: World | undefined;
afterEach(async () => {
  await world?.[Symbol.asyncDispose]();
  world = undefined;
});

async function start(options: WorldOptions): Promise<World> {
  world = await startWorld(options);
  return world;
}

const configOf = (host: string): string => {
  const auth = Buffer.from(`${ACCESS.username}:${PASSWORD}`).toString('base64');
  return JSON.stringify({ auths: { [host]: { auth } } });
};

/** A signed image is admitted, an unsigned one denied: the registry was read, and not merely reached. */
async function expectReads({ push, ask }: World): Promise<void> {
  const [signed, unsigned] = [await push('signed', 'bundle'), await push('unsigned')];
  expect(await ask([signed])).toMatchObject({ allowed: true });
  expect(await ask([unsigned])).toMatchObject({ allowed: false, code: 'NO_SIGNATURE' });
}

describe('a registry that asks for a user name and password', () => {
  it('is read with those of a Docker config, which are shown to the token service alone', async () => {
    const running = await start({
      registry: { access: ACCESS },
      environment: async ({ registry, write }) => {
        return {
          KEYWARD_REGISTRY_AUTH: 'docker-config',
          KEYWARD_REGISTRY_DOCKER_CONFIG: await write('config.json', configOf(registry.host)),
        };
      },
    });
    await expectReads(running);
    const { registry } = running;
    const basic = `Basic ${Buffer.from(`puller:${PASSWORD}`).toString('base64')}`;
    const shown = registry.requests().list.filter(({ authorization }) => authorization === basic);
    expect(new Set(shown.map(({ operation }) => operation))).toEqual(new Set(['token']));
    expect(await running.log()).not.toContain(PASSWORD);
  });

  it('is read with those of a named Secret', async () => {
    const secret = { namespace: 'keyward-system', name: 'registry-pull' };
    const running = await start({
      registry: { access: ACCESS },
      environment: async ({ kube, registry }: Scenery) => {
        await kube.create(RESOURCES.secrets, {
          apiVersion: 'v1',
          kind: 'Secret',
          metadata: secret,
          type: 'kubernetes.io/dockerconfigjson',
          data: {
            '.dockerconfigjson': Buffer.from(configOf(registry.host)).toString('base64'),
          },
        });
        return {
          KEYWARD_REGISTRY_AUTH: 'secret',
          KEYWARD_REGISTRY_SECRETS: `${secret.namespace}/${secret.name}`,
        };
      },
    });
    await expectReads(running);
    expect(await running.log()).not.toContain(PASSWORD);
  });

  it('is unavailable without them, never taken for one without signatures', async () => {
    const running = await start({ registry: { access: ACCESS } });
    const answer = await running.ask([await running.push('signed', 'legacy')]);
    expect(answer).toMatchObject({ allowed: false, code: 'REGISTRY_AUTH' });
    expect(answer.message).toContain('the token service');
  });
});

describe('a registry of Azure', () => {
  it('is read by workload identity, behind a proxy, and the identity is shown there alone', async () => {
    const shown: string[] = [];
    const running = await start({
      registry: {
        name: NAME,
        access: {
          kind: 'azure',
          isEntraToken: (token) => {
            shown.push(token);
            const claims = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString();
            const { aud, appid } = JSON.parse(claims) as { aud: string; appid: string };
            return aud === 'https://containerregistry.azure.net' && appid === CLIENT_ID;
          },
        },
      },
      environment: async ({ authority, registry, write, started }) => {
        const entra = await startEntra({ certificates: authority });
        started.defer(() => entra.close());
        const port = Number(registry.host.split(':')[1]);
        const ports = new Map([
          [NAME, port],
          [ENTRA_HOST, entra.port],
        ]);
        const proxy = await startEgressProxy({
          routes: (host) => {
            const standIn = ports.get(host);
            return standIn === undefined ? undefined : { port: standIn };
          },
        });
        started.defer(() => proxy.close());
        const subject = 'system:serviceaccount:keyward-system:keyward-webhook';
        return {
          KEYWARD_REGISTRY_AUTH: 'azure-workload-identity,anonymous',
          AZURE_TENANT_ID: entra.tenantId,
          AZURE_CLIENT_ID: CLIENT_ID,
          AZURE_FEDERATED_TOKEN_FILE: await write('token', entra.createFederatedToken(subject)),
          AZURE_AUTHORITY_HOST: entra.authorityHost,
          HTTPS_PROXY: proxy.url,
          NODE_EXTRA_CA_CERTS: await write('extra-ca.pem', authority.caPem),
        };
      },
    });
    await expectReads(running);
    // One token of Entra for all questions, and it stands in the exchange's form alone.
    const [token = ''] = shown;
    expect(new Set(shown).size).toBe(1);
    const { list } = running.registry.requests();
    const holding = list.filter((request) => JSON.stringify(request).includes(token));
    expect(holding.map(({ operation }) => operation)).toEqual(['exchange']);
    expect(await running.log()).not.toContain(token);
  });
});
