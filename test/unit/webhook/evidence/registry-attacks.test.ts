/** What a registry serves in place of what was asked for, and how much of it is taken. */
import { gzipSync } from 'node:zlib';
import { describe, expect, it, jest } from '@jest/globals';
import { createFakeClock } from '../../../../platform/lifecycle/fake-clock.ts';
import type { Fault } from '../../../../sandbox/registry/registry.ts';
import { fetchEvidence } from '../../../../webhook/evidence/fetch-evidence.ts';
import { bytesOf, simpleSigning } from '../../../support/signatures.ts';
import { signerOf } from '../../../support/signing.ts';
import { decideOn } from '../../../support/trust.ts';
import { drip, IN_FLIGHT, pour, SLACK, startHostile } from '../../platform/registry/hostile.ts';
import {
  DIGEST,
  digestOfBytes,
  INDEX,
  MANIFEST,
  SIGNATURE_TAG,
  startScene,
} from './registry-scene.ts';

jest.setTimeout(60_000);

const MIB = 1024 * 1024;
const clock = createFakeClock();
const other = signerOf('P-256', 'other');

describe('bytes that are not what was asked for', () => {
  it('in a manifest’s place reject that candidate, whatever the headers claim, and no other (A124)', async () => {
    await using scene = await startScene();
    const [first, second] = [
      scene.refer({ annotations: { n: '1' } }),
      scene.refer({ annotations: { n: '2' } }),
    ];
    const body = JSON.stringify({ schemaVersion: 2, mediaType: MANIFEST, n: 1 });
    const schema1 = 'application/vnd.docker.distribution.manifest.v1+prettyjws';
    const lie = { kind: 'rubbish', contentType: schema1 } as const;
    // As long as the descriptor says: only the hash can tell.
    const size = scene.server.readManifest('team/app', first)?.bytes.byteLength ?? 0;
    scene.server.faults.set({ ...lie, body: body.padEnd(size) }, { path: first });
    expect(await scene.judge()).toMatchObject({ kind: 'allow', count: 2 });
    scene.server.faults.set({ ...lie, body: body.padEnd(size) }, { path: second });
    expect(await scene.judge()).toMatchObject({ kind: 'deny', code: 'CONTENT_DIGEST_MISMATCH' });
  });

  it.each<[string, (size: number) => Fault, string]>([
    [
      'other bytes',
      (size) => ({ kind: 'rubbish', body: ' '.repeat(size) }),
      'CONTENT_DIGEST_MISMATCH',
    ],
    [
      'fewer bytes',
      (size) => ({ kind: 'rubbish', body: ' '.repeat(size - 1) }),
      'CONTENT_SIZE_MISMATCH',
    ],
    [
      'more bytes',
      (size) => ({ kind: 'rubbish', body: ' '.repeat(size + 1) }),
      'CONTENT_SIZE_MISMATCH',
    ],
  ])('in a signature’s place reject it: %s (A125)', async (_, faultOf, code) => {
    await using scene = await startScene();
    const { digest, size } = scene.layer() as { digest: string; size: number };
    scene.tag([scene.layer()]);
    scene.server.faults.set(faultOf(size), { path: digest });
    expect(await scene.judge()).toMatchObject({ kind: 'deny', code });
    scene.refer();
    expect(await scene.judge()).toMatchObject({ kind: 'allow' });
  });

  it('compressed are read as they are stored: magic numbers start no inflating (A129)', async () => {
    await using scene = await startScene();
    const payload = gzipSync(bytesOf(simpleSigning()));
    scene.tag([scene.layer({ payload })]);
    // The signature is good over these very bytes, and they are no payload.
    expect(await scene.judge()).toMatchObject({ kind: 'deny', code: 'UTF8_INVALID' });
  });
});

