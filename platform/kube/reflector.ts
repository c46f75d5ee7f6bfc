import { delay, type Clock } from '../lifecycle/clock.ts';
import { describeError } from '../observe/describe-error.ts';
import type { Logger } from '../observe/logger.ts';
import type { Metrics } from '../observe/metrics.ts';
import { isKubeError } from './kube-error.ts';
import type { Kube, KubeObject, WatchEvent } from './kube.ts';
import { createSnapshot } from './snapshot.ts';
import type { ParseResult } from './parse-result.ts';
import type { Resource } from './resources.ts';

const PAGE_SIZE = 500;
const BACKOFF_FIRST_MS = 100;
const BACKOFF_LAST_MS = 15_000;

export interface ReflectorOptions<T> {
  readonly kube: Kube;
  readonly resource: Resource;
  readonly namespace?: string;
  readonly parse: (object: KubeObject) => ParseResult<T>;
  /** Called after the snapshot holds the change: with the keys that were added, changed, removed or became invalid. */
  readonly onChange?: (keys: readonly string[]) => void;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
  /** 0 ≤ r < 1, for jitter. */
  readonly random?: () => number;
  /** The cluster may lack the kind (Ratify's, where there is no Ratify): that counts as none of it, and is asked again. */
  readonly optional?: boolean;
}

/** A local copy of one kind, kept current by list and watch. It resolves, retries and never stops by itself. */
export interface Reflector<T> {
  /** Resolves when the signal aborts; never rejects for the API server's sake. */
  start(signal: AbortSignal): Promise<void>;
  /** Resolves after the first complete list. */
  readonly synced: Promise<void>;
  isSynced(): boolean;
  /** By `namespace/name` or `name`; one moment's state: later events do not change a map already handed out. */
  items(): ReadonlyMap<string, T>;
  /** What the parser refused, with its problems: it counts for nothing and must be visible. */
  invalid(): ReadonlyMap<string, readonly string[]>;
  /** Of the newest list, event or bookmark applied; empty before the first. */
  resourceVersion(): string;
  /** Milliseconds since the epoch of the newest sign of life; 0 before the first. */
  lastEventAt(): number;
}

/**
 * client-node's informer stops for good on a failed list and passes over what it cannot read; this one lists again.
 * Lists ask for the newest state (no `resourceVersion`), so a lagging API server cannot bring back a key that was revoked.
 */
export function createReflector<T>(options: ReflectorOptions<T>): Reflector<T> {
  const { kube, resource, namespace, clock, logger } = options;
  const random = options.random ?? Math.random;
  const invalidObjects = options.metrics.gauge({
    name: 'keyward_kube_invalid_objects',
    help: 'Objects of a kind that cannot be read: they give no trust, and nothing that they ask for is done.',
    labels: { resource: 'open' },
  });
  const snapshot = createSnapshot({
    ...options,
    onChange: (keys) => {
      invalidObjects.set({ resource: resource.plural }, snapshot.invalidCount());
      options.onChange?.(keys);
    },
  });
  const restarts = options.metrics.counter({
    name: 'keyward_kube_relists_total',
    help: 'Lists of a kind after its watch could not be continued.',
    labels: { resource: 'open' },
  });
  const place = namespace === undefined ? {} : { namespace };
  let resolveSynced = (): void => undefined;
  const synced = new Promise<void>((resolve) => {
    resolveSynced = resolve;
  });
  let isSynced = false;
  let version = '';
  let lastEventAt = 0;
  let failures = 0;

  const listAll = async (signal: AbortSignal): Promise<void> => {
    const found: KubeObject[] = [];
    let next: string | undefined;
    let first: string | undefined;
    do {
      const page = await kube.list(resource, {
        ...place,
        limit: PAGE_SIZE,
        signal,
        ...(next === undefined ? {} : { continue: next }),
      });
      found.push(...page.items);
      // All pages are of one moment; should they ever not be, the watch begins at the oldest and nothing is missed.
      first ??= page.resourceVersion;
      next = page.continue;
    } while (next !== undefined);
    version = first;
    takeAll(found);
  };

  const takeAll = (objects: readonly KubeObject[]): void => {
    lastEventAt = clock.now();
    snapshot.replaceAll(objects);
    isSynced = true;
    resolveSynced();
  };

  const apply = (event: WatchEvent): void => {
    lastEventAt = clock.now();
    failures = 0;
    if (event.type === 'BOOKMARK') {
      version = event.resourceVersion;
      return;
    }
    version = event.object.metadata.resourceVersion ?? version;
    if (event.type === 'DELETED') snapshot.remove(event.object);
    else snapshot.upsert(event.object);
  };

  const backOff = async (signal: AbortSignal): Promise<void> => {
    const ceiling = Math.min(BACKOFF_LAST_MS, BACKOFF_FIRST_MS * 2 ** Math.min(failures, 10));
    failures += 1;
    await delay(clock, ceiling * (0.5 + random() / 2), signal);
  };

  /** Watches until the version cannot be continued. */
  const watchOn = async (signal: AbortSignal): Promise<void> => {
    for (;;) {
      const openedAt = clock.now();
      try {
        const watch = kube.watch(resource, { ...place, resourceVersion: version, signal });
        for await (const event of watch) apply(event);
        lastEventAt = clock.now();
        // A watch lives four minutes; a server that closes at once must not be asked in a tight loop.
        if (clock.now() - openedAt < 1000) await backOff(signal);
      } catch (error) {
        if (signal.aborted || isKubeError(error, 'GONE') || isKubeError(error, 'BAD_RESPONSE'))
          throw error;
        logger.warn({ resource: resource.plural, error: describeError(error) }, 'watch broke off');
        await backOff(signal);
      }
    }
  };

  const start = async (signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      try {
        await listAll(signal);
        await watchOn(signal);
      } catch (error) {
        if (signal.aborted) return;
        if (options.optional === true && isKubeError(error, 'NOT_FOUND')) {
          takeAll([]);
          await backOff(signal).catch(() => undefined);
          continue;
        }
        restarts.increment({ resource: resource.plural });
        const fields = { resource: resource.plural, error: describeError(error) };
        logger.warn(fields, 'listing again');
        await backOff(signal).catch(() => undefined);
      }
    }
  };

  return {
    start,
    synced,
    isSynced: () => isSynced,
    items: () => snapshot.items(),
    invalid: () => snapshot.invalid(),
    resourceVersion: () => version,
    lastEventAt: () => lastEventAt,
  };
}
