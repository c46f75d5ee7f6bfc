/** Where registries and token services would lead us, and what goes along. */
import { describe, expect, it } from '@jest/globals';
import { basicCredential } from '../../../../platform/registry/credentials/docker-config.ts';
import type { Fault } from '../../../../sandbox/registry/registry.ts';
import { failureOf } from './hostile.ts';
import { startListener } from './listener.ts';
import { startNamed } from './named.ts';
import { hashOf, startPair } from './setup.ts';

const NAME = 'registry.contoso.com';
const REF = { registry: NAME, repository: 'team/app' };
const STORAGE = 'contoso.blob.core.windows.net';
const DIGEST = `sha256:${'a1'.repeat(32)}`;
const blob = Buffer.from('{"some":"payload"}');
const described = { digest: hashOf(blob), size: blob.length, maxBytes: 65_536 };
const BASIC = { kind: 'basic', username: 'me', password: 'hunter2' } as const;
const TOKEN = { ...BASIC, kind: 'token' } as const;
const credentials = {
  scope: 'test',
  find: async () => basicCredential('me', 'hunter2'),
  forget: () => undefined,
};
const to = (location: string): Fault => ({ kind: 'redirect', location });

describe('a redirect to another host', () => {
  it('takes neither the password nor anything else along that was for the registry (A23)', async () => {
    await using world = await startNamed(
      { [NAME]: { access: BASIC }, [STORAGE]: {} },
      { credentials },
    );
    world.server(STORAGE).pushBlob('store', blob);
    const location = `https://${STORAGE}/v2/store/blobs/${described.digest}`;
    world.server(NAME).faults.set(to(location), { on: 'blob' });
    expect(await world.client.fetchBlob(REF, described)).toEqual(blob);
    const [seen] = world.server(STORAGE).requests().list;
    expect(seen).toEqual({
      method: 'GET',
      path: `/v2/store/blobs/${described.digest}`,
      operation: 'blob',
      acceptEncoding: 'identity',
    });
  });

  it.each([
    ['Bearer', { bearer: true }],
    ['Basic', { access: BASIC }],
  ])('that asks for credentials itself (%s) gets none, old or new (A36)', async (_, storage) => {
    await using world = await startNamed(
      { [NAME]: { access: TOKEN }, [STORAGE]: storage },
      { credentials },
    );
    const location = `https://${STORAGE}/v2/store/blobs/${described.digest}`;
    world.server(NAME).faults.set(to(location), { on: 'blob' });
    expect(await failureOf(world.client.fetchBlob(REF, described))).toMatchObject({
      code: 'REGISTRY_AUTH',
      message: `${NAME} answered 401`,
    });
    const { list } = world.server(STORAGE).requests();
    expect(list.map(({ operation, authorization }) => [operation, authorization])).toEqual([
      ['blob', undefined],
    ]);
  });
});

describe('a Location inside', () => {
  const ask = {
    manifest: (client) => client.fetchManifest(REF, 'v1'),
    blob: (client) => client.fetchBlob(REF, described),
    referrers: (client) => client.listReferrers(REF, DIGEST),
    ping: (client) => client.resolveTag(REF, 'v1'),
    token: (client) => client.resolveTag(REF, 'v1'),
  } as const satisfies Record<
    string,
    (client: Awaited<ReturnType<typeof startNamed>>['client']) => Promise<unknown>
  >;

  it.each(['manifest', 'blob', 'referrers', 'ping'] as const)(
    'is not followed from any question: %s (A34)',
    async (operation) => {
      await using inside = await startListener();
      await using world = await startNamed({ [NAME]: { access: TOKEN } }, { credentials });
      for (const location of [
        `https://127.0.0.1:${inside.port}/`,
        'https://10.96.0.1/api/v1/secrets',
        'https://[fd00::1]/',
      ]) {
        world.server(NAME).faults.clear();
        world.server(NAME).faults.set(to(location), { on: operation });
        expect(await failureOf(ask[operation](world.client))).toMatchObject({
          code: 'REGISTRY_REDIRECT_REFUSED',
        });
      }
      expect(inside.connections()).toBe(0);
      expect(new Set(world.connected)).toEqual(new Set([`${NAME}:443`]));
    },
  );

  it('is not followed from the token service, wherever it leads: a password went there (A32)', async () => {
    await using inside = await startListener();
    await using world = await startNamed(
      { [NAME]: { access: TOKEN }, [STORAGE]: {} },
      { credentials },
    );
    for (const location of [
      `https://127.0.0.1:${inside.port}/`,
      'https://169.254.169.254/',
      `https://${STORAGE}/token`,
      '/',
    ]) {
      world.server(NAME).faults.clear();
      world.server(NAME).faults.set(to(location), { on: 'token' });
      expect(await failureOf(ask.token(world.client))).toMatchObject({
        code: 'REGISTRY_REDIRECT_REFUSED',
        message: 'the token service redirects',
      });
    }
    expect(inside.connections()).toBe(0);
    expect(world.connected).not.toContain(`${STORAGE}:443`);
  });
});

