/** Content negotiation: which of the three JSON forms a client asked for, and turning objects into it. */
import { formatApiVersion, type JsonRecord, type KubeObject } from './objects.ts';
import type { ResourceDefinition } from './resource-definition.ts';
import { notAcceptable } from './status-errors.ts';
import { toPartialMetadata, toTable, type ListMeta, type Representation } from './table.ts';

/** The first acceptable form; protobuf and CBOR are not spoken here. */
export function negotiate(accept: string | undefined): Representation {
  if (accept === undefined || accept.trim() === '') return 'object';
  for (const range of accept.split(',')) {
    const [type, ...parameters] = range.split(';').map((part) => part.trim());
    const values = new Map(parameters.map((one) => one.split('=', 2) as [string, string]));
    const isJson = type === 'application/json' || type === '*/*' || type === 'application/*';
    if (!isJson) continue;
    const form = values.get('as');
    if (form === undefined) return 'object';
    if (values.get('g') !== 'meta.k8s.io' || values.get('v') !== 'v1') continue;
    if (form === 'Table') return 'table';
    if (form === 'PartialObjectMetadata' || form === 'PartialObjectMetadataList') return 'metadata';
  }
  throw notAcceptable();
}

export interface RepresentOptions {
  readonly form: Representation;
  readonly now: Date;
  readonly include: string;
}

/** Objects of a kind are stored once and served in the version asked for (conversion strategy None). */
export function inVersion(object: KubeObject, resource: ResourceDefinition): KubeObject {
  const apiVersion = formatApiVersion(resource.group, resource.version);
  return object.apiVersion === apiVersion ? object : { ...object, apiVersion };
}

export function representObject(
  resource: ResourceDefinition,
  object: KubeObject,
  { form, now, include }: RepresentOptions,
  withColumns = true,
): JsonRecord {
  const served = inVersion(object, resource);
  if (form === 'object') return served;
  if (form === 'metadata') return toPartialMetadata(served);
  const meta = { resourceVersion: served.metadata.resourceVersion ?? '' };
  return toTable(resource, [served], meta, { now, include, withColumns });
}

export function representList(
  resource: ResourceDefinition,
  objects: readonly KubeObject[],
  meta: ListMeta,
  { form, now, include }: RepresentOptions,
): JsonRecord {
  const served = objects.map((object) => inVersion(object, resource));
  if (form === 'table') return toTable(resource, served, meta, { now, include, withColumns: true });
  if (form === 'metadata') {
    return {
      kind: 'PartialObjectMetadataList',
      apiVersion: 'meta.k8s.io/v1',
      metadata: meta,
      items: served.map(toPartialMetadata),
    };
  }
  const apiVersion = formatApiVersion(resource.group, resource.version);
  const items = resource.custom === undefined ? served.map(withoutType) : served;
  return { kind: resource.listKind, apiVersion, metadata: meta, items };
}

/** Items of a built-in list carry neither kind nor apiVersion, as Go's encoding leaves them out. */
function withoutType({ kind: _kind, apiVersion: _apiVersion, ...rest }: KubeObject): JsonRecord {
  return rest;
}
