/** What a registry holds for one image, as one JSON document: an input that mutations can go deep into. */
import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Registry } from '../../platform/registry/registry.ts';

const sceneSchema = z.object({
  /** Digest of the image whose signatures are asked for. */
  image: z.string(),
  /** Names of the keys that are trusted. */
  keys: z.array(z.string()),
  hasReferrers: z.boolean(),
  manifests: z.array(
    z.object({
      mediaType: z.string(),
      digest: z.string(),
      size: z.number(),
      artifactType: z.string().optional(),
      /** What has none is listed by the referrers API. */
      tag: z.string().optional(),
    }),
  ),
  /** Each under its own digest: a registry that lies about a digest is caught before any of this. */
  blobs: z.array(z.string()),
});
export type Scene = z.infer<typeof sceneSchema>;

export function parseScene(bytes: Uint8Array): Scene | undefined {
  try {
    return sceneSchema.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  } catch {
    return undefined;
  }
}

export function writeScene(scene: Scene): Buffer {
  return Buffer.from(JSON.stringify(scene));
}

export function digestOfText(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

/** The scene as the registry port shows it. */
export function createSceneRegistry({ manifests, blobs, hasReferrers }: Scene): Registry {
  const byDigest = new Map(blobs.map((text) => [digestOfText(text), Buffer.from(text)]));
  const digestOfTag = (tag: string) => manifests.find((one) => one.tag === tag)?.digest;
  const listed = manifests.flatMap(({ tag, artifactType, ...one }) =>
    tag !== undefined ? [] : [artifactType === undefined ? one : { ...one, artifactType }],
  );
  return {
    resolveTag: (_ref, tag) => Promise.resolve(digestOfTag(tag)),
    fetchManifest: (_ref, reference) => {
      const digest = reference.includes(':') ? reference : (digestOfTag(reference) ?? '');
      const bytes = byDigest.get(digest);
      return Promise.resolve(bytes === undefined ? undefined : { bytes, digest, mediaType: '' });
    },
    fetchBlob: (_ref, { digest }) => Promise.resolve(byDigest.get(digest)),
    listReferrers: (_ref, digest) => {
      if (hasReferrers) return Promise.resolve({ store: 'referrers', descriptors: listed });
      const index = byDigest.get(digestOfTag(digest.replace(':', '-')) ?? '');
      const descriptors = index === undefined ? [] : readIndex(index);
      return Promise.resolve({ store: 'fallback-tag', descriptors });
    },
    close: () => Promise.resolve(),
  };
}

const indexSchema = z.object({
  manifests: z.array(
    z.object({ mediaType: z.string(), digest: z.string(), size: z.int().nonnegative() }),
  ),
});

/** As the adapter reads an index: what it cannot read is no descriptor. */
function readIndex(bytes: Buffer): z.infer<typeof indexSchema>['manifests'] {
  try {
    return indexSchema.parse(JSON.parse(bytes.toString('utf8'))).manifests;
  } catch {
    return [];
  }
}
