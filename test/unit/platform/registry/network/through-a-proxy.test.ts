import { describe, expect, it } from '@jest/globals';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { RegistryClientOptions } from '../../../../../platform/registry/create-registry.ts';
import type { Resolve } from '../../../../../platform/registry/network/lookup.ts';
import { createCertificateAuthority } from '../../../../../sandbox/certificates.ts';
import { startEgressProxy, type EgressProxy } from '../../../../../sandbox/egress-proxy.ts';
import { hashOf, startPair, type Pair } from '../setup.ts';

const NAME = 'contoso.azurecr.io';
const STORAGE = 'storage.example.com';
const blob = Buffer.from('{"some":"payload"}');
const described = { digest: hashOf(blob), size: blob.length, maxBytes: 65_536 };

/** Every name is somewhere else than the test says it is: only the proxy knows the way. */
const PUBLIC: Resolve = (_, __, callback) => {
  callback(null, [{ address: '8.8.8.8', family: 4 }]);
};
const PRIVATE: Resolve = (_, __, callback) => {
  callback(null, [{ address: '10.0.0.1', family: 4 }]);
};
const UNKNOWN: Resolve = (_, __, callback) => {
  callback(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }), []);
};

interface Proxied extends AsyncDisposable {
  readonly pair: Pair;
  readonly proxy: EgressProxy;
  /** `host:port` of every CONNECT. */
  readonly asked: readonly string[];
}

/** A registry and a storage account that only the proxy leads to. */
async function startProxied(options: Partial<RegistryClientOptions> = {}): Promise<Proxied> {
  const asked: string[] = [];
  const ports = new Map<string, number>();
  const proxy = await startEgressProxy({
    routes: (host, port) => {
      asked.push(`${host}:${port}`);
      const standIn = ports.get(host);
      return standIn === undefined ? undefined : { port: standIn };
    },
  });
  const pair = await startPair(
    { name: NAME },
    { proxy: { https: proxy.url }, resolve: UNKNOWN, ...options },
  );
  const storage = await startPair({ name: STORAGE });
  storage.server.pushBlob('store', blob);
  ports.set(NAME, Number(pair.server.host.split(':')[1]));
  ports.set(STORAGE, Number(storage.server.host.split(':')[1]));
  ports.set('impostor.example', Number(pair.server.host.split(':')[1]));
  return {
    pair,
    proxy,
    asked,
    [Symbol.asyncDispose]: async () => {
      await pair[Symbol.asyncDispose]();
      await storage[Symbol.asyncDispose]();
      await proxy.close();
    },
  };
}

describe('a registry behind a proxy', () => {
  it('is reached by its name, which nobody else has to resolve, with its own certificate', async () => {
    await using world = await startProxied();
    const { digest } = world.pair.server.pushImage('team/app', 'v1');
    expect(await world.pair.client.resolveTag(world.pair.ref, 'v1')).toBe(digest);
    expect(world.asked).toEqual([`${NAME}:443`]);
  });

  it('is not believed with a certificate of another name', async () => {
    await using world = await startProxied();
    world.pair.server.pushImage('team/app', 'v1');
    const ref = { registry: 'impostor.example', repository: 'team/app' };
    await expect(world.pair.client.resolveTag(ref, 'v1')).rejects.toMatchObject({
      code: 'REGISTRY_UNREACHABLE',
    });
    expect(world.pair.server.requests().count).toBe(0);
  });

  it('is not asked directly where the proxy refuses or is down', async () => {
    await using world = await startProxied({ resolve: PUBLIC });
    const ref = { registry: 'refused.example', repository: 'team/app' };
    await expect(world.pair.client.resolveTag(ref, 'v1')).rejects.toMatchObject({
      code: 'REGISTRY_UNREACHABLE',
      message: 'refused.example cannot be reached: Proxy response (403)',
    });
    await world.proxy.close();
    await expect(world.pair.client.resolveTag(world.pair.ref, 'v1')).rejects.toMatchObject({
      code: 'REGISTRY_UNREACHABLE',
      message: expect.stringMatching(/^contoso\.azurecr\.io cannot be reached: /u) as unknown,
    });
    expect(world.pair.server.requests().count).toBe(0);
  });

  it('is asked directly where NO_PROXY names it', async () => {
    await using world = await startProxied({ resolve: UNKNOWN });
    await using direct = await startPair(
      { name: NAME },
      { proxy: { https: world.proxy.url, noProxy: '.azurecr.io' }, resolve: UNKNOWN },
    );
    await expect(direct.client.resolveTag(direct.ref, 'v1')).rejects.toMatchObject({
      message: `${NAME} cannot be reached: ENOTFOUND`,
    });
    expect(world.asked).toEqual([]);
  });

  it('never goes through it when it is on loopback', async () => {
    await using world = await startProxied();
    await using local = await startPair({}, { proxy: { https: world.proxy.url } });
    const { digest } = local.server.pushImage('team/app', 'v1');
    expect(await local.client.resolveTag(local.ref, 'v1')).toBe(digest);
    expect(world.asked).toEqual([]);
  });

  it('shows the proxy its password and the registry none of it', async () => {
    let shown: string | undefined;
    const refusing = createServer();
    refusing.on('connect', (request, socket) => {
      shown = request.headers['proxy-authorization'];
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n');
    });
    await new Promise<void>((listening) => {
      refusing.listen(0, '127.0.0.1', listening);
    });
    const { port } = refusing.address() as AddressInfo;
    await using pair = await startPair(
      { name: NAME },
      { proxy: { https: `http://me:hunter2@127.0.0.1:${port}` } },
    );
    const failure: unknown = await pair.client.resolveTag(pair.ref, 'v1').catch((e: unknown) => e);
    expect(failure).toMatchObject({
      message: `${NAME} cannot be reached: Proxy response (407)`,
    });
    expect(shown).toBe(`Basic ${Buffer.from('me:hunter2').toString('base64')}`);
    refusing.closeAllConnections();
    await new Promise((closed) => refusing.close(closed));
  });
});

