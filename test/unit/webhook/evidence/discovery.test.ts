/** Where signatures are looked for, and what it means when one of the places does not answer. */
import { describe, expect, it, jest } from '@jest/globals';
import type { Fault } from '../../../../sandbox/registry/registry.ts';
import {
  DIGEST,
  digestOfBytes,
  INDEX,
  MANIFEST,
  SIGNATURE_TAG,
  startScene,
} from './registry-scene.ts';

jest.setTimeout(30_000);

const LEGACY_ARTIFACT = 'application/vnd.dev.cosign.artifact.sig.v1+json';
const SBOM = { artifactType: 'application/spdx+json', layers: [] };

describe('the list of referrers', () => {
  it('is read to its end: the only good signature may be on the second page (A133)', async () => {
    await using scene = await startScene({ referrersPageSize: 2 });
    for (const number of [1, 2]) scene.refer({ ...SBOM, annotations: { number: String(number) } });
    scene.refer();
    expect(await scene.judge()).toMatchObject({ kind: 'allow' });
    expect(scene.count('referrers')).toBe(2);
  });

  it.each([undefined, LEGACY_ARTIFACT])(
    'may hold a signature of the older kind, its artifact type %s (P6)',
    async (artifactType) => {
      await using scene = await startScene();
      const layers = [scene.layer()];
      scene.refer({ layers, artifactType });
      scene.refer({ ...SBOM });
      expect(await scene.judge()).toMatchObject({ kind: 'allow', count: 1 });
    },
  );

  it.each<[string, Fault]>([
    ['HTML', { kind: 'rubbish', body: '<html></html>', contentType: 'text/html' }],
    ...[404, 400, 405, 406, 501].map((status): [string, Fault] => [
      String(status),
      { kind: 'status', status },
    ]),
  ])(
    'that is not there (%s) gives way to the fallback tag, whose signature counts (A134)',
    async (_, fault) => {
      await using scene = await startScene();
      scene.listInFallback([scene.refer()]);
      scene.server.faults.set(fault, { on: 'referrers' });
      expect(await scene.judge()).toMatchObject({ kind: 'allow', count: 1 });
    },
  );

  it.each<[string, Fault, string]>([
    ['500', { kind: 'status', status: 500 }, 'REGISTRY_UNREACHABLE'],
    ['503', { kind: 'status', status: 503 }, 'REGISTRY_UNREACHABLE'],
    ['429', { kind: 'status', status: 429 }, 'REGISTRY_THROTTLED'],
    ['a reset', { kind: 'reset' }, 'REGISTRY_UNREACHABLE'],
  ])(
    'that fails with %s is no absence: only the other store may allow (A135)',
    async (_, fault, code) => {
      await using scene = await startScene();
      scene.listInFallback([scene.refer()]);
      scene.server.faults.set(fault, { on: 'referrers' });
      expect(await scene.judge()).toMatchObject({ kind: 'unavailable', code });
      scene.tag([scene.layer()]);
      expect(await scene.judge()).toMatchObject({ kind: 'allow' });
    },
  );

  it('counts where a fallback tag says otherwise: what was taken out of it stays out (A136)', async () => {
    await using scene = await startScene();
    scene.listInFallback([scene.refer()]);
    const body = JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests: [] });
    const empty = { kind: 'rubbish', body, contentType: INDEX } as const;
    scene.server.faults.set(empty, { on: 'referrers' });
    expect(await scene.judge()).toMatchObject({ kind: 'deny', code: 'NO_SIGNATURE', count: 0 });
    const asked = scene.server.requests().list.map(({ path }) => path.split('/').at(-1));
    expect(new Set(asked)).toEqual(new Set([SIGNATURE_TAG, DIGEST]));
  });

  it('that names what is not there is a registry at odds with itself, not an unsigned image', async () => {
    await using scene = await startScene();
    const bundle = scene.refer();
    scene.server.faults.set({ kind: 'status', status: 404 }, { path: bundle });
    expect(await scene.judge()).toMatchObject({
      kind: 'unavailable',
      code: 'REGISTRY_BAD_RESPONSE',
    });
  });

  it('in a fallback tag outlives what it names: that is an absence', async () => {
    await using scene = await startScene({ referrers: false });
    scene.listInFallback([digestOfBytes(Buffer.of(2))]);
    expect(await scene.judge()).toMatchObject({ kind: 'deny', code: 'NO_SIGNATURE' });
  });
});

describe('an answer that is none', () => {
  const BODIES = ['{"schemaVersion":2,', '[]', '"text"', 'null', '<html>sign in</html>', '\u0000'];

  it.each(BODIES)('under the signature tag leaves it unknown: %j (A145)', async (body) => {
    await using scene = await startScene();
    scene.tag([scene.layer()]);
    scene.server.faults.set({ kind: 'rubbish', body }, { path: SIGNATURE_TAG });
    expect(await scene.judge()).toMatchObject({
      kind: 'unavailable',
      code: 'REGISTRY_BAD_RESPONSE',
    });
    scene.refer();
    expect(await scene.judge()).toMatchObject({ kind: 'allow' });
  });

  const listOf = (descriptor: object) =>
    JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests: [descriptor] });
  it.each([
    ...BODIES,
    listOf({ mediaType: MANIFEST, size: 2 }),
    listOf({ mediaType: MANIFEST, digest: DIGEST }),
    listOf({ mediaType: MANIFEST, digest: 'sha256:short', size: 2 }),
  ])(
    'in the list’s place leaves it unknown, on its first page and on the next: %j (A145)',
    async (body) => {
      for (const page of ['referrers', 'start=1']) {
        await using scene = await startScene({ referrersPageSize: 1 });
        for (const number of ['1', '2']) scene.refer({ ...SBOM, annotations: { number } });
        const rubbish = { kind: 'rubbish', body, contentType: INDEX } as const;
        scene.server.faults.set(rubbish, { path: page, on: 'referrers' });
        expect(await scene.judge()).toMatchObject({
          kind: 'unavailable',
          code: 'REGISTRY_BAD_RESPONSE',
        });
      }
    },
  );
});

describe('a bundle', () => {
  it('in the list is found whatever the descriptor says that it is', async () => {
    await using scene = await startScene();
    scene.refer({ artifactType: 'application/spdx+json' });
    expect(await scene.judge()).toMatchObject({ kind: 'allow' });
  });
});
