/** Registries that pour, drip and lie about lengths: what is taken from them and how long that lasts. */
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { drip, failureOf, IN_FLIGHT, pour, SLACK, startHostile, type Answer } from './hostile.ts';
import { hashOf } from './setup.ts';

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;
const CAP = 4 * MIB;
const DIGEST = `sha256:${'a1'.repeat(32)}`;
const INDEX = { 'content-type': 'application/vnd.oci.image.index.v1+json' };
const head =
  (status: number, headers: Readonly<Record<string, string | number>>, send: Answer): Answer =>
  (response, request) => {
    response.writeHead(status, headers);
    response.flushHeaders();
    send(response, request);
  };

describe('a body without end', () => {
  it('is not read at all where its length says so: a manifest of 1 GiB (B-73)', async () => {
    await using hostile = await startHostile(head(200, { 'content-length': GIB }, drip));
    expect(await failureOf(hostile.client.fetchManifest(hostile.ref, 'v1'))).toMatchObject({
      code: 'LIMIT_BYTES',
    });
    expect(hostile.taken()).toBeLessThan(1024);
  });

  it.each([
    ['a manifest', 'fetchManifest', CAP],
    ['the tag of an image', 'resolveTag', CAP],
    ['a list of referrers', 'listReferrers', CAP],
  ] as const)('is read to the cap and no further: %s (B-73)', async (_, method, cap) => {
    await using hostile = await startHostile(head(200, INDEX, pour));
    // Which digest a tag has is unknown then, and that is no statement about signatures.
    const code = method === 'resolveTag' ? 'REGISTRY_BAD_RESPONSE' : 'LIMIT_BYTES';
    expect(await failureOf(hostile.client[method](hostile.ref, DIGEST))).toMatchObject({ code });
    expect(hostile.asked).toHaveLength(1);
    expect(hostile.read()).toBeGreaterThan(cap);
    expect(hostile.read()).toBeLessThan(cap + IN_FLIGHT);
    expect(hostile.taken()).toBeLessThan(cap + SLACK);
  });

  it('of what a descriptor names is read to the descriptor’s size', async () => {
    await using hostile = await startHostile(head(200, {}, pour));
    const blob = { digest: DIGEST, size: 100, maxBytes: MIB };
    for (const question of [
      hostile.client.fetchBlob(hostile.ref, blob),
      hostile.client.fetchManifest(hostile.ref, DIGEST, { size: 100 }),
    ])
      expect(await failureOf(question)).toMatchObject({
        code: 'CONTENT_SIZE_MISMATCH',
        message: `${DIGEST} has more bytes, not the declared 100`,
      });
    expect(hostile.read()).toBeLessThan(2 * IN_FLIGHT);
  });

  it.each<[string, Answer, string]>([
    ['an error', head(500, {}, pour), 'REGISTRY_UNREACHABLE'],
    ['a refusal', head(403, {}, pour), 'REGISTRY_AUTH'],
    ['a challenge', head(401, { 'www-authenticate': 'Negotiate' }, pour), 'REGISTRY_AUTH'],
    ['a redirect', head(307, { location: 'https://10.0.0.1/' }, pour), 'REGISTRY_REDIRECT_REFUSED'],
  ])('that nobody needs is let go of: that of %s (A35)', async (_, answer, code) => {
    await using hostile = await startHostile(answer);
    expect(await failureOf(hostile.client.resolveTag(hostile.ref, 'v1'))).toMatchObject({ code });
    expect(hostile.read()).toBeLessThan(2 * IN_FLIGHT);
  });

  it('of a token service is read to 64 KiB, and leaves the registry unknown (A35)', async () => {
    await using hostile = await startHostile((response, request) => {
      if (request.url?.startsWith('/token') === true) {
        head(200, {}, pour)(response, request);
        return;
      }
      const realm = `http://${request.headers.host ?? ''}/token`;
      response.writeHead(401, { 'www-authenticate': `Bearer realm="${realm}"` }).end();
    });
    expect(await failureOf(hostile.client.resolveTag(hostile.ref, 'v1'))).toMatchObject({
      code: 'REGISTRY_BAD_RESPONSE',
      message: 'the token service: the answer is larger than 65536 bytes',
    });
    expect(hostile.read()).toBeLessThan(2 * IN_FLIGHT);
  });
});

