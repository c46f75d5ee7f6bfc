/** The stores that cosign writes to, over a registry that is a map. */
import { describe, expect, it } from '@jest/globals';
import { createFakeClock } from '../../../platform/lifecycle/fake-clock.ts';
import type { Registry, RepositoryRef } from '../../../platform/registry/registry.ts';
import { fetchEvidence } from '../../../webhook/evidence/fetch-evidence.ts';
import { createTagResolver } from '../../../webhook/evidence/tag-resolver.ts';
import {
  bundleBlob,
  bytesOf,
  DIGEST,
  digestOfBytes,
  legacyLayer,
  BUNDLE,
} from '../../support/signatures.ts';
import { decideOn, NOW } from '../../support/trust.ts';

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const IMAGE: RepositoryRef = { registry: 'contoso.azurecr.io', repository: 'team/app' };
const ELSEWHERE: RepositoryRef = { registry: 'contoso.azurecr.io', repository: 'signatures' };
const emptyOf = (mediaType: string) => ({
  mediaType,
  digest: digestOfBytes(bytesOf('{}')),
  size: 2,
});
const subject = { mediaType: MANIFEST, digest: DIGEST, size: 5 };

type Shelf = 'tag' | 'referrers' | 'fallback-tag';

/** What cosign stores in that place of a repository: a legacy signature under the tag, bundles elsewhere. */
function registryWith(place: RepositoryRef, shelves: readonly Shelf[]): Registry {
  const { descriptor, blob } = legacyLayer();
  const { mediaType, digest, size, annotations } = descriptor;
  const tag = bytesOf({
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: emptyOf('application/vnd.oci.image.config.v1+json'),
    layers: [{ mediaType, digest, size, annotations: Object.fromEntries(annotations) }],
  });
  const bundle = bundleBlob();
  const referrer = bytesOf({
    schemaVersion: 2,
    mediaType: MANIFEST,
    artifactType: BUNDLE,
    config: emptyOf('application/vnd.oci.empty.v1+json'),
    layers: [{ mediaType: BUNDLE, digest: bundle.blobDigest, size: bundle.blob.byteLength }],
    subject,
  });
  const listed = shelves.find((shelf) => shelf !== 'tag');
  const manifests = new Map([
    ...(shelves.includes('tag') ? [[`${DIGEST.replace(':', '-')}.sig`, tag] as const] : []),
    [digestOfBytes(referrer), referrer],
  ]);
  const blobs = new Map([
    [digest, blob],
    [bundle.blobDigest, bundle.blob],
  ]);
  const isThere = (ref: RepositoryRef) => ref.repository === place.repository;
  return {
    resolveTag: async () => undefined,
    fetchManifest: async (ref, reference) => {
      const bytes = isThere(ref) ? manifests.get(reference) : undefined;
      return bytes && { bytes, digest: digestOfBytes(bytes), mediaType: MANIFEST };
    },
    fetchBlob: async (ref, wanted) => (isThere(ref) ? blobs.get(wanted.digest) : undefined),
    listReferrers: async (ref) => ({
      store: listed === 'fallback-tag' ? 'fallback-tag' : 'referrers',
      descriptors:
        listed !== undefined && isThere(ref)
          ? [{ mediaType: MANIFEST, digest: digestOfBytes(referrer), size: referrer.byteLength }]
          : [],
    }),
    close: async () => undefined,
  };
}

async function decideAt(registry: Registry, signatureRepository?: RepositoryRef) {
  const evidence = await fetchEvidence({
    registry,
    repository: IMAGE,
    digest: DIGEST,
    clock: createFakeClock(NOW),
    ...(signatureRepository === undefined ? {} : { signatureRepository }),
  });
  return { verdict: decideOn([], { evidence }), found: evidence.candidates.length };
}

describe('an image is allowed by its signature', () => {
  it.each<[string, readonly Shelf[], number]>([
    ['the signature tag alone', ['tag'], 1],
    ['the referrers API alone', ['referrers'], 1],
    ['the fallback tag alone', ['fallback-tag'], 1],
    ['the signature tag and the referrers API', ['tag', 'referrers'], 2],
  ])('in %s (P4)', async (_, shelves, count) => {
    expect(await decideAt(registryWith(IMAGE, shelves))).toMatchObject({
      verdict: { kind: 'allow' },
      found: count,
    });
  });

  it.each<[string, readonly Shelf[]]>([
    ['a tag', ['tag']],
    ['referrers', ['referrers']],
  ])('in a repository apart, as %s there, and nowhere else (P13)', async (_, shelves) => {
    const registry = registryWith(ELSEWHERE, shelves);
    expect(await decideAt(registry, ELSEWHERE)).toMatchObject({ verdict: { kind: 'allow' } });
    expect(await decideAt(registry)).toMatchObject({ verdict: { code: 'NO_SIGNATURE' } });
    expect(await decideAt(registryWith(IMAGE, shelves), ELSEWHERE)).toMatchObject({
      verdict: { code: 'NO_SIGNATURE' },
    });
  });
});

it('a resolution that is over leaves nothing behind: each of thousands is asked anew (K-09)', async () => {
  let asked = 0;
  const registry: Registry = {
    ...registryWith(IMAGE, []),
    resolveTag: async () => {
      asked += 1;
      return undefined;
    },
  };
  const tags = createTagResolver({ registry, clock: createFakeClock(NOW) });
  const ask = (index: number) => tags.resolveTag({ ...IMAGE, repository: `app-${index}` }, 'v1');
  for (const _ of ['once', 'again'])
    await Promise.all(Array.from({ length: 2000 }, (__, index) => ask(index)));
  expect(asked).toBe(4000);
});
