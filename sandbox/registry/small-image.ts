import { digestOf } from './storage.ts';

export interface SmallImage {
  /** Text that makes the image differ from others. */
  readonly content?: string;
  /** Docker schema 2 media types in place of OCI ones. */
  readonly docker?: boolean;
}

export interface BuiltImage {
  readonly bytes: Buffer;
  readonly mediaType: string;
  readonly blobs: readonly Buffer[];
}

/** A single-layer image of some hundred bytes. Its layer is not a real archive: nothing in the sandbox runs it. */
export function buildImage({
  content = 'keyward sandbox',
  docker = false,
}: SmallImage): BuiltImage {
  const layer = Buffer.from(`${content}\n`);
  const config = Buffer.from(
    JSON.stringify({
      architecture: 'amd64',
      os: 'linux',
      config: {},
      rootfs: { type: 'layers', diff_ids: [digestOf(layer)] },
    }),
  );
  const types = docker ? DOCKER_TYPES : OCI_TYPES;
  const manifest = {
    schemaVersion: 2,
    mediaType: types.manifest,
    config: { mediaType: types.config, digest: digestOf(config), size: config.length },
    layers: [{ mediaType: types.layer, digest: digestOf(layer), size: layer.length }],
  };
  return {
    bytes: Buffer.from(JSON.stringify(manifest)),
    mediaType: types.manifest,
    blobs: [config, layer],
  };
}

const OCI_TYPES = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar',
};
const DOCKER_TYPES = {
  manifest: 'application/vnd.docker.distribution.manifest.v2+json',
  config: 'application/vnd.docker.container.image.v1+json',
  layer: 'application/vnd.docker.image.rootfs.diff.tar',
};
