import { describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { countOutcome, startPair } from './setup.ts';

const hash = (bytes: Uint8Array) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const blob = Buffer.from('{"some":"payload"}');
const described = { digest: hash(blob), size: blob.length, maxBytes: 65_536 };

describe('reading manifests and blobs', () => {
  it('resolves a tag to the hash of the bytes it read', async () => {
    await using pair = await startPair();
    const { digest } = pair.server.pushImage('team/app', 'v1');
    expect(await pair.client.resolveTag(pair.ref, 'v1')).toBe(digest);
    expect(pair.server.requests()).toMatchObject({
      count: 1,
      list: [{ method: 'GET', operation: 'manifest', acceptEncoding: 'identity' }],
    });
  });

  it('does not believe the Docker-Content-Digest header (A124)', async () => {
    await using pair = await startPair();
    const { digest } = pair.server.pushImage('team/app', 'v1');
    pair.server.faults.set({ kind: 'wrong-digest-header' });
    expect(await pair.client.resolveTag(pair.ref, 'v1')).toBe(digest);
  });

  it('tells an absence from a failure', async () => {
    await using pair = await startPair();
    expect(await pair.client.resolveTag(pair.ref, 'v1')).toBeUndefined();
    pair.server.pushImage('team/app', 'v1');
    expect(await pair.client.resolveTag(pair.ref, 'v2')).toBeUndefined();
    expect(await pair.client.fetchBlob(pair.ref, described)).toBeUndefined();
    expect(await countOutcome(pair.metrics, 'manifest', 'ok')).toBe(2);
  });

  it('refuses a manifest whose bytes are not the digest that was asked for', async () => {
    await using pair = await startPair();
    const { digest } = pair.server.pushImage('team/app', 'v1');
    pair.server.faults.set({ kind: 'rubbish' });
    await expect(pair.client.fetchManifest(pair.ref, digest)).rejects.toMatchObject({
      name: 'ContentError',
      code: 'CONTENT_DIGEST_MISMATCH',
    });
  });

  it('checks size and hash of a blob (A125)', async () => {
    await using pair = await startPair();
    pair.server.pushBlob('team/app', blob);
    expect(await pair.client.fetchBlob(pair.ref, described)).toEqual(blob);
    const longer = { ...described, size: blob.length + 1 };
    await expect(pair.client.fetchBlob(pair.ref, longer)).rejects.toMatchObject({
      code: 'CONTENT_SIZE_MISMATCH',
    });
    pair.server.faults.set({ kind: 'rubbish', body: '{"other":"payloa"}' });
    await expect(pair.client.fetchBlob(pair.ref, described)).rejects.toMatchObject({
      code: 'CONTENT_DIGEST_MISMATCH',
    });
  });

  it('asks for nothing that is declared larger than its cap', async () => {
    await using pair = await startPair();
    const huge = { ...described, size: described.maxBytes + 1 };
    await expect(pair.client.fetchBlob(pair.ref, huge)).rejects.toMatchObject({
      code: 'LIMIT_BYTES',
    });
    expect(pair.server.requests().count).toBe(0);
  });

  it('stops an endless body at the cap (A128), and the next call works', async () => {
    await using pair = await startPair();
    pair.server.pushBlob('team/app', blob);
    pair.server.faults.set({ kind: 'endless-body' }, { times: 1 });
    const largest = { ...described, size: described.maxBytes };
    await expect(pair.client.fetchBlob(pair.ref, largest)).rejects.toMatchObject({
      code: 'LIMIT_BYTES',
    });
    expect(await pair.client.fetchBlob(pair.ref, described)).toEqual(blob);
  });
});

describe('a registry that misbehaves is unavailable, never unsigned', () => {
  it.each([
    [{ kind: 'status', status: 500 }, 'REGISTRY_UNREACHABLE'],
    [{ kind: 'status', status: 503 }, 'REGISTRY_UNREACHABLE'],
    [{ kind: 'status', status: 429 }, 'REGISTRY_THROTTLED'],
    [{ kind: 'status', status: 403 }, 'REGISTRY_AUTH'],
    [{ kind: 'status', status: 401 }, 'REGISTRY_AUTH'],
    [{ kind: 'status', status: 400 }, 'REGISTRY_BAD_RESPONSE'],
    [{ kind: 'status', status: 204 }, 'REGISTRY_BAD_RESPONSE'],
    [{ kind: 'reset' }, 'REGISTRY_UNREACHABLE'],
    [{ kind: 'short-body' }, 'REGISTRY_UNREACHABLE'],
  ] as const)('%j is %s', async (fault, code) => {
    await using pair = await startPair();
    pair.server.pushImage('team/app', 'v1');
    pair.server.faults.set(fault);
    await expect(pair.client.resolveTag(pair.ref, 'v1')).rejects.toMatchObject({
      name: 'RegistryError',
      code,
    });
    expect(await countOutcome(pair.metrics, 'manifest', code)).toBe(1);
    pair.server.faults.clear();
    expect(await pair.client.resolveTag(pair.ref, 'v1')).toMatch(/^sha256:/u);
  });

  it.each([{ kind: 'hang' }, { kind: 'slow-body' }] as const)(
    'times out on %j (A127)',
    async (fault) => {
      await using pair = await startPair({}, { callTimeoutMs: 300 });
      pair.server.pushImage('team/app', 'v1');
      pair.server.faults.set(fault);
      await expect(pair.client.resolveTag(pair.ref, 'v1')).rejects.toMatchObject({
        code: 'REGISTRY_TIMEOUT',
      });
    },
  );

  it('ends with LIMIT_TIME when the caller has no time left', async () => {
    await using pair = await startPair();
    pair.server.faults.set({ kind: 'hang' });
    const controller = new AbortController();
    const call = pair.client.resolveTag(pair.ref, 'v1', { signal: controller.signal });
    controller.abort();
    await expect(call).rejects.toMatchObject({ code: 'LIMIT_TIME' });
  });

  it('passes on how long the registry wants to be left alone', async () => {
    await using pair = await startPair();
    pair.server.faults.set({ kind: 'status', status: 429, retryAfterSeconds: 17 });
    await expect(pair.client.resolveTag(pair.ref, 'v1')).rejects.toMatchObject({
      retryAfter: '17',
    });
  });

  it('does not speak to a server whose certificate it does not trust', async () => {
    await using pair = await startPair();
    pair.server.pushImage('team/app', 'v1');
    await using other = await startPair({}, { caPem: '' });
    await expect(other.client.resolveTag(pair.ref, 'v1')).rejects.toMatchObject({
      code: 'REGISTRY_UNREACHABLE',
    });
    expect(pair.server.requests().count).toBe(0);
  });

  it('survives one connection that the server closed under a request', async () => {
    await using pair = await startPair();
    pair.server.pushImage('team/app', 'v1');
    pair.server.faults.set({ kind: 'reset' }, { times: 1 });
    expect(await pair.client.resolveTag(pair.ref, 'v1')).toMatch(/^sha256:/u);
  });

  it.each(['host/path', 'user@host', 'host?x', 'ho st', ''])(
    'refuses %j as a host',
    async (registry) => {
      await using pair = await startPair();
      const ref = { registry, repository: 'team/app' };
      await expect(pair.client.resolveTag(ref, 'v1')).rejects.toMatchObject({
        code: 'REGISTRY_UNREACHABLE',
      });
    },
  );
});

describe('redirects', () => {
  it.each([
    'https://169.254.169.254/latest/meta-data/',
    'https://127.0.0.1:1/blob',
    'https://localhost:1/blob',
    'https://[::1]:1/blob',
    'https://2130706433:1/blob',
    'http://storage.example.com/blob',
    'file:///etc/passwd',
    'https://user:secret@storage.example.com/blob',
  ])('refuses %s (A137)', async (location) => {
    await using pair = await startPair();
    pair.server.faults.set({ kind: 'redirect', location });
    await expect(pair.client.fetchBlob(pair.ref, described)).rejects.toMatchObject({
      code: 'REGISTRY_REDIRECT_REFUSED',
    });
  });

  it('follows to allowed storage without the token (A138)', async () => {
    await using storage = await startPair();
    storage.server.pushBlob('store', blob);
    await using pair = await startPair({ bearer: true }, { allowedHosts: [storage.server.host] });
    pair.server.pushBlob('team/app', blob);
    pair.server.faults.set(
      { kind: 'redirect', location: `${storage.server.url}/v2/store/blobs/${described.digest}` },
      { on: 'blob', times: 2 },
    );
    // The first 401 is replaced by the fault too, so a token is in hand before.
    await pair.client.resolveTag(pair.ref, 'v1');
    expect(await pair.client.fetchBlob(pair.ref, described)).toEqual(blob);
    expect(storage.server.requests().list).toEqual([
      expect.not.objectContaining({ authorization: expect.anything() as unknown }),
    ]);
    expect(pair.server.requests().list.at(-1)).toMatchObject({
      authorization: expect.stringMatching(/^Bearer /u) as unknown,
    });
  });

  it('gives up on a loop', async () => {
    await using pair = await startPair();
    pair.server.faults.set({ kind: 'redirect', location: '/v2/team/app/blobs/again' });
    await expect(pair.client.fetchBlob(pair.ref, described)).rejects.toMatchObject({
      code: 'REGISTRY_REDIRECT_REFUSED',
    });
    expect(pair.server.requests().count).toBe(4);
  });
});

describe('anonymous tokens', () => {
  it('fetches one token for calls side by side and keeps it until it runs out', async () => {
    await using pair = await startPair({ bearer: true, tokenSeconds: 60 });
    pair.server.pushImage('team/app', 'v1');
    const resolve = () => pair.client.resolveTag(pair.ref, 'v1');
    await Promise.all([resolve(), resolve(), resolve()]);
    await resolve();
    const tokens = () => pair.server.requests().list.filter((seen) => seen.operation === 'token');
    expect(tokens().map(({ path }) => path)).toEqual([
      expect.stringContaining('scope=repository%3Ateam%2Fapp%3Apull'),
    ]);
    pair.clock.advance(61_000);
    await resolve();
    expect(tokens()).toHaveLength(2);
  });

  it('fetches another when the registry no longer takes the one it gave', async () => {
    await using pair = await startPair({ bearer: true });
    const { digest } = pair.server.pushImage('team/app', 'v1');
    await pair.client.resolveTag(pair.ref, 'v1');
    pair.server.revokeTokens();
    expect(await pair.client.resolveTag(pair.ref, 'v1')).toBe(digest);
  });

  it.each([
    ['Basic realm="x"', 'asks for credentials: user name and password, and none are configured'],
    ['Bearer service="x"', 'asks for credentials'],
    ['Negotiate', 'asks for credentials'],
  ])('cannot be had for %s', async (header, words) => {
    await using pair = await startPair({ bearer: true });
    pair.server.pushImage('team/app', 'v1');
    pair.server.faults.set({ kind: 'headers', headers: { 'www-authenticate': header } });
    await expect(pair.client.resolveTag(pair.ref, 'v1')).rejects.toMatchObject({
      code: 'REGISTRY_AUTH',
      message: expect.stringContaining(words) as unknown,
    });
  });

  it('does not use rubbish as a token', async () => {
    await using pair = await startPair({ bearer: true });
    pair.server.pushImage('team/app', 'v1');
    pair.server.faults.set({ kind: 'rubbish', body: '{"token":"a\\r\\nx: y"}' }, { on: 'token' });
    await expect(pair.client.resolveTag(pair.ref, 'v1')).rejects.toMatchObject({
      code: 'REGISTRY_AUTH',
    });
  });
});

describe('plain HTTP', () => {
  it('is spoken only to hosts that the operator listed', async () => {
    const server = createServer((_, response) => response.end('{}'));
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    await using strict = await startPair();
    await using lenient = await startPair({}, { plainHttp: [host] });
    const ref = { registry: host, repository: 'team/app' };
    await expect(strict.client.resolveTag(ref, 'v1')).rejects.toMatchObject({
      code: 'REGISTRY_UNREACHABLE',
    });
    expect(await lenient.client.resolveTag(ref, 'v1')).toBe(hash(Buffer.from('{}')));
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
});
