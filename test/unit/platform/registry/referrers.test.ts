import { describe, expect, it } from '@jest/globals';
import type { RegistryStandIn } from '../../../../sandbox/registry/registry.ts';
import { startPair } from './setup.ts';

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';

function pushReferrers(server: RegistryStandIn, subject: string, count: number): string[] {
  return Array.from({ length: count }, (_, number) =>
    server.pushManifest('team/app', undefined, {
      mediaType: MANIFEST,
      bytes: Buffer.from(
        JSON.stringify({
          schemaVersion: 2,
          mediaType: MANIFEST,
          artifactType: 'application/x.test',
          subject: { mediaType: MANIFEST, digest: subject, size: 1 },
          annotations: { number: String(number) },
        }),
      ),
    }),
  );
}

describe('listReferrers', () => {
  it('reads all pages of the API', async () => {
    await using pair = await startPair({ referrersPageSize: 2 });
    const { digest } = pair.server.pushImage('team/app', 'v1');
    const pushed = pushReferrers(pair.server, digest, 5);
    const listing = await pair.client.listReferrers(pair.ref, digest);
    expect(listing.store).toBe('referrers');
    expect(listing.incomplete).toBeUndefined();
    expect(listing.descriptors.map((descriptor) => descriptor.digest)).toEqual(pushed);
    expect(pair.server.requests().count).toBe(3);
  });

  it('stops after ten pages and says so (A132)', async () => {
    await using pair = await startPair({ referrersPageSize: 1 });
    const { digest } = pair.server.pushImage('team/app', 'v1');
    pushReferrers(pair.server, digest, 12);
    const listing = await pair.client.listReferrers(pair.ref, digest);
    expect(listing.incomplete).toEqual({ kind: 'limit', code: 'LIMIT_PAGES' });
    expect(listing.descriptors).toHaveLength(10);
    expect(pair.server.requests().count).toBe(10);
  });

  it.each([
    ['https://evil.example/v2/x', 'REGISTRY_REDIRECT_REFUSED'],
    ['http://127.0.0.1/v2/x', 'REGISTRY_REDIRECT_REFUSED'],
    ['', 'REGISTRY_BAD_RESPONSE'],
    ['https://[broken', 'REGISTRY_BAD_RESPONSE'],
  ])('does not follow a Link to %j (A132)', async (target, code) => {
    await using pair = await startPair();
    const { digest } = pair.server.pushImage('team/app', 'v1');
    const [referrer] = pushReferrers(pair.server, digest, 1);
    const link = target === '' ? `/v2/team/app/referrers/${digest}` : target;
    pair.server.faults.set({ kind: 'headers', headers: { link: `<${link}>; rel="next"` } });
    const listing = await pair.client.listReferrers(pair.ref, digest);
    expect(listing).toMatchObject({
      descriptors: [{ digest: referrer }],
      incomplete: { kind: 'unavailable', error: { code } },
    });
    expect(pair.server.requests().count).toBe(1);
  });

  it('keeps what it read when a later page fails', async () => {
    await using pair = await startPair({ referrersPageSize: 1 });
    const { digest } = pair.server.pushImage('team/app', 'v1');
    const [first] = pushReferrers(pair.server, digest, 2);
    pair.server.faults.set({ kind: 'status', status: 503 }, { path: 'start=1' });
    expect(await pair.client.listReferrers(pair.ref, digest)).toMatchObject({
      descriptors: [{ digest: first }],
      incomplete: { kind: 'unavailable', error: { code: 'REGISTRY_UNREACHABLE' } },
    });
  });

  const useFallback: readonly Parameters<RegistryStandIn['faults']['set']>[0][] = [
    ...[400, 404, 405, 406, 501].map((status) => ({ kind: 'status', status }) as const),
    { kind: 'rubbish', contentType: 'text/html', body: '<html>' },
  ];
  it.each(useFallback)('reads the fallback tag on %j (A134)', async (fault) => {
    await using pair = await startPair();
    const { digest } = pair.server.pushImage('team/app', 'v1');
    const entry = { mediaType: MANIFEST, digest: `sha256:${'a'.repeat(64)}`, size: 7 };
    pair.server.pushManifest('team/app', digest.replace(':', '-'), {
      mediaType: INDEX,
      bytes: Buffer.from(
        JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests: [entry] }),
      ),
    });
    pair.server.faults.set(fault, { on: 'referrers' });
    expect(await pair.client.listReferrers(pair.ref, digest)).toEqual({
      store: 'fallback-tag',
      descriptors: [entry],
    });
  });

  it('finds nothing when there is neither', async () => {
    await using pair = await startPair({ referrers: false });
    const { digest } = pair.server.pushImage('team/app', 'v1');
    expect(await pair.client.listReferrers(pair.ref, digest)).toEqual({
      store: 'fallback-tag',
      descriptors: [],
    });
  });

  it('lets the API count where a fallback tag stands too (A136)', async () => {
    await using pair = await startPair();
    const { digest } = pair.server.pushImage('team/app', 'v1');
    pair.server.pushImage('team/app', digest.replace(':', '-'));
    expect(await pair.client.listReferrers(pair.ref, digest)).toEqual({
      store: 'referrers',
      descriptors: [],
    });
  });

  it.each([
    '{',
    'null',
    '[]',
    '{"manifests":{}}',
    '{"manifests":[null]}',
    '{"manifests":[{"mediaType":"x","digest":"sha256:1","size":1}]}',
    `{"manifests":[{"mediaType":"x","digest":"sha256:${'a'.repeat(64)}"}]}`,
    `{"manifests":[{"mediaType":"x","digest":"sha256:${'a'.repeat(64)}","size":-1}]}`,
    '['.repeat(100_000),
  ])('is unavailable on a broken index %# (A145)', async (body) => {
    await using pair = await startPair();
    pair.server.faults.set({ kind: 'rubbish', contentType: INDEX, body }, { on: 'referrers' });
    await expect(
      pair.client.listReferrers(pair.ref, `sha256:${'0'.repeat(64)}`),
    ).rejects.toMatchObject({ code: 'REGISTRY_BAD_RESPONSE' });
  });

  it('stops an endless index at the cap, and says that it did', async () => {
    await using pair = await startPair();
    pair.server.faults.set({ kind: 'endless-body' }, { on: 'referrers' });
    await expect(
      pair.client.listReferrers(pair.ref, `sha256:${'0'.repeat(64)}`),
    ).rejects.toMatchObject({ name: 'ContentError', code: 'LIMIT_BYTES' });
  });
});
