/** A Kubernetes API in memory behind the port itself: objects, watches, and faults that the test switches on. No HTTP. */
import { KubeError } from '../../platform/kube/kube-error.ts';
import type {
  Kube,
  KubeObject,
  KubePatch,
  ListPage,
  ObjectPlace,
  WatchEvent,
} from '../../platform/kube/kube.ts';
import { apiVersionOf, objectKey, type Resource } from '../../platform/kube/resources.ts';

export interface WrittenPatch {
  readonly resource: string;
  readonly place: ObjectPlace;
  readonly patch: KubePatch;
}

export interface FakeKube extends Kube {
  /** Creates or replaces an object; watchers hear of it. */
  put(resource: Resource, object: Readonly<Record<string, unknown>>): void;
  remove(resource: Resource, place: { readonly namespace?: string; readonly name: string }): void;
  /** The cluster has no such kind. */
  withhold(resource: Resource): void;
  /** Lists of the kind wait for the function returned. */
  holdLists(resource: Resource): () => void;
  /** What the next patches reject with, in turn; `undefined` lets one through. */
  readonly patchFaults: (Error | undefined)[];
  readonly patches: readonly WrittenPatch[];
  /** Watches open now. */
  watchCount(): number;
}

interface Watcher {
  readonly resource: Resource;
  tell(event: WatchEvent): void;
}

export function createFakeKube(): FakeKube {
  const objects = new Map<string, Map<string, KubeObject>>();
  const withheld = new Set<string>();
  const gates = new Map<string, Promise<void>>();
  const watchers = new Set<Watcher>();
  const patches: WrittenPatch[] = [];
  const patchFaults: (Error | undefined)[] = [];
  let version = 1;

  const kindOf = ({ plural }: Resource): Map<string, KubeObject> => {
    const found = objects.get(plural) ?? new Map<string, KubeObject>();
    objects.set(plural, found);
    return found;
  };
  const tell = (resource: Resource, event: WatchEvent): void => {
    for (const watcher of watchers)
      if (watcher.resource.plural === resource.plural) watcher.tell(event);
  };
  const store = (resource: Resource, object: KubeObject): KubeObject => {
    version += 1;
    const stored = {
      apiVersion: apiVersionOf(resource),
      kind: resource.kind,
      ...object,
      metadata: { uid: 'uid', ...object.metadata, resourceVersion: String(version) },
    };
    const key = objectKey(stored.metadata);
    const type = kindOf(resource).has(key) ? 'MODIFIED' : 'ADDED';
    kindOf(resource).set(key, stored);
    tell(resource, { type, object: stored });
    return stored;
  };
  const unsupported = (): never => {
    throw new Error('the fake API does not do that');
  };

  return {
    server: 'https://fake',
    list: async <T>(resource: Resource): Promise<ListPage<T>> => {
      await gates.get(resource.plural);
      if (withheld.has(resource.plural)) throw new KubeError('NOT_FOUND', 'no such kind');
      return {
        items: [...kindOf(resource).values()] as T[],
        resourceVersion: String(version),
      };
    },
    get: async <T>(resource: Resource, { name, namespace }: ObjectPlace) =>
      kindOf(resource).get(objectKey({ name, namespace })) as T | undefined,
    create: unsupported,
    replace: unsupported,
    patch: async <T>(resource: Resource, place: ObjectPlace, patch: KubePatch): Promise<T> => {
      patches.push({ resource: resource.plural, place, patch });
      const fault = patchFaults.shift();
      if (fault !== undefined) throw fault;
      const object = kindOf(resource).get(objectKey(place));
      if (object === undefined) throw new KubeError('NOT_FOUND', 'no such object');
      return store(resource, { ...object, ...(patch.body as object) }) as T;
    },
    delete: unsupported,
    watch: (resource, { signal }) => watchEvents(watchers, resource, signal),
    raw: unsupported,
    close: async () => undefined,
    put: (resource, object) => {
      store(resource, object as KubeObject);
    },
    remove: (resource, place) => {
      const key = objectKey(place);
      const object = kindOf(resource).get(key);
      if (object === undefined) throw new Error(`there is no ${key}`);
      kindOf(resource).delete(key);
      version += 1;
      const metadata = { ...object.metadata, resourceVersion: String(version) };
      tell(resource, { type: 'DELETED', object: { ...object, metadata } });
    },
    withhold: ({ plural }) => {
      withheld.add(plural);
    },
    holdLists: ({ plural }) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      gates.set(plural, promise);
      return () => {
        gates.delete(plural);
        resolve();
      };
    },
    patchFaults,
    patches,
    watchCount: () => watchers.size,
  };
}

async function* watchEvents(
  watchers: Set<Watcher>,
  resource: Resource,
  signal: AbortSignal,
): AsyncGenerator<WatchEvent> {
  const events: WatchEvent[] = [];
  let wake = (): void => undefined;
  const watcher: Watcher = {
    resource,
    tell: (event) => {
      events.push(event);
      wake();
    },
  };
  watchers.add(watcher);
  try {
    while (!signal.aborted) {
      const event = events.shift();
      if (event !== undefined) {
        yield event;
        continue;
      }
      await new Promise<void>((resolve) => {
        wake = resolve;
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
    }
    throw signal.reason;
  } finally {
    watchers.delete(watcher);
  }
}
