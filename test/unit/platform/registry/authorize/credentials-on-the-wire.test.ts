/** What registries and token services are shown of user names, passwords and tokens, and what becomes of a refusal. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { systemClock } from '../../../../../platform/lifecycle/clock.ts';
import { anonymousCredentials } from '../../../../../platform/registry/credentials/anonymous.ts';
import { chainCredentials } from '../../../../../platform/registry/credentials/chain.ts';
import type { Credential } from '../../../../../platform/registry/credentials/credentials.ts';
import { basicCredential } from '../../../../../platform/registry/credentials/docker-config.ts';
import { createDockerConfigCredentials } from '../../../../../platform/registry/credentials/docker-config-file.ts';
import { createSecretCredentials } from '../../../../../platform/registry/credentials/kubernetes-secret.ts';
import { SecretText } from '../../../../../platform/registry/credentials/secret-text.ts';
import type { RegistryAccess } from '../../../../../sandbox/registry/registry.ts';
import { failureOf, startHostile } from '../hostile.ts';
import { operationsOf, startNamed } from '../named.ts';
import { startPair } from '../setup.ts';

const NAME = 'registry.contoso.com';
const REF = { registry: NAME, repository: 'team/app' };
const PASSWORD = 'hunter2';
const BASIC = `Basic ${Buffer.from(`me:${PASSWORD}`).toString('base64')}`;
const folder = mkdtempSync(join(tmpdir(), 'keyward-on-the-wire-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const accessOf = (kind: 'basic' | 'token', password = PASSWORD): RegistryAccess => ({
  kind,
  username: 'me',
  password,
});
const configOf = (password = PASSWORD, host = NAME) =>
  JSON.stringify({
    auths: { [host]: { auth: Buffer.from(`me:${password}`).toString('base64') } },
  });

interface Changing {
  credential: Credential | undefined;
  /** What a look shows after the first was forgotten. */
  next?: Credential;
  forgotten: number;
}

function changing(first: Credential | undefined) {
  const state: Changing = { credential: first, forgotten: 0 };
  const credentials = {
    scope: 'test',
    find: async () => state.credential,
    forget: () => {
      state.forgotten += 1;
      state.credential = state.next ?? state.credential;
    },
  };
  return { state, credentials };
}

async function startClosed(access: RegistryAccess, credential: Credential | undefined) {
  const { state, credentials } = changing(credential);
  const world = await startNamed({ [NAME]: { access } }, { credentials });
  const registry = world.server(NAME);
  const { digest } = registry.pushImage('team/app', 'v1');
  return Object.assign(world, { state, registry, digest });
}

describe('a user name and password', () => {
  it('are shown to a registry that asks for them, at each question', async () => {
    await using world = await startClosed(accessOf('basic'), basicCredential('me', PASSWORD));
    expect(await world.client.resolveTag(REF, 'v1')).toBe(world.digest);
    await world.client.resolveTag(REF, 'v1');
    expect(world.registry.requests().list).toMatchObject([
      { operation: 'ping' },
      { operation: 'manifest', authorization: BASIC },
      { operation: 'manifest', authorization: BASIC },
    ]);
  });

  it('are shown to the token service where there is one, and not to the registry', async () => {
    await using world = await startClosed(accessOf('token'), basicCredential('me', PASSWORD));
    expect(await world.client.resolveTag(REF, 'v1')).toBe(world.digest);
    const { list } = world.registry.requests();
    expect(list.map(({ operation, authorization }) => [operation, authorization])).toEqual([
      ['ping', undefined],
      ['token', BASIC],
      ['manifest', expect.stringMatching(/^Bearer /u)],
    ]);
  });

  it.each(['basic', 'token'] as const)(
    'that are refused are looked up once more, and no stranger is sent in their place (%s)',
    async (kind) => {
      await using world = await startClosed(accessOf(kind), basicCredential('me', 'wrong'));
      expect(await failureOf(world.client.resolveTag(REF, 'v1'))).toMatchObject({
        code: 'REGISTRY_AUTH',
      });
      expect(world.state.forgotten).toBe(1);
      const shown = world.registry
        .requests()
        .list.filter(({ operation }) => operation === 'manifest');
      for (const { authorization } of shown) expect(authorization).toBeDefined();
    },
  );

  it.each(['basic', 'token'] as const)(
    'that were changed meanwhile are found within the question that was refused (%s)',
    async (kind) => {
      await using world = await startClosed(accessOf(kind), basicCredential('me', 'old'));
      world.state.next = basicCredential('me', PASSWORD);
      expect(await world.client.resolveTag(REF, 'v1')).toBe(world.digest);
    },
  );
});

