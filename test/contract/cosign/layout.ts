/** OCI image layouts: one image with the signatures that a registry held for it, as files. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { digestOf } from '../../../sandbox/registry/storage.ts';

export const REF_NAME = 'org.opencontainers.image.ref.name';
/** The tag under which each layout has its image. */
export const IMAGE_TAG = 'image';

const descriptorSchema = z.object({
  mediaType: z.string(),
  digest: z.string(),
  size: z.number(),
  artifactType: z.string().optional(),
  annotations: z.record(z.string(), z.string()).optional(),
});
export type LayoutDescriptor = z.infer<typeof descriptorSchema>;
const indexSchema = z.object({ manifests: z.array(descriptorSchema) });
const contentSchema = z.object({
  config: descriptorSchema.optional(),
  layers: z.array(descriptorSchema).default([]),
  manifests: z.array(descriptorSchema).default([]),
});

export interface Layout {
  /** What has a tag carries it in `REF_NAME`; what has none was listed by the referrers API, as here. */
  readonly manifests: readonly LayoutDescriptor[];
  readonly blobs: ReadonlyMap<string, Buffer>;
}

/** Descriptors that a manifest or index names. */
export function namedBy(manifest: Uint8Array): readonly LayoutDescriptor[] {
  const parsed = contentSchema.parse(JSON.parse(Buffer.from(manifest).toString('utf8')));
  return [...(parsed.config === undefined ? [] : [parsed.config]), ...parsed.layers];
}

/** Descriptors of the manifests that an index names; none for a manifest. */
export function listedBy(index: Uint8Array): readonly LayoutDescriptor[] {
  return contentSchema.parse(JSON.parse(Buffer.from(index).toString('utf8'))).manifests;
}

export function tagOf(descriptor: LayoutDescriptor): string | undefined {
  return descriptor.annotations?.[REF_NAME];
}

export async function writeLayout(folder: string, { manifests, blobs }: Layout): Promise<void> {
  await mkdir(join(folder, 'blobs', 'sha256'), { recursive: true });
  const write = (name: string, content: string | Buffer): Promise<void> =>
    writeFile(join(folder, name), content);
  await write('oci-layout', '{"imageLayoutVersion":"1.0.0"}\n');
  const index = {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    manifests,
  };
  await write('index.json', `${JSON.stringify(index, null, 2)}\n`);
  for (const [digest, bytes] of blobs) await write(blobPath(digest), bytes);
}

function blobPath(digest: string): string {
  return join('blobs', ...digest.split(':'));
}

/** Everything that `index.json` names and what that names in turn. @throws Error when a file is not what its name says */
export async function readLayout(folder: string): Promise<Layout> {
  const index: unknown = JSON.parse(await readFile(join(folder, 'index.json'), 'utf8'));
  const { manifests } = indexSchema.parse(index);
  const blobs = new Map<string, Buffer>();
  const read = async (digest: string): Promise<Buffer> => {
    const bytes = blobs.get(digest) ?? (await readFile(join(folder, blobPath(digest))));
    if (digestOf(bytes) !== digest) throw new Error(`${folder}: ${digest} has other bytes`);
    blobs.set(digest, bytes);
    return bytes;
  };
  const readManifest = async (digest: string): Promise<void> => {
    const bytes = await read(digest);
    for (const named of namedBy(bytes)) await read(named.digest);
    for (const listed of listedBy(bytes)) await readManifest(listed.digest);
  };
  for (const { digest } of manifests) await readManifest(digest);
  return { manifests, blobs };
}
