/** What the real cosign stored is read and judged as cosign meant it: keyward has no say in these bytes. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Evidence, SoundCandidate } from '../../../core/verdict/evidence.ts';
import { createRegistry } from '../../../platform/registry/create-registry.ts';
import type { Registry } from '../../../platform/registry/registry.ts';
import { createFakeClock } from '../../../platform/lifecycle/fake-clock.ts';
import { createMetrics } from '../../../platform/observe/metrics.ts';
import { createCertificateAuthority } from '../../../sandbox/certificates.ts';
import { startRegistry, type RegistryStandIn } from '../../../sandbox/registry/registry.ts';
import { fetchEvidence } from '../../../webhook/evidence/fetch-evidence.ts';
import { decideWith } from '../verdicts.ts';
import { createLayoutRegistry } from './layout-registry.ts';
import { IMAGE_TAG, readLayout, tagOf, type Layout } from './layout.ts';
import {
  readVectorKey,
  readVectors,
  vectorFolder,
  type Vector,
  type VectorSigning,
} from './vectors.ts';

const KEYS = ['pem-p256', 'pem-rsa2048', 'akv-p256', 'akv-rsa2048'];
const vectors = readVectors();
const table = vectors.map((vector) => [vector.folder, vector] as const);
const clock = createFakeClock();

function imageDigest({ manifests }: Layout): string {
  const image = manifests.find((one) => tagOf(one) === IMAGE_TAG);
  if (image === undefined) throw new Error('a layout without an image');
  return image.digest;
}

const hasReferrers = ({ registry }: Vector): boolean => registry === 'go-containerregistry';

function storeOf(vector: Vector, { form }: VectorSigning): string {
  if (form === 'legacy-tag') return 'signature-tag';
  return hasReferrers(vector) ? 'referrers' : 'fallback-tag';
}

/** cosign v2.6 takes `-a` for a bundle and drops it (facts: cosign.md section 18.6). */
function annotationsOf({ cosign }: Vector, { form, annotations = {} }: VectorSigning): unknown {
  return cosign === 'v2.6.1' && form === 'bundle' ? {} : annotations;
}

function lookUp(registry: Registry, host: string, layout: Layout): Promise<Evidence> {
  const repository = { registry: host, repository: 'vectors/image' };
  return fetchEvidence({ registry, repository, digest: imageDigest(layout), clock });
}

function readByRecord(vector: Vector, layout: Layout): Promise<Evidence> {
  const registry = createLayoutRegistry(layout, { hasReferrers: hasReferrers(vector) });
  return lookUp(registry, 'registry.test', layout);
}

it('there are vectors of both versions, all forms and all keys', () => {
  const made = vectors.flatMap(({ cosign, signings }) =>
    signings.map(({ form, key }) => `${cosign} ${form} ${key}`),
  );
  expect(new Set(made).size).toBe(2 * 3 * KEYS.length);
});

describe('a vector', () => {
  it.each(table)('%s holds what was signed, where it was put', async (_folder, vector) => {
    const evidence = await readByRecord(vector, await readLayout(vectorFolder(vector)));
    const found = evidence.candidates.map((candidate) => [
      candidate.kind,
      candidate.store,
      candidate.kind === 'sound' ? Object.fromEntries(candidate.claims.annotations) : {},
    ]);
    const expected = vector.signings.map((signing) => [
      'sound',
      storeOf(vector, signing),
      annotationsOf(vector, signing),
    ]);
    expect(found).toEqual(expect.arrayContaining(expected));
    expect(found).toHaveLength(expected.length);
  });

  it.each(table)('%s is allowed with its own key alone', async (_folder, vector) => {
    const evidence = await readByRecord(vector, await readLayout(vectorFolder(vector)));
    const own = vector.signings.map(({ key }) => key);
    for (const key of KEYS) {
      const verdict = decideWith(evidence, [readVectorKey(key)]);
      const kind = own.includes(key) ? 'allow' : 'deny';
      expect([key, verdict]).toMatchObject([key, { kind }]);
    }
    const others = KEYS.filter((key) => !own.includes(key));
    expect(decideWith(evidence, others.map(readVectorKey)).kind).toBe('deny');
    expect(decideWith(evidence, KEYS.map(readVectorKey)).kind).toBe('allow');
  });

  it.each(table)('%s proves nothing about another image', async (_folder, vector) => {
    const evidence = await readByRecord(vector, await readLayout(vectorFolder(vector)));
    const moved = { ...evidence, digest: `sha256:${'0'.repeat(64)}` };
    expect(decideWith(moved, KEYS.map(readVectorKey)).kind).toBe('deny');
  });

  it.each(table)('%s is denied when a bit of its signature is another', async (_folder, vector) => {
    const evidence = await readByRecord(vector, await readLayout(vectorFolder(vector)));
    const spoilt = evidence.candidates.map((candidate) => {
      const { signature } = candidate as SoundCandidate;
      const changed = Uint8Array.from(signature);
      changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
      return { ...(candidate as SoundCandidate), signature: changed };
    });
    const verdict = decideWith({ ...evidence, candidates: spoilt }, KEYS.map(readVectorKey));
    expect(verdict.kind).toBe('deny');
  });
});

