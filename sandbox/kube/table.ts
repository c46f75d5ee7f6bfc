/** The `as=Table` and `as=PartialObjectMetadata` forms of answers. */
import type { JsonRecord, KubeObject } from './objects.ts';
import type { ResourceDefinition } from './resource-definition.ts';

export type Representation = 'object' | 'table' | 'metadata';

export interface ListMeta {
  readonly resourceVersion: string;
  readonly continue?: string;
  readonly remainingItemCount?: number;
}

export function toPartialMetadata(object: KubeObject): JsonRecord {
  return {
    kind: 'PartialObjectMetadata',
    apiVersion: 'meta.k8s.io/v1',
    metadata: object.metadata,
  };
}

function rowObject(object: KubeObject, include: string): JsonRecord | null {
  if (include === 'None') return null;
  return include === 'Object' ? object : toPartialMetadata(object);
}

export interface TableOptions {
  readonly now: Date;
  /** `includeObject=` of the request: None, Metadata (default) or Object */
  readonly include: string;
  /** Watch events after the first carry no column definitions. */
  readonly withColumns: boolean;
}

export function toTable(
  resource: ResourceDefinition,
  objects: readonly KubeObject[],
  meta: ListMeta,
  options: TableOptions,
): JsonRecord {
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: meta,
    columnDefinitions: options.withColumns
      ? resource.columns.map(({ cell: _cell, ...definition }) => definition)
      : null,
    rows: objects.map((object) => ({
      cells: resource.columns.map((column) => column.cell(object, options.now) ?? null),
      object: rowObject(object, options.include),
    })),
  };
}
