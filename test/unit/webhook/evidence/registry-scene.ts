import type { RegistryClientOptions } from '../../../../platform/registry/create-registry.ts';
import type { RegistryOptions } from '../../../../sandbox/registry/registry.ts';
import {
  fetchEvidence,
  type EvidenceRequest,
} from '../../../../webhook/evidence/fetch-evidence.ts';
import {
  BUNDLE,
  bundleBlob,
  bytesOf,
  DIGEST,
  digestOfBytes,
  legacyLayer,
  SIMPLE_SIGNING,
  type BundleOptions,
  type LegacyOptions,
} from '../../../support/signatures.ts';
import { decideOn } from '../../../support/trust.ts';
import { startPair, type Pair } from '../../platform/registry/setup.ts';

export const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
export const INDEX = 'application/vnd.oci.image.index.v1+json';
const OCI_CONFIG = 'application/vnd.oci.image.config.v1+json';
const EMPTY = 'application/vnd.oci.empty.v1+json';

type Members = Readonly<Record<string, unknown>>;

export interface Scene extends Pair {
  /** The descriptor of a legacy signature of `DIGEST`, whose payload is stored. */
  layer(options?: LegacyOptions): Members;
  /** What stands under the signature tag of `DIGEST`. */
  tag(layers: readonly Members[], members?: Members, mediaType?: string): string;
  /** A manifest that refers to `DIGEST`, a bundle by default. */
  refer(members?: Members, bundle?: BundleOptions): string;
  /** The fallback tag of `DIGEST`. */
  listInFallback(digests: readonly string[]): void;
  /** The verdict on `DIGEST`, and how many candidates it rests on, by the signer that the key set trusts. */
  judge(
    request?: Partial<EvidenceRequest>,
  ): Promise<{ kind: string; code?: string; count: number }>;
  /** Questions of one kind so far. */
  count(operation: string): number;
}

/** A registry on loopback with what a test stores in it, the real client, and the verdict on what that finds. */
export async function startScene(
  serverOptions: Omit<RegistryOptions, 'certificate'> = {},
  clientOptions: Partial<RegistryClientOptions> = {},
): Promise<Scene> {
  const pair = await startPair(serverOptions, clientOptions);
  const { server, client, ref, clock } = pair;
  const { repository } = ref;
  const config = (mediaType: string) => ({
    mediaType,
    digest: server.pushBlob(repository, bytesOf('{}')),
    size: 2,
  });
  const push = (reference: string | undefined, document: Members, mediaType = MANIFEST) =>
    server.pushManifest(repository, reference, { bytes: bytesOf(document), mediaType });
  return {
    ...pair,
    layer: (options) => {
      const { descriptor, blob } = legacyLayer(options);
      server.pushBlob(repository, blob);
      const { digest, size, annotations } = descriptor;
      return {
        mediaType: SIMPLE_SIGNING,
        digest,
        size,
        annotations: Object.fromEntries(annotations),
      };
    },
    tag: (layers, members = {}, mediaType = MANIFEST) =>
      push(
        `${DIGEST.replace(':', '-')}.sig`,
        { schemaVersion: 2, mediaType, config: config(OCI_CONFIG), layers, ...members },
        mediaType,
      ),
    refer: (members = {}, options) => {
      const { blob } = bundleBlob(options);
      return push(undefined, {
        schemaVersion: 2,
        mediaType: MANIFEST,
        artifactType: BUNDLE,
        config: config(EMPTY),
        layers: [
          { mediaType: BUNDLE, digest: server.pushBlob(repository, blob), size: blob.byteLength },
        ],
        subject: { mediaType: MANIFEST, digest: DIGEST, size: 2 },
        ...members,
      });
    },
    listInFallback: (digests) => {
      const manifests = digests.map((digest) => ({
        mediaType: MANIFEST,
        digest,
        size: server.readManifest(repository, digest)?.bytes.byteLength ?? 2,
      }));
      push(DIGEST.replace(':', '-'), { schemaVersion: 2, mediaType: INDEX, manifests }, INDEX);
    },
    judge: async (request = {}) => {
      const evidence = await fetchEvidence({
        registry: client,
        repository: ref,
        digest: DIGEST,
        clock,
        ...request,
      });
      return { ...decideOn([], { evidence }), count: evidence.candidates.length };
    },
    count: (operation) =>
      server.requests().list.filter((request) => request.operation === operation).length,
  };
}

/** A path of the signature tag, for faults that strike there alone. */
export const SIGNATURE_TAG = `${DIGEST.replace(':', '-')}.sig`;
export { DIGEST, digestOfBytes };