describe('cosign', () => {
  it('wraps RSA values of a Key Vault key in two halves, and leaves those of a local key bare', async () => {
    const lengths = new Map<string, number[]>();
    for (const vector of vectors.filter(({ signings }) => signings.length === 1)) {
      const key = vector.signings[0]?.key ?? '';
      if (!key.endsWith('rsa2048')) continue;
      const { candidates } = await readByRecord(vector, await readLayout(vectorFolder(vector)));
      const { signature } = candidates[0] as SoundCandidate;
      lengths.set(key, [...(lengths.get(key) ?? []), signature.length]);
    }
    expect(lengths.get('pem-rsa2048')).toEqual([256, 256, 256, 256, 256, 256]);
    expect(lengths.get('akv-rsa2048')).toHaveLength(8);
    for (const length of lengths.get('akv-rsa2048') ?? []) expect(length).toBeGreaterThan(256);
  });

  it('drops a leading zero byte of a half, which is why halves are put back by their length', async () => {
    const short = vectors.filter(({ folder }) => folder.includes('short-half'));
    expect(short).toHaveLength(2);
    for (const vector of short) {
      const { candidates } = await readByRecord(vector, await readLayout(vectorFolder(vector)));
      // SEQUENCE (4 bytes), two INTEGERs of 3 bytes of head and at most 129 of content; a half without its first byte has 127.
      const halves = readHalves((candidates[0] as SoundCandidate).signature);
      expect(Math.min(...halves.map((half) => half.length))).toBeLessThan(128);
    }
  });

  it('has bundles listed under another artifact type than theirs by a registry that reads it from the config', async () => {
    const bundle = vectors.find(({ folder }) => folder.endsWith('/bundle.pem-p256'));
    const { manifests } = await readLayout(vectorFolder(bundle as Vector));
    expect(manifests.find((one) => tagOf(one) === undefined)?.artifactType).toBe(
      'application/vnd.oci.empty.v1+json',
    );
  });
});

describe('a vector in the registry stand-in', () => {
  const opened = new AsyncDisposableStack();
  let client: Registry;
  let withApi: RegistryStandIn;
  let withoutApi: RegistryStandIn;
  beforeAll(async () => {
    const certificates = await createCertificateAuthority();
    const names = { commonName: 'registry', ipAddresses: ['127.0.0.1'] };
    const certificate = await certificates.issue(names);
    withApi = await startRegistry({ certificate });
    withoutApi = await startRegistry({ certificate, referrers: false });
    opened.defer(() => withApi.close());
    opened.defer(() => withoutApi.close());
    client = createRegistry({ caPem: certificates.caPem, metrics: createMetrics(), clock });
    opened.defer(() => client.close());
  });
  afterAll(() => opened.disposeAsync());

  it.each(table)(
    '%s is found by the real client as it is in the files',
    async (_folder, vector) => {
      const layout = await readLayout(vectorFolder(vector));
      const server = hasReferrers(vector) ? withApi : withoutApi;
      for (const [digest, bytes] of layout.blobs) {
        const tagged = layout.manifests.find((one) => one.digest === digest);
        server.pushBlob('vectors/image', bytes);
        if (!isManifest(bytes)) continue;
        const mediaType = readMediaType(bytes);
        const reference = tagged === undefined ? undefined : tagOf(tagged);
        server.pushManifest('vectors/image', reference, { bytes, mediaType });
      }
      const served = await lookUp(client, server.host, layout);
      const recorded = await readByRecord(vector, layout);
      expect(served.candidates).toEqual(recorded.candidates);
    },
  );
});

function isManifest(bytes: Buffer): boolean {
  return bytes.toString('utf8').includes('"schemaVersion":2');
}

function readMediaType(manifest: Buffer): string {
  return (JSON.parse(manifest.toString('utf8')) as { mediaType: string }).mediaType;
}

/** The two INTEGERs of a SEQUENCE, without the zero byte that only makes a number positive. */
function readHalves(der: Uint8Array): readonly Uint8Array[] {
  const halves: Uint8Array[] = [];
  let at = lengthAt(der, 1).end;
  while (at < der.length) {
    const { length, end } = lengthAt(der, at + 1);
    const content = der.subarray(end, end + length);
    halves.push(content[0] === 0 ? content.subarray(1) : content);
    at = end + length;
  }
  return halves;
}

function lengthAt(der: Uint8Array, at: number): { length: number; end: number } {
  const first = der[at] ?? 0;
  if (first < 0x80) return { length: first, end: at + 1 };
  const end = at + 1 + (first & 0x7f);
  return { length: Number(`0x${Buffer.from(der.subarray(at + 1, end)).toString('hex')}`), end };
}
