/** Images in the stand-in registry with forged signatures beside them: each offer names only what it makes different. */
import { Buffer } from 'node:buffer';
import type { Fault, RegistryStandIn } from '../../../../sandbox/registry/registry.ts';
import { digestOf } from '../../../../sandbox/registry/storage.ts';
import {
  BUNDLE,
  bundleOf,
  bytesOf,
  legacyLayer,
  SIMPLE_SIGNING,
  SIGNATURE_ANNOTATION,
  type BundleOptions,
  type Content,
  type LegacyOptions,
} from '../../../support/signatures.ts';
import { INDEX_TYPE, MANIFEST_TYPE } from '../../registry/wire.ts';
import { newRepository } from '../signing-places.ts';

export type Members = Readonly<Record<string, unknown>>;

/** A layer of a signature's manifest: what its descriptor says, and the bytes behind it. */
export interface Layer {
  readonly blob: Buffer;
  readonly descriptor: Members;
}

export interface Target {
  readonly repository: string;
  readonly digest: string;
}

export interface Stall {
  readonly image: Target;
  /** Of the image. */
  readonly manifest: Uint8Array;
  /** Another image of the same repository. */
  readonly other: Target;
  /** Puts it under the image's tag `sha256-<hex>.sig`; `manifest` replaces members, a text replaces it whole. */
  tag(layers: readonly Layer[], manifest?: Members | string): void;
  /** A legacy signature by OCI 1.1. */
  referrer(layers: readonly Layer[], manifest?: Members): void;
  bundle(content: Content, manifest?: Members, layer?: Members): void;
  /** The bundles so far, in an index under the tag `sha256-<hex>`: where referrers are when there is no API for them. */
  fallBack(): void;
  /** From now on the referrers API answers so for this image. */
  answerReferrers(fault: Fault): void;
  /** Any other manifest; the tag is `sha256-<hex>` of the image and this suffix. */
  put(manifest: Members, suffix?: string): string;
  /** The same under a tag of one's own. */
  putAt(tag: string, manifest: Members): string;
  /** A manifest of these layers, as it would stand under the signature tag. */
  manifestOf(layers: readonly Layer[]): Members;
  /** Digest and size of what is stored now, for a descriptor. */
  blob(bytes: Uint8Array): Members;
  /** Digest and size of these bytes, under which others of the same length are served. */
  wrongBlob(bytes: Uint8Array): Members;
}

const CONFIG_TYPE = 'application/vnd.oci.image.config.v1+json';
const EMPTY_TYPE = 'application/vnd.oci.empty.v1+json';

export function openStall(registry: RegistryStandIn): Stall {
  const repository = newRepository();
  const image = registry.pushImage(repository, 'v1', { content: repository });
  const other = registry.pushImage(repository, 'v2', { content: `${repository} again` });
  const subject = { mediaType: image.mediaType, digest: image.digest, size: image.size };
  const name = image.digest.replace(':', '-');
  const bundles: Members[] = [];

  const blob = (bytes: Uint8Array): Members => ({
    digest: registry.pushBlob(repository, bytes),
    size: bytes.byteLength,
  });
  const write = (text: string, mediaType: unknown, tag?: string): string =>
    registry.pushManifest(repository, tag, {
      bytes: Buffer.from(text),
      mediaType: typeof mediaType === 'string' ? mediaType : MANIFEST_TYPE,
    });
  const putAt = (tag: string | undefined, manifest: Members): string =>
    write(JSON.stringify(manifest), manifest['mediaType'], tag);
  const manifestOf = (layers: readonly Layer[], configType = CONFIG_TYPE): Members => ({
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    config: { mediaType: configType, ...blob(configOf(layers)) },
    layers: layers.map((layer) => ({ ...blob(layer.blob), ...layer.descriptor })),
  });
  return {
    image: { repository, digest: image.digest },
    manifest: registry.readManifest(repository, image.digest)?.bytes ?? new Uint8Array(),
    other: { repository, digest: other.digest },
    blob,
    putAt,
    manifestOf,
    put: (manifest, suffix) =>
      putAt(suffix === undefined ? undefined : `${name}${suffix}`, manifest),
    wrongBlob: (bytes) => {
      const digest = digestOf(bytes);
      const body = ' '.repeat(bytes.byteLength);
      registry.faults.set({ kind: 'rubbish', body }, { on: 'blob', path: digest });
      return { digest, size: bytes.byteLength };
    },
    tag: (layers, manifest = {}) => {
      const built = manifestOf(layers);
      if (typeof manifest === 'string') write(manifest, MANIFEST_TYPE, `${name}.sig`);
      else putAt(`${name}.sig`, { ...built, ...manifest });
    },
    referrer: (layers, manifest = {}) => {
      const type = 'application/vnd.dev.cosign.artifact.sig.v1+json';
      const built = { ...manifestOf(layers, type), artifactType: type, subject };
      putAt(undefined, { ...built, ...manifest });
    },
    fallBack: () => {
      putAt(name, { schemaVersion: 2, mediaType: INDEX_TYPE, manifests: bundles });
    },
    answerReferrers: (fault) => {
      registry.faults.set(fault, { on: 'referrers', path: image.digest });
    },
    bundle: (content, manifest = {}, layer = {}) => {
      const digest = putAt(undefined, {
        schemaVersion: 2,
        mediaType: MANIFEST_TYPE,
        artifactType: BUNDLE,
        config: { mediaType: EMPTY_TYPE, ...blob(Buffer.from('{}')) },
        layers: [{ mediaType: BUNDLE, ...blob(bytesOf(content)), ...layer }],
        subject,
        annotations: { 'dev.sigstore.bundle.content': 'dsse-envelope' },
        ...manifest,
      });
      const size = registry.readManifest(repository, digest)?.bytes.byteLength;
      bundles.push({ mediaType: MANIFEST_TYPE, digest, size, artifactType: BUNDLE });
    },
  };
}

/** An image config that names the layers, as go-containerregistry writes it for signatures. */
function configOf(layers: readonly Layer[]): Buffer {
  const diffIds = layers.map((layer) => digestOf(layer.blob));
  return Buffer.from(
    JSON.stringify({ architecture: '', os: '', rootfs: { type: 'layers', diff_ids: diffIds } }),
  );
}

/** A legacy signature for the digest, by the first P-256 key unless told otherwise; `descriptor` replaces members. */
export function layerFor(
  digest: string,
  {
    descriptor = {},
    ...options
  }: Omit<LegacyOptions, 'descriptor' | 'digest'> & {
    readonly descriptor?: Members;
  } = {},
): Layer {
  const { blob, descriptor: sound } = legacyLayer({ ...options, digest });
  const annotations = Object.fromEntries(sound.annotations);
  return {
    blob: Buffer.from(blob),
    descriptor: { mediaType: SIMPLE_SIGNING, annotations, ...descriptor },
  };
}

export function bundleFor(digest: string, options: Omit<BundleOptions, 'digest'> = {}): Members {
  return bundleOf({ ...options, digest });
}

export { INDEX_TYPE, MANIFEST_TYPE, SIGNATURE_ANNOTATION };