describe('a refresh token, as az acr login leaves one', () => {
  it('is exchanged at the token service, by form and not by header', async () => {
    const access = { kind: 'azure', isEntraToken: () => true } as const;
    await using world = await startClosed(access, undefined);
    // What the registry gives for an Entra token is what the file would hold.
    const token = { token: async () => new SecretText('entra') };
    world.state.credential = { kind: 'entra', ...token };
    await world.client.resolveTag(REF, 'v1');
    const form = new URLSearchParams(
      world.registry.requests().list.find(({ operation }) => operation === 'token')?.form,
    );
    const refreshToken = form.get('refresh_token') ?? '';
    world.registry.resetRequests();
    world.state.credential = { kind: 'refresh-token', token: new SecretText(refreshToken) };
    world.registry.pushImage('team/other', 'v1');
    await world.client.resolveTag({ ...REF, repository: 'team/other' }, 'v1');
    expect(operationsOf(world.registry)).toEqual(['token', 'manifest']);
    const [asked] = world.registry.requests().list;
    expect(asked).not.toHaveProperty('authorization');
    expect(asked?.path).not.toContain(refreshToken);
    expect(asked?.form).toContain('grant_type=refresh_token');
  });
});

describe('sources of credentials, on the wire', () => {
  it('a Docker config opens what it is for, and its helpers stay off', async () => {
    const path = join(folder, 'config.json');
    writeFileSync(path, configOf());
    const credentials = createDockerConfigCredentials({ path, clock: systemClock });
    await using world = await startNamed(
      { [NAME]: { access: accessOf('token') } },
      { credentials },
    );
    const { digest } = world.server(NAME).pushImage('team/app', 'v1');
    expect(await world.client.resolveTag(REF, 'v1')).toBe(digest);
    writeFileSync(join(folder, 'helped.json'), JSON.stringify({ credsStore: 'desktop' }));
    const helped = createDockerConfigCredentials({
      path: join(folder, 'helped.json'),
      clock: systemClock,
    });
    await using other = await startNamed({ [NAME]: {} }, { credentials: helped });
    expect(await failureOf(other.client.resolveTag(REF, 'v1'))).toMatchObject({
      code: 'REGISTRY_AUTH',
      message: expect.stringContaining('helpers are off') as unknown,
    });
    expect(other.server(NAME).requests().count).toBe(0);
  });

  it('a named Secret opens what it is for', async () => {
    const data = { '.dockerconfigjson': Buffer.from(configOf()).toString('base64') };
    const credentials = createSecretCredentials({
      kube: { get: async <T>() => ({ type: 'kubernetes.io/dockerconfigjson', data }) as T },
      secret: { namespace: 'keyward-system', name: 'pull' },
      clock: systemClock,
    });
    await using world = await startNamed(
      { [NAME]: { access: accessOf('basic') } },
      { credentials },
    );
    const { digest } = world.server(NAME).pushImage('team/app', 'v1');
    expect(await world.client.resolveTag(REF, 'v1')).toBe(digest);
  });

  const LOOKALIKES = [`${NAME}.evil.example`, `evil-${NAME}`, `a.${NAME}`, 'contoso.com'];
  it.each(LOOKALIKES)(
    'show nothing to %s, whose name holds theirs or is held by it (A22)',
    async (name) => {
      const path = join(folder, 'a22.json');
      writeFileSync(path, configOf());
      const credentials = chainCredentials([
        createDockerConfigCredentials({ path, clock: systemClock }),
      ]);
      await using world = await startNamed(
        { [name]: { access: accessOf('basic') } },
        { credentials },
      );
      expect(
        await failureOf(world.client.resolveTag({ ...REF, registry: name }, 'v1')),
      ).toMatchObject({
        code: 'REGISTRY_AUTH',
        message: `no credentials are configured for ${name}, and anonymous access is off`,
      });
      expect(world.connected).toEqual([]);
    },
  );

  it('anonymous among them sends a stranger to whom they do not know, with nothing in hand', async () => {
    const path = join(folder, 'open.json');
    writeFileSync(path, configOf());
    const credentials = chainCredentials([
      createDockerConfigCredentials({ path, clock: systemClock }),
      anonymousCredentials,
    ]);
    await using pair = await startPair({}, { credentials });
    const { digest } = pair.server.pushImage('team/app', 'v1');
    expect(await pair.client.resolveTag(pair.ref, 'v1')).toBe(digest);
    expect(pair.server.requests().list).toEqual([
      expect.not.objectContaining({ authorization: expect.anything() as unknown }),
    ]);
  });
});

