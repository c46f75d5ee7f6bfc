import { isObject } from './json-fields.ts';
import { LIMITS } from './limits.ts';
import {
  DOCKER_MANIFEST,
  DOCKER_MANIFEST_LIST,
  OCI_IMAGE_INDEX,
  OCI_IMAGE_MANIFEST,
} from './media-types.ts';
import { catchRefusal, Refusal, type Refused } from './refusal.ts';
import { parseStrictJson, type JsonObject, type JsonValue } from './strict-json.ts';

export interface Descriptor {
  readonly mediaType: string;
  /** `<algorithm>:<hex>`: not always SHA-256, whoever fetches it checks that. */
  readonly digest: string;
  readonly size: number;
  readonly annotations: ReadonlyMap<string, string>;
  /** Only a hint: cosign and registries have written wrong ones (cosign.md 4.4, 18.3). */
  readonly artifactType?: string;
  /** True when the descriptor names foreign `urls`: such content is never fetched (A33). */
  readonly foreign: boolean;
}

export interface ImageManifest {
  readonly kind: 'image';
  readonly mediaType: string;
  readonly artifactType?: string;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly subject?: Descriptor;
}

export interface ImageIndex {
  readonly kind: 'index';
  readonly mediaType: string;
  readonly manifests: readonly Descriptor[];
}

export type Manifest = ImageManifest | ImageIndex;
export type ParsedManifest = { readonly ok: true; readonly manifest: Manifest } | Refused;

const IMAGE_TYPES: readonly string[] = [OCI_IMAGE_MANIFEST, DOCKER_MANIFEST];
const INDEX_TYPES: readonly string[] = [OCI_IMAGE_INDEX, DOCKER_MANIFEST_LIST];
const DIGEST = /^[a-z0-9]+(?:[+._-][a-z0-9]+)*:[0-9a-zA-Z=_-]{32,256}$/;

/**
 * Parses an OCI or Docker schema 2 image manifest or index. The meaning comes from the document alone: one that could be read
 * as both (CVE-2021-41190), or whose `mediaType` or `contentType` disagrees with its content, is refused. Never throws.
 */
export function parseManifest(bytes: Uint8Array, contentType?: string): ParsedManifest {
  const json = parseStrictJson(bytes, LIMITS.manifestBytes);
  if (!json.ok) return json;
  return catchRefusal(() => {
    const manifest = readManifest(json.value);
    if (contentType !== undefined)
      checkType(mediaTypeWithoutParameters(contentType), manifest.kind);
    return { ok: true as const, manifest };
  });
}

function mediaTypeWithoutParameters(contentType: string): string {
  return contentType.replace(/;.*/s, '').trim().toLowerCase();
}

function readManifest(document: JsonObject): Manifest {
  if (document.get('schemaVersion') !== 2) throw malformed('schemaVersion is not 2');
  const isIndex = document.has('manifests');
  const isImage = document.has('layers') || document.has('config');
  if (isIndex === isImage)
    throw malformed(
      isIndex ? 'it is an index and an image at once' : 'it has neither layers nor manifests',
    );
  if (document.has('fsLayers')) throw malformed('it is a schema 1 manifest as well');
  return isIndex ? readIndex(document) : readImage(document);
}

function readIndex(document: JsonObject): ImageIndex {
  const mediaType = optionalString(document, 'mediaType') ?? OCI_IMAGE_INDEX;
  checkType(mediaType, 'index');
  const manifests = descriptors(document, 'manifests');
  return { kind: 'index', mediaType, manifests };
}

function readImage(document: JsonObject): ImageManifest {
  const mediaType = optionalString(document, 'mediaType') ?? OCI_IMAGE_MANIFEST;
  checkType(mediaType, 'image');
  const artifactType = optionalString(document, 'artifactType');
  return {
    kind: 'image',
    mediaType,
    config: descriptor(document.get('config'), 'config'),
    layers: descriptors(document, 'layers'),
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(document.has('subject') ? { subject: descriptor(document.get('subject'), 'subject') } : {}),
  };
}

function checkType(mediaType: string, kind: Manifest['kind']): void {
  const types = kind === 'image' ? IMAGE_TYPES : INDEX_TYPES;
  if (!types.includes(mediaType)) throw malformed(`its media type is not that of an ${kind}`);
}

function descriptors(document: JsonObject, name: string): readonly Descriptor[] {
  const list = document.get(name);
  if (!Array.isArray(list)) throw malformed(`${name} is not a list`);
  return list.map((item: JsonValue, index) => descriptor(item, `${name}[${index}]`));
}

function descriptor(value: JsonValue | undefined, where: string): Descriptor {
  if (!isObject(value)) throw malformed(`${where} is not an object`);
  const mediaType = value.get('mediaType');
  const digest = value.get('digest');
  const size = value.get('size');
  if (typeof mediaType !== 'string' || mediaType === '')
    throw malformed(`${where} has no media type`);
  if (typeof digest !== 'string' || !DIGEST.test(digest)) throw malformed(`${where} has no digest`);
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0)
    throw malformed(`${where} has no size`);
  const artifactType = optionalString(value, 'artifactType');
  return {
    mediaType,
    digest,
    size,
    annotations: annotationsOf(value, where),
    foreign: value.has('urls'),
    ...(artifactType === undefined ? {} : { artifactType }),
  };
}

function annotationsOf(object: JsonObject, where: string): ReadonlyMap<string, string> {
  const annotations = new Map<string, string>();
  if (!object.has('annotations')) return annotations;
  const members = object.get('annotations');
  if (!isObject(members)) throw malformed(`the annotations of ${where} are not an object`);
  for (const [name, value] of members) {
    if (typeof value !== 'string') throw malformed(`an annotation of ${where} is not a string`);
    annotations.set(name, value);
  }
  return annotations;
}

function optionalString(object: JsonObject, name: string): string | undefined {
  if (!object.has(name)) return undefined;
  const value = object.get(name);
  if (typeof value !== 'string') throw malformed(`${name} is not a string`);
  return value === '' ? undefined : value;
}

function malformed(detail: string): Refusal {
  return new Refusal('MANIFEST_MALFORMED', detail);
}
