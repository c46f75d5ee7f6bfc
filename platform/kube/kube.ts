import type { Resource } from './resources.ts';

export interface ObjectMetadata {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly deletionTimestamp?: string;
  readonly [field: string]: unknown;
}

/** An API object before its schema has judged it. Items of a list may lack `apiVersion` and `kind`. */
export interface KubeObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: ObjectMetadata;
  readonly [field: string]: unknown;
}

export type WatchEvent =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: KubeObject }
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string };

export interface ObjectPlace {
  readonly namespace?: string;
  readonly name: string;
  readonly subresource?: string;
  readonly signal?: AbortSignal;
}

export interface ListOptions {
  readonly namespace?: string;
  readonly limit?: number;
  readonly continue?: string;
  readonly resourceVersion?: string;
  readonly labelSelector?: string;
  readonly signal?: AbortSignal;
}

export interface ListPage<T> {
  readonly items: readonly T[];
  readonly resourceVersion: string;
  readonly continue?: string;
}

export interface WriteOptions {
  readonly subresource?: 'status';
  readonly fieldManager?: string;
  readonly dryRun?: boolean;
  readonly signal?: AbortSignal;
}

export interface KubePatch {
  readonly type: 'json' | 'merge' | 'apply';
  readonly body: unknown;
  readonly fieldManager?: string;
  readonly force?: boolean;
}

/**
 * The API server. Every call has a timeout and rejects with `KubeError`; `get` alone answers `undefined` for 404, and
 * `delete` of something already gone succeeds.
 */
export interface Kube {
  /** The server's URL, for messages. */
  readonly server: string;
  list<T = KubeObject>(resource: Resource, options?: ListOptions): Promise<ListPage<T>>;
  get<T = KubeObject>(resource: Resource, place: ObjectPlace): Promise<T | undefined>;
  create<T = KubeObject>(resource: Resource, object: object, options?: WriteOptions): Promise<T>;
  /** A stale `metadata.resourceVersion` rejects with code CONFLICT. */
  replace<T = KubeObject>(resource: Resource, object: object, options?: WriteOptions): Promise<T>;
  patch<T = KubeObject>(resource: Resource, place: ObjectPlace, patch: KubePatch): Promise<T>;
  delete(
    resource: Resource,
    place: ObjectPlace & {
      readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
    },
  ): Promise<void>;
  /** Ends when the server closes; rejects with GONE when the version is too old, BAD_RESPONSE on rubbish. */
  watch(
    resource: Resource,
    options: {
      readonly namespace?: string;
      readonly resourceVersion: string;
      readonly signal: AbortSignal;
    },
  ): AsyncIterable<WatchEvent>;
  /** Any status is an answer; rejects only with UNREACHABLE and TIMEOUT. */
  raw(
    method: string,
    path: string,
    body?: unknown,
    signal?: AbortSignal,
  ): Promise<{ readonly status: number; readonly body: string }>;
  close(): Promise<void>;
}
