import { z } from 'zod';

/** Where the signer reads and writes. The stand-in registry is one; tests have one over HTTP for real registries. */
export interface SignatureStore {
  /** As image references name it. */
  readonly host: string;
  /** Without it, referrers are kept in the fallback tag (distribution 1.1, "Referrers Tag Schema"). */
  readonly hasReferrers: boolean;
  readManifest(
    repository: string,
    reference: string,
  ): Awaitable<{ readonly bytes: Uint8Array; readonly mediaType: string } | undefined>;
  pushBlob(repository: string, bytes: Uint8Array): Awaitable<string>;
  pushManifest(
    repository: string,
    reference: string | undefined,
    manifest: { readonly bytes: Uint8Array; readonly mediaType: string },
  ): Awaitable<string>;
}

type Awaitable<T> = T | Promise<T>;

export const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json';
export const INDEX_TYPE = 'application/vnd.oci.image.index.v1+json';

const layerSchema = z.looseObject({ digest: z.string() });
const manifestSchema = z.looseObject({ layers: z.array(layerSchema) });
const indexSchema = z.looseObject({ manifests: z.array(z.looseObject({ digest: z.string() })) });

/** Layers of an earlier `.sig` manifest, whole, so that appending keeps them as they are. Throws when it is not one. */
export function readLayers(bytes: Uint8Array | undefined): readonly z.infer<typeof layerSchema>[] {
  if (bytes === undefined) return [];
  return manifestSchema.parse(JSON.parse(Buffer.from(bytes).toString('utf8'))).layers;
}

/** Descriptors of an earlier fallback index, whole. Throws when it is not one. */
export function readDescriptors(bytes: Uint8Array | undefined): readonly { digest: string }[] {
  if (bytes === undefined) return [];
  return indexSchema.parse(JSON.parse(Buffer.from(bytes).toString('utf8'))).manifests;
}