describe('a registry that hides from strangers what it has', () => {
  const credentials = {
    scope: 'test',
    find: async () => basicCredential('me', PASSWORD),
    forget: () => undefined,
  };
  const manifest = '{"a":"manifest"}';

  it('is shown the credentials from the first question on, so that "not there" is true', async () => {
    await using hostile = await startHostile(
      (response, { url, headers }) => {
        if (headers.authorization === BASIC) response.end(manifest);
        else if (url === '/v2/') response.writeHead(401, { 'www-authenticate': 'Basic' }).end();
        else response.writeHead(404).end();
      },
      { credentials },
    );
    expect(await hostile.client.resolveTag(hostile.ref, 'v1')).toMatch(/^sha256:/u);
  });

  it.each<[string, number, Record<string, string>, string]>([
    ['fails', 500, {}, 'REGISTRY_UNREACHABLE'],
    ['is busy', 429, {}, 'REGISTRY_THROTTLED'],
    ['refuses', 403, {}, 'REGISTRY_AUTH'],
    ['is not there', 404, {}, 'REGISTRY_BAD_RESPONSE'],
    ['redirects', 307, { location: '/login' }, 'REGISTRY_REDIRECT_REFUSED'],
    ['asks in a way unknown to us', 401, { 'www-authenticate': 'Negotiate' }, 'REGISTRY_AUTH'],
  ])(
    'and %s when it is asked what it wants is unavailable, not empty',
    async (_, status, headers, code) => {
      await using hostile = await startHostile(
        (response, { url }) => response.writeHead(url === '/v2/' ? status : 404, headers).end(),
        { credentials },
      );
      expect(await failureOf(hostile.client.resolveTag(hostile.ref, 'v1'))).toMatchObject({ code });
      expect(hostile.asked).toEqual(['/v2/']);
    },
  );

  it.each([
    ['is unavailable where it was shown credentials that a redirect left behind', true],
    ['is an absence where there was nothing to show', false],
  ])('and sends us where nothing is: %s', async (_, isKnown) => {
    await using hostile = await startHostile(
      (response, { url, headers }) => {
        if (url === '/moved') response.writeHead(404).end();
        else if (url === '/v2/' && headers.authorization === undefined)
          response.writeHead(401, { 'www-authenticate': 'Basic' }).end();
        else response.writeHead(307, { location: '/moved' }).end();
      },
      isKnown ? { credentials } : {},
    );
    const { code } = await failureOf(hostile.client.resolveTag(hostile.ref, 'v1'));
    expect(code).toBe(isKnown ? 'REGISTRY_BAD_RESPONSE' : 'answered: undefined');
    expect(hostile.asked.at(-1)).toBe('/moved');
  });
});
