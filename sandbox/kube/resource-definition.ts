/** One served resource: what discovery announces, what the handlers need to know about it. */
import type { JsonRecord, KubeObject } from './objects.ts';
import type { StructuralSchema } from './structural-schema.ts';

export interface TableColumn {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'date';
  readonly format: string;
  readonly description: string;
  /** 0 is always shown, more only by `kubectl get -o wide`. */
  readonly priority: number;
  readonly cell: (object: KubeObject, now: Date) => unknown;
}

export interface ResourceDefinition {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly singular: string;
  readonly kind: string;
  readonly listKind: string;
  readonly namespaced: boolean;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly subresources: readonly string[];
  /** `group/plural`: all served versions of a kind share their objects. */
  readonly storageKey: string;
  /** False: a PUT must carry resourceVersion (custom resources and Lease). */
  readonly unconditionalUpdate: boolean;
  readonly hasGeneration: boolean;
  readonly selectableFields: readonly string[];
  readonly columns: readonly TableColumn[];
  /** Present on custom resources: pruning, defaults, validation. */
  readonly custom?: { readonly schema: StructuralSchema; readonly openApi: JsonRecord };
}