describe('a body that drips', () => {
  const BUDGET_MS = 300;

  it.each<[string, Answer]>([
    ['a manifest', head(200, {}, drip)],
    ['a manifest whose length is honest', head(200, { 'content-length': 2000 }, drip)],
    ['an error', head(500, {}, drip)],
    ['a challenge', head(401, { 'www-authenticate': 'Bearer realm="x"' }, drip)],
  ])('ends with the budget of one question: %s (A127)', async (_, answer) => {
    await using hostile = await startHostile(answer, { callTimeoutMs: BUDGET_MS });
    const began = performance.now();
    const { code } = await failureOf(hostile.client.resolveTag(hostile.ref, 'v1'));
    expect(['REGISTRY_TIMEOUT', 'REGISTRY_UNREACHABLE']).toContain(code);
    expect(performance.now() - began).toBeLessThan(BUDGET_MS + 5000);
    expect(hostile.taken()).toBeLessThan(4096);
  });

  it('ends with the budget of the image where that is shorter: LIMIT_TIME (A127)', async () => {
    await using hostile = await startHostile(head(200, INDEX, drip));
    const signal = AbortSignal.timeout(50);
    const code = await failureOf(hostile.client.listReferrers(hostile.ref, DIGEST, { signal }));
    expect(code).toMatchObject({ code: 'LIMIT_TIME' });
  });
});

describe('a Content-Length that lies', () => {
  const bytes = Buffer.from('{"a":"manifest"}');
  const cut = (response: Parameters<Answer>[0]) => {
    response.write(bytes, () => response.destroy());
  };
  const described = { digest: hashOf(bytes), size: bytes.length, maxBytes: 1000 };

  it('low gives bytes that are not what was asked for (A126)', async () => {
    await using hostile = await startHostile((response) => {
      // Node counts what it sends, so the head is written by hand.
      response.socket?.end(`HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n${bytes.toString()}`);
    });
    const { client, ref } = hostile;
    expect(await failureOf(client.fetchBlob(ref, described))).toMatchObject({
      code: 'CONTENT_SIZE_MISMATCH',
      message: `${described.digest} has 7 bytes, not the declared ${bytes.length}`,
    });
  });

  it('high, and a connection that ends, is no answer (A126)', async () => {
    const answer = head(200, { 'content-length': bytes.length + 1 }, cut);
    await using hostile = await startHostile(answer);
    const { client, ref } = hostile;
    const question = client.fetchManifest(ref, described.digest);
    expect(await failureOf(question)).toMatchObject({ code: 'REGISTRY_UNREACHABLE' });
  });

  it('high, and a connection that stays, is waited for within the budget and no longer (A126)', async () => {
    await using hostile = await startHostile(
      head(200, { 'content-length': bytes.length + 1 }, (response) => response.write(bytes)),
      { callTimeoutMs: 200 },
    );
    const { client, ref } = hostile;
    const question = client.fetchManifest(ref, described.digest);
    expect(await failureOf(question)).toMatchObject({ code: 'REGISTRY_TIMEOUT' });
  });
});

describe('a body that is compressed', () => {
  const bomb = gzipSync(Buffer.alloc(64 * MIB));

  it('is not inflated, whatever its header says: the bytes are those that came (A129)', async () => {
    await using hostile = await startHostile((response, request) => {
      expect(request.headers['accept-encoding']).toBe('identity');
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb);
    });
    const { client, ref } = hostile;
    const manifest = await client.fetchManifest(ref, hashOf(bomb));
    expect(manifest?.bytes).toHaveLength(bomb.length);
    const blob = { digest: hashOf(bomb), size: bomb.length, maxBytes: MIB };
    expect(await client.fetchBlob(ref, blob)).toEqual(bomb);
  });
});