describe('a place for tokens that is none', () => {
  it.each([
    ['http', `http://${NAME}/token`],
    ['http elsewhere', 'http://tokens.example/'],
    ['a private address', 'https://10.0.0.1/token'],
    ['a metadata address', 'https://169.254.169.254/metadata/identity/oauth2/token'],
    ['the unspecified address', 'https://0.0.0.0/token'],
    ['the unspecified address of IPv6', 'https://[::]/token'],
    ['loopback', 'https://127.0.0.1/token'],
    ['loopback by its name', 'https://localhost/token'],
    ['a public stranger', 'https://tokens.example/'],
    ['a host that contains its own', `https://${NAME}.evil.example/token`],
    ['another port of its own', `https://${NAME}:8443/token`],
    ['another port of its domain', 'https://contoso.com:8443/token'],
    ['a domain that is everybody’s', 'https://com/token'],
    ['user information', `https://me:you@${NAME}/token`],
    ['a file', 'file:///etc/passwd'],
    ['nothing', 'token'],
  ])('is sent nothing: %s (A31)', async (_, realm) => {
    await using world = await startNamed(
      { [NAME]: { access: TOKEN }, 'tokens.example': {} },
      { credentials },
    );
    const headers = { 'www-authenticate': `Bearer realm="${realm}",service="x"` };
    world.server(NAME).faults.set({ kind: 'headers', headers });
    const failure = await failureOf(world.client.resolveTag(REF, 'v1'));
    expect(failure.code).toMatch(/^REGISTRY_(?:REDIRECT_REFUSED|BAD_RESPONSE)$/u);
    expect(new Set(world.connected)).toEqual(new Set([`${NAME}:443`]));
    expect(
      world
        .server(NAME)
        .requests()
        .list.map(({ operation }) => operation),
    ).toEqual(['ping']);
  });

  it('may be a domain above the registry’s, whose owner could lead its name anywhere', async () => {
    await using world = await startNamed(
      { [NAME]: { access: TOKEN }, 'contoso.com': {} },
      { credentials },
    );
    const headers = {
      'www-authenticate': 'Bearer realm="https://contoso.com/token",service="contoso.com"',
    };
    world.server(NAME).faults.set({ kind: 'headers', headers }, { on: 'ping' });
    await failureOf(world.client.resolveTag(REF, 'v1'));
    expect(world.server('contoso.com').requests().list).toMatchObject([
      { operation: 'token', authorization: expect.stringMatching(/^Basic /u) as unknown },
    ]);
  });
});

describe('the path of a next page', () => {
  it.each(['//', '/\\', '/%2f/', '///'])(
    'stays with the registry though it begins with %j and a host (A132)',
    async (start) => {
      await using other = await startPair();
      await using pair = await startPair(
        { access: BASIC },
        { credentials, allowedHosts: [other.server.host] },
      );
      const link = `<https://${pair.server.host}${start}${other.server.host}/v2/x>; rel="next"`;
      pair.server.faults.set({ kind: 'headers', headers: { link } }, { on: 'referrers' });
      expect(await pair.client.listReferrers(pair.ref, DIGEST)).toMatchObject({
        descriptors: [],
        incomplete: { kind: 'unavailable', error: { code: 'REGISTRY_BAD_RESPONSE' } },
      });
      expect(other.server.requests().count).toBe(0);
      expect(pair.server.requests().count).toBe(3);
    },
  );
});
