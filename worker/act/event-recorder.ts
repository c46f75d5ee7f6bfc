import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { KeySet } from '../../core/keys/key-set.ts';
import { formatTime } from '../../core/keys/time.ts';
import { isKubeError } from '../../platform/kube/kube-error.ts';
import type { Kube } from '../../platform/kube/kube.ts';
import { RESOURCES } from '../../platform/kube/resources.ts';
import type { Clock } from '../../platform/lifecycle/clock.ts';
import { createTokenBucket, type TokenBucket } from '../../platform/lifecycle/token-bucket.ts';
import { describeError } from '../../platform/observe/describe-error.ts';
import type { Logger } from '../../platform/observe/logger.ts';
import type { WorkerMetrics } from '../metrics.ts';
import type { PlannedEvent } from '../plan/plan-events.ts';

/** Of one KeySet: so many at once, and then one more each minute. A vault that flaps must not fill etcd. */
const PACE = { burst: 25, perSecond: 1 / 60 };
/** Of all KeySets together that wait to be written; more are dropped. */
const WAITING = 500;
/** KeySets and events that are remembered. */
const REMEMBERED = 5000;

export interface EventRecorderOptions {
  readonly kube: Pick<Kube, 'create' | 'patch'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly workerMetrics: Pick<WorkerMetrics, 'events'>;
  readonly signal: AbortSignal;
}

/** Writes Kubernetes Events beside KeySets. They are for people: none is waited for, and none that fails matters to trust. */
export interface EventRecorder {
  record(keySet: Pick<KeySet, 'namespace' | 'name' | 'uid'>, events: readonly PlannedEvent[]): void;
  /** Resolves when all that was recorded so far is written or given up. */
  settled(): Promise<void>;
}

type Place = Pick<KeySet, 'namespace' | 'name' | 'uid'>;

export function createEventRecorder(options: EventRecorderOptions): EventRecorder {
  const { kube, clock, logger, workerMetrics, signal } = options;
  const counts = new LRUCache<string, number>({ max: REMEMBERED });
  const buckets = new LRUCache<string, TokenBucket>({ max: REMEMBERED });
  let waiting = 0;
  let last: Promise<void> = Promise.resolve();

  const mayTell = ({ namespace, name }: Place): boolean => {
    const key = `${namespace}/${name}`;
    const bucket = buckets.get(key) ?? createTokenBucket(PACE);
    buckets.set(key, bucket);
    return bucket.take(clock.now(), 0).kind === 'turn';
  };

  const write = async (place: Place, event: PlannedEvent, at: number): Promise<void> => {
    const { namespace } = place;
    const name = nameOf(place, event);
    const time = formatTime(at);
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    try {
      if (count === 1) {
        await kube.create(RESOURCES.events, toObject(place, event, name, time), { signal });
        return;
      }
    } catch (error) {
      // Told before this process began; how often is not known here.
      if (!isKubeError(error, 'ALREADY_EXISTS')) throw error;
    }
    const body = count === 1 ? { lastTimestamp: time } : { lastTimestamp: time, count };
    try {
      await kube.patch(RESOURCES.events, { namespace, name, signal }, { type: 'merge', body });
    } catch (error) {
      // The API server forgets events after an hour.
      if (!isKubeError(error, 'NOT_FOUND')) throw error;
      counts.set(name, 1);
      await kube.create(RESOURCES.events, toObject(place, event, name, time), { signal });
    }
  };

  const tell = async (place: Place, event: PlannedEvent, at: number): Promise<void> => {
    try {
      signal.throwIfAborted();
      await write(place, event, at);
      workerMetrics.events.increment({ outcome: 'written' });
    } catch (error) {
      workerMetrics.events.increment({ outcome: 'failed' });
      if (!signal.aborted)
        logger.debug({ error: describeError(error), reason: event.reason }, 'event not written');
    }
    waiting -= 1;
  };

  return {
    record: (place, events) => {
      for (const event of events) {
        if (waiting >= WAITING || !mayTell(place)) {
          workerMetrics.events.increment({ outcome: 'dropped' });
          continue;
        }
        waiting += 1;
        const at = clock.now();
        last = last.then(() => tell(place, event, at));
      }
    },
    settled: () => last,
  };
}

/** The same thing said of the same object is the same event. */
function nameOf({ name, uid }: Place, { reason, message }: PlannedEvent): string {
  const hash = createHash('sha256').update(`${uid}\n${reason}\n${message}`).digest('hex');
  return `${name.slice(0, 200).replace(/[^a-z0-9]+$/u, '')}.${hash.slice(0, 16)}`;
}

function toObject(
  place: Place,
  { type, reason, message }: PlannedEvent,
  name: string,
  time: string,
) {
  const { namespace } = place;
  return {
    metadata: { name, namespace },
    involvedObject: {
      apiVersion: `${RESOURCES.keySets.group}/${RESOURCES.keySets.version}`,
      kind: RESOURCES.keySets.kind,
      namespace,
      name: place.name,
      uid: place.uid,
    },
    type,
    reason,
    message,
    source: { component: 'keyward-worker' },
    reportingComponent: 'keyward-worker',
    firstTimestamp: time,
    lastTimestamp: time,
    count: 1,
  };
}