describe('a document that is two things', () => {
  it('is neither, under the signature tag or in the list, whatever it is served as (A30)', async () => {
    for (const mediaType of [MANIFEST, INDEX]) {
      await using scene = await startScene();
      scene.tag([scene.layer()], { mediaType: undefined, manifests: [] }, mediaType);
      expect(await scene.judge()).toMatchObject({ kind: 'deny', code: 'MANIFEST_MALFORMED' });
    }
    await using scene = await startScene();
    // Taken for an index it would be nobody's signature, and taken for a manifest a good one.
    scene.refer({ mediaType: undefined, manifests: [] });
    expect(await scene.judge()).toMatchObject({
      kind: 'deny',
      code: 'MANIFEST_MALFORMED',
      count: 1,
    });
  });

  it.each([
    ['an unknown media type', { mediaType: 'application/vnd.example+json' }],
    ['the media type of an index over layers', { mediaType: INDEX }],
    ['schema 1', { schemaVersion: 1 }],
  ])('or of a kind that is none holds no signature: %s (B-15)', async (_, members) => {
    await using scene = await startScene();
    scene.tag([scene.layer()], members);
    expect(await scene.judge()).toMatchObject({
      kind: 'deny',
      code: 'MANIFEST_MALFORMED',
      count: 1,
    });
    expect(scene.count('blob')).toBe(0);
  });

  it('is judged by its own words: the header of a good one may call it anything', async () => {
    await using scene = await startScene();
    scene.tag([scene.layer()]);
    const headers = { 'content-type': INDEX };
    scene.server.faults.set({ kind: 'headers', headers }, { path: SIGNATURE_TAG });
    expect(await scene.judge()).toMatchObject({ kind: 'allow' });
  });

  it('like an index under the signature tag is not walked into (A139)', async () => {
    await using scene = await startScene();
    const inner = scene.tag([scene.layer()]);
    scene.server.pushManifest('team/app', SIGNATURE_TAG, {
      bytes: bytesOf({
        schemaVersion: 2,
        mediaType: INDEX,
        manifests: [{ mediaType: MANIFEST, digest: inner, size: 2 }],
      }),
      mediaType: INDEX,
    });
    expect(await scene.judge()).toMatchObject({
      kind: 'deny',
      code: 'MANIFEST_MALFORMED',
      count: 1,
    });
    expect(scene.server.requests().list.some(({ path }) => path.includes(inner))).toBe(false);
  });
});

describe('names that a registry chooses', () => {
  it('of foreign URLs are not followed, and the layer beside them is not fetched (A33)', async () => {
    await using scene = await startScene();
    scene.tag([{ ...scene.layer(), urls: [`${scene.server.url}/inside`] }]);
    expect(await scene.judge()).toMatchObject({ kind: 'deny', code: 'FOREIGN_LAYER' });
    expect(
      scene.server
        .requests()
        .list.map(({ operation }) => operation)
        .sort(),
    ).toEqual(['manifest', 'referrers']);
  });

  it.each(['sha256:../../../../v2/_catalog', '../../other/manifests/v1', `${DIGEST}/../../x`])(
    'become no part of a path, here or on a disk: %j (A24)',
    async (digest) => {
      await using scene = await startScene();
      scene.tag([
        { ...scene.layer(), digest, annotations: { 'org.opencontainers.image.title': digest } },
      ]);
      expect(await scene.judge()).toMatchObject({ kind: 'deny', code: 'MANIFEST_MALFORMED' });
      const places = scene.server.requests().list.map(({ path }) => path);
      expect(places.filter((path) => !path.includes(DIGEST.slice(7)))).toEqual([]);
    },
  );
});

describe('too many of something', () => {
  it.each([
    [101, 'LIMIT_LAYERS'],
    [10_000, 'LIMIT_LAYERS'],
    [100_000, 'LIMIT_BYTES'],
  ])(
    '%d layers under the signature tag are refused before one is fetched (A130)',
    async (count, code) => {
      await using scene = await startScene();
      const bad = { mediaType: 'text/plain', digest: DIGEST, size: 2 };
      scene.tag([...Array.from({ length: count - 1 }, () => bad), scene.layer()]);
      expect(await scene.judge()).toMatchObject({ kind: 'deny', code, count: 1 });
      expect(scene.count('blob')).toBe(0);
    },
  );

  /** A registry that lists `perPage` referrers on each of endless pages, and counts what else it is asked for. */
  const listing = (perPage: number) => {
    const entry = (page: number, index: number) => ({
      mediaType: MANIFEST,
      digest: digestOfBytes(Buffer.from(`${page} ${index}`)),
      size: 100,
    });
    let page = 0;
    return startHostile((response, { url = '' }) => {
      if (!url.includes('/referrers/')) {
        response.writeHead(404).end();
        return;
      }
      page += 1;
      const manifests = Array.from({ length: perPage }, (_, index) => entry(page, index));
      response.writeHead(200, {
        'content-type': INDEX,
        link: `<${url.split('?')[0]}?n=${page}>; rel="next"`,
      });
      response.end(JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests }));
    });
  };

  it.each<[string, number, readonly [pages: number, read: number], string]>([
    ['a page of 100,000', 100_000, [1, 0], 'LIMIT_BYTES'],
    ['pages of 10,000', 10_000, [1, 100], 'LIMIT_REFERRERS'],
    ['pages of 1,000', 1000, [3, 100], 'LIMIT_REFERRERS'],
    ['pages of one, without end', 1, [10, 10], 'LIMIT_PAGES'],
    ['empty pages, without end', 0, [10, 0], 'LIMIT_PAGES'],
  ])(
    'a million referrers in %s end at the cap, and each is asked for once (A131)',
    async (_, perPage, [pages, read], code) => {
      await using hostile = await listing(perPage);
      const { client: registry, ref: repository } = hostile;
      const evidence = await fetchEvidence({
        registry,
        repository,
        digest: DIGEST,
        clock,
      });
      // The registry lists what it does not give: nobody can say, and the limit is told besides.
      expect(
        evidence.candidates.map((candidate) => 'code' in candidate && candidate.code),
      ).toContain(code);
      expect(hostile.asked.filter((path) => path.includes('/referrers/'))).toHaveLength(pages);
      expect(hostile.asked.filter((path) => path.includes('/manifests/sha256:'))).toHaveLength(
        read,
      );
      expect(hostile.taken()).toBeLessThan(8 * MIB + SLACK);
    },
  );

  it('referrers that hide a good one behind others are read hint first (A131)', async () => {
    await using scene = await startScene({ referrersPageSize: 1000 });
    for (let number = 0; number < 150; number += 1)
      scene.refer({
        artifactType: 'application/spdx+json',
        layers: [],
        annotations: { n: `${number}` },
      });
    scene.refer();
    expect(await scene.judge()).toMatchObject({ kind: 'allow' });
    const read = scene.server
      .requests()
      .list.filter(({ path }) => path.includes('/manifests/sha256:'));
    expect(read).toHaveLength(100);
  });
});