describe('a proxy that speaks TLS', () => {
  it('is believed with a certificate of the extra CA, and not without', async () => {
    const certificates = await createCertificateAuthority();
    const { certPem, keyPem } = await certificates.issue({
      commonName: 'proxy',
      dnsNames: ['localhost'],
    });
    const asked: string[] = [];
    const proxy = createTlsServer({ cert: certPem, key: keyPem });
    proxy.on('tlsClientError', () => undefined);
    proxy.on('connect', (request, socket) => {
      asked.push(request.url ?? '');
      socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n');
    });
    await new Promise<void>((listening) => {
      proxy.listen(0, '127.0.0.1', listening);
    });
    const https = `https://localhost:${(proxy.address() as AddressInfo).port}`;
    for (const caPem of [certificates.caPem, '']) {
      await using pair = await startPair({ name: NAME }, { proxy: { https }, caPem });
      await expect(pair.client.resolveTag(pair.ref, 'v1')).rejects.toMatchObject({
        code: 'REGISTRY_UNREACHABLE',
      });
    }
    expect(asked).toEqual([`${NAME}:443`]);
    proxy.closeAllConnections();
    await new Promise((closed) => proxy.close(closed));
  });
});

describe('a redirect behind a proxy', () => {
  const redirect = (world: Proxied, location: string) => {
    world.pair.server.faults.set({ kind: 'redirect', location }, { on: 'blob' });
    return world.pair.client.fetchBlob(world.pair.ref, described);
  };
  const place = `https://${STORAGE}/v2/store/blobs/${described.digest}`;

  it('is followed to a host that is public by our own resolver too', async () => {
    await using world = await startProxied({ resolve: PUBLIC });
    expect(await redirect(world, place)).toEqual(blob);
    expect(world.asked).toEqual([`${NAME}:443`, `${STORAGE}:443`]);
  });

  it.each<[string, Resolve, string]>([
    ['that leads to a private address', PRIVATE, `'${STORAGE}' leads to a reserved address`],
    [
      'that does not resolve here: the proxy would, and to what nobody could say',
      UNKNOWN,
      `${STORAGE} does not resolve here, and only listed hosts are left to the proxy (KEYWARD_REGISTRY_ALLOWED_HOSTS)`,
    ],
  ])('is refused to a name %s, and the proxy is not asked', async (_, resolve, message) => {
    await using world = await startProxied({ resolve });
    await expect(redirect(world, place)).rejects.toMatchObject({
      code: 'REGISTRY_REDIRECT_REFUSED',
      message,
    });
    expect(world.asked).toEqual([`${NAME}:443`]);
  });

  it.each([
    'https://169.254.169.254/metadata/identity/oauth2/token',
    'https://[fd00:ec2::254]/',
    'https://127.0.0.1:10250/pods',
    'https://localhost:10250/pods',
    'https://[::1]/',
    'https://10.96.0.1/api/v1/secrets',
    'https://2130706433/',
    `http://${STORAGE}/blob`,
    'file:///etc/passwd',
  ])(
    'is refused inside, and the proxy, which might go there, is not asked: %s (A137)',
    async (location) => {
      const inside: Resolve = (hostname, options, callback) => {
        if (hostname === 'localhost') callback(null, [{ address: '127.0.0.1', family: 4 }]);
        else PUBLIC(hostname, options, callback);
      };
      await using world = await startProxied({ resolve: inside });
      await expect(redirect(world, location)).rejects.toMatchObject({
        code: 'REGISTRY_REDIRECT_REFUSED',
      });
      expect(world.asked).toEqual([`${NAME}:443`]);
    },
  );

  it('is left to the proxy where the operator listed the host', async () => {
    await using world = await startProxied({ allowedHosts: [STORAGE] });
    expect(await redirect(world, place)).toEqual(blob);
  });
});
