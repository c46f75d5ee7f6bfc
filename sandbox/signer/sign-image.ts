/**
 * Signs an image as cosign with a Key Vault key does, byte for byte as far as bytes are signed: cosign itself cannot run
 * where `npm start` runs. Shapes were taken from what the real cosign v2.6.1 stores; test/contract/registry lets it verify ours.
 */
import { createHash } from 'node:crypto';
import { marshalGoJson, sortAsGoMap } from './go-json.ts';
import { signAsCosign, type VaultSigner } from './signature-encoding.ts';
import {
  INDEX_TYPE,
  MANIFEST_TYPE,
  readDescriptors,
  readLayers,
  type SignatureStore,
} from './signature-store.ts';

export type { SignAlgorithm, VaultSigner } from './signature-encoding.ts';
export type { SignatureStore } from './signature-store.ts';

export interface SignRequest {
  readonly registry: SignatureStore;
  readonly signer: VaultSigner;
  readonly repository: string;
  /** `sha256:<hex>` of an image manifest or index that is there already. */
  readonly digest: string;
  readonly format: 'legacy' | 'bundle';
  /** `-a key=value` of `cosign sign`. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch: bundles carry it as an (unsigned) annotation. */
  readonly now: number;
}

export interface SignResult {
  /** Of the manifest that holds the signature. */
  readonly manifestDigest: string;
  readonly blobDigest: string;
}

/** Signs and stores. Rejects when the image is not there or the vault refuses to sign. */
export function signImage(request: SignRequest): Promise<SignResult> {
  return request.format === 'legacy' ? signLegacy(request) : signBundle(request);
}

const PAYLOAD_TYPE = 'application/vnd.dev.cosign.simplesigning.v1+json';
const BUNDLE_TYPE = 'application/vnd.dev.sigstore.bundle.v0.3+json';
const PREDICATE_TYPE = 'https://sigstore.dev/cosign/sign/v1';
const IN_TOTO_TYPE = 'application/vnd.in-toto+json';

async function signLegacy(request: SignRequest): Promise<SignResult> {
  const { registry, repository, digest } = request;
  const payload = Buffer.from(buildPayload(request));
  const signature = await signAsCosign(request.signer, payload);
  const blobDigest = await registry.pushBlob(repository, payload);
  const tag = `${digest.replace(':', '-')}.sig`;
  // cosign appends to what stands under the tag: an image carries one layer for each signature.
  const earlier = await registry.readManifest(repository, tag);
  const layers = [
    ...readLayers(earlier?.bytes),
    {
      mediaType: PAYLOAD_TYPE,
      size: payload.length,
      digest: blobDigest,
      annotations: { 'dev.cosignproject.cosign/signature': signature.toString('base64') },
    },
  ];
  const config = Buffer.from(JSON.stringify(buildConfig(layers.map((layer) => layer.digest))));
  const configDigest = await registry.pushBlob(repository, config);
  const manifest = {
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    config: {
      mediaType: 'application/vnd.oci.image.config.v1+json',
      size: config.length,
      digest: configDigest,
    },
    layers,
  };
  const bytes = Buffer.from(marshalGoJson(manifest));
  const manifestDigest = await registry.pushManifest(repository, tag, {
    bytes,
    mediaType: MANIFEST_TYPE,
  });
  return { manifestDigest, blobDigest };
}

function buildPayload({ registry, repository, digest, annotations }: SignRequest): string {
  return marshalGoJson({
    critical: {
      identity: { 'docker-reference': `${registry.host}/${repository}` },
      image: { 'docker-manifest-digest': digest },
      type: 'cosign container image signature',
    },
    optional: annotations === undefined ? null : sortAsGoMap(annotations),
  });
}

/** go-containerregistry's config for an image that has layers and nothing else. */
function buildConfig(digests: readonly string[]): unknown {
  const created = '0001-01-01T00:00:00Z';
  return {
    architecture: '',
    created,
    history: digests.map(() => ({ created })),
    os: '',
    rootfs: { type: 'layers', diff_ids: digests },
    config: {},
  };
}

async function signBundle(request: SignRequest): Promise<SignResult> {
  const { registry, repository, digest } = request;
  const subject = await registry.readManifest(repository, digest);
  if (subject === undefined) throw new Error(`no such image: ${repository}@${digest}`);
  const blob = Buffer.from(await buildBundle(request));
  const blobDigest = await registry.pushBlob(repository, blob);
  const configDigest = await registry.pushBlob(repository, Buffer.from('{}'));
  const annotations = {
    'dev.sigstore.bundle.content': 'dsse-envelope',
    'dev.sigstore.bundle.predicateType': PREDICATE_TYPE,
    'org.opencontainers.image.created': `${new Date(request.now).toISOString().slice(0, 19)}Z`,
  };
  const manifest = {
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    config: {
      mediaType: 'application/vnd.oci.empty.v1+json',
      size: 2,
      digest: configDigest,
      artifactType: BUNDLE_TYPE,
    },
    layers: [{ mediaType: BUNDLE_TYPE, size: blob.length, digest: blobDigest }],
    annotations,
    subject: { mediaType: subject.mediaType, size: subject.bytes.length, digest },
    artifactType: BUNDLE_TYPE,
  };
  const bytes = Buffer.from(marshalGoJson(manifest));
  const manifestDigest = await registry.pushManifest(repository, undefined, {
    bytes,
    mediaType: MANIFEST_TYPE,
  });
  if (!registry.hasReferrers) {
    await appendFallback(request, {
      mediaType: MANIFEST_TYPE,
      size: bytes.length,
      digest: manifestDigest,
      annotations,
      artifactType: BUNDLE_TYPE,
    });
  }
  return { manifestDigest, blobDigest };
}

async function buildBundle({ signer, digest, annotations }: SignRequest): Promise<string> {
  const statement = marshalGoJson({
    _type: 'https://in-toto.io/Statement/v1',
    subject: [
      {
        digest: { sha256: digest.slice('sha256:'.length) },
        ...(annotations === undefined ? {} : { annotations: sortAsGoMap(annotations) }),
      },
    ],
    predicateType: PREDICATE_TYPE,
  });
  const payload = Buffer.from(statement);
  const signature = await signAsCosign(signer, encodePreAuthentication(payload));
  const spki = signer.publicKey.export({ format: 'der', type: 'spki' });
  return JSON.stringify({
    mediaType: BUNDLE_TYPE,
    verificationMaterial: {
      publicKey: { hint: createHash('sha256').update(spki).digest('base64') },
    },
    dsseEnvelope: {
      payload: payload.toString('base64'),
      payloadType: IN_TOTO_TYPE,
      signatures: [{ sig: signature.toString('base64') }],
    },
  });
}

/** DSSE v1: lengths count bytes. */
function encodePreAuthentication(payload: Buffer): Buffer {
  const head = `DSSEv1 ${IN_TOTO_TYPE.length} ${IN_TOTO_TYPE} ${payload.length} `;
  return Buffer.concat([Buffer.from(head), payload]);
}

async function appendFallback(
  { registry, repository, digest }: SignRequest,
  descriptor: Readonly<Record<string, unknown>> & { readonly digest: string },
): Promise<void> {
  const tag = digest.replace(':', '-');
  const earlier = await registry.readManifest(repository, tag);
  const index = {
    schemaVersion: 2,
    mediaType: INDEX_TYPE,
    manifests: [...readDescriptors(earlier?.bytes), descriptor],
  };
  await registry.pushManifest(repository, tag, {
    bytes: Buffer.from(marshalGoJson(index)),
    mediaType: INDEX_TYPE,
  });
}