describe('endless data for one image (B-73)', () => {
  it('is read as far as its descriptors say, however many of them lie about their size', async () => {
    const entries = Array.from({ length: 100 }, (_, index) => ({
      mediaType: MANIFEST,
      digest: digestOfBytes(Buffer.from(String(index))),
      size: 1000,
    }));
    await using hostile = await startHostile((response, { url = '' }) => {
      if (url.includes('/referrers/')) {
        response.writeHead(200, { 'content-type': INDEX });
        response.end(JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests: entries }));
      } else if (url.endsWith('.sig')) response.writeHead(404).end();
      else pour(response);
    });
    const { client: registry, ref: repository } = hostile;
    const evidence = await fetchEvidence({
      registry,
      repository,
      digest: DIGEST,
      clock,
    });
    expect(decideOn([], { evidence })).toMatchObject({
      kind: 'deny',
      code: 'CONTENT_SIZE_MISMATCH',
    });
    // A hundred times a thousand bytes, and what was on its way when each was cut off.
    expect(hostile.read()).toBeLessThan(100 * IN_FLIGHT);
    expect(hostile.asked).toHaveLength(102);
  });

  it('that drips leaves its store unread when the time is over, and the other store allows', async () => {
    await using scene = await startScene();
    scene.refer();
    scene.tag([scene.layer({ signer: other })]);
    scene.server.faults.set({ kind: 'slow-body' }, { path: SIGNATURE_TAG });
    // The time is over as soon as the other store was read: no earlier, however slow this machine is.
    const time = new AbortController();
    const onPartial = () => {
      time.abort();
    };
    const judged = await scene.judge({ signal: time.signal, onPartial });
    expect(judged).toMatchObject({ kind: 'allow', count: 2 });
  });

  it('that drips everywhere is unavailable by the time the image has: LIMIT_TIME', async () => {
    await using hostile = await startHostile((response) => {
      drip(response);
    });
    const { client: registry, ref: repository } = hostile;
    const signal = AbortSignal.timeout(200);
    const evidence = await fetchEvidence({
      registry,
      repository,
      digest: DIGEST,
      signal,
      clock,
    });
    expect(decideOn([], { evidence })).toMatchObject({ kind: 'unavailable', code: 'LIMIT_TIME' });
    expect(hostile.taken()).toBeLessThan(4096);
  });

  it.each<[string, string, string]>([
    ['under the signature tag', SIGNATURE_TAG, 'LIMIT_BYTES'],
    ['in the list', 'referrers', 'LIMIT_BYTES'],
  ])(
    'that pours %s is a limit of the image, unless the other store allows',
    async (_, path, code) => {
      await using scene = await startScene();
      scene.server.faults.set({ kind: 'endless-body' }, { path });
      const headers = { 'content-type': INDEX };
      scene.server.faults.set({ kind: 'headers', headers }, { path: 'nothing' });
      if (path === 'referrers') scene.listInFallback([]);
      expect(await scene.judge()).toMatchObject({ kind: 'deny', code });
      if (path === 'referrers') scene.tag([scene.layer()]);
      else scene.refer();
      expect(await scene.judge()).toMatchObject({ kind: 'allow' });
    },
  );
});
