/**
 * What etcd is to a real API server: one global revision, every change an event, history until compaction.
 * Everything is synchronous, so a reader never sees half a write and a watch can never miss an event.
 */
import type { KubeObject } from './objects.ts';

export interface StoredEvent {
  readonly revision: number;
  /** `group/plural` */
  readonly storageKey: string;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: KubeObject;
  readonly previous?: KubeObject;
}

export interface Store {
  revision(): number;
  /** Events at or before this revision are gone. */
  compactedRevision(): number;
  get(storageKey: string, objectKey: string): KubeObject | undefined;
  list(storageKey: string): KubeObject[];
  /** The state as it was after `revision`. `compacted` when history no longer reaches back that far. */
  listAt(storageKey: string, revision: number): KubeObject[] | 'compacted';
  /** `exists` when the key is taken. */
  create(storageKey: string, object: KubeObject): KubeObject | 'exists';
  /** Compare-and-swap on resourceVersion: `conflict` when `expected` is not the stored one. */
  replace(storageKey: string, object: KubeObject, expected: string): KubeObject | 'conflict';
  remove(storageKey: string, objectKey: string, expected: string): KubeObject | 'conflict';
  eventsAfter(revision: number): readonly StoredEvent[];
  subscribe(listener: (event: StoredEvent) => void): () => void;
  compact(): void;
}

/** Orders a list as etcd does: by namespace, then name. */
export function keyOf(namespace: string | undefined, name: string): string {
  return `${namespace ?? ''}/${name}`;
}

export function keyOfObject(object: KubeObject): string {
  return keyOf(object.metadata.namespace, object.metadata.name);
}

function sortByKey(objects: Iterable<KubeObject>): KubeObject[] {
  return [...objects]
    .map((object) => ({ key: keyOfObject(object), object }))
    .sort((left, right) => (left.key < right.key ? -1 : 1))
    .map(({ object }) => object);
}

/** @param historyLimit events kept before the oldest half is compacted away (a long sandbox must not grow without end) */
export function createStore(historyLimit = 50_000): Store {
  const tables = new Map<string, Map<string, KubeObject>>();
  const listeners = new Set<(event: StoredEvent) => void>();
  let events: StoredEvent[] = [];
  let revision = 1;
  let compacted = 0;

  const table = (storageKey: string): Map<string, KubeObject> => {
    const found = tables.get(storageKey) ?? new Map<string, KubeObject>();
    tables.set(storageKey, found);
    return found;
  };

  const publish = (event: StoredEvent): void => {
    events.push(event);
    if (events.length > historyLimit) {
      events = events.slice(events.length >> 1);
      compacted = (events[0]?.revision ?? revision) - 1;
    }
    for (const listener of listeners) listener(event);
  };

  const stamp = (object: KubeObject): KubeObject => {
    revision += 1;
    return { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } };
  };

  const isCurrent = (stored: KubeObject | undefined, expected: string): stored is KubeObject =>
    stored?.metadata.resourceVersion === expected;

  return {
    revision: () => revision,
    compactedRevision: () => compacted,
    get: (storageKey, objectKey) => tables.get(storageKey)?.get(objectKey),
    list: (storageKey) => sortByKey(tables.get(storageKey)?.values() ?? []),
    listAt(storageKey, at) {
      if (at < compacted) return 'compacted';
      const state = new Map(table(storageKey));
      for (const event of events.toReversed()) {
        if (event.revision <= at) break;
        if (event.storageKey !== storageKey) continue;
        if (event.previous === undefined) state.delete(keyOfObject(event.object));
        else state.set(keyOfObject(event.object), event.previous);
      }
      return sortByKey(state.values());
    },
    create(storageKey, object) {
      const objects = table(storageKey);
      const key = keyOfObject(object);
      if (objects.has(key)) return 'exists';
      const stored = stamp(object);
      objects.set(key, stored);
      publish({ revision, storageKey, type: 'ADDED', object: stored });
      return stored;
    },
    replace(storageKey, object, expected) {
      const objects = table(storageKey);
      const key = keyOfObject(object);
      const previous = objects.get(key);
      if (!isCurrent(previous, expected)) return 'conflict';
      const stored = stamp(object);
      objects.set(key, stored);
      publish({ revision, storageKey, type: 'MODIFIED', object: stored, previous });
      return stored;
    },
    remove(storageKey, objectKey, expected) {
      const objects = table(storageKey);
      const previous = objects.get(objectKey);
      if (!isCurrent(previous, expected)) return 'conflict';
      const last = stamp(previous);
      objects.delete(objectKey);
      publish({ revision, storageKey, type: 'DELETED', object: last, previous });
      return last;
    },
    eventsAfter: (after) => events.filter((event) => event.revision > after),
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    compact() {
      compacted = revision;
      events = [];
    },
  };
}
