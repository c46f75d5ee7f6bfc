import { LRUCache } from 'lru-cache';
import { delay, type Clock } from '../lifecycle/clock.ts';
import type { RegistryOperation } from './registry-metrics.ts';
import { RegistryError } from './registry-error.ts';
import {
  createTokenBucket,
  type BucketLimits,
  type TokenBucket,
} from '../lifecycle/token-bucket.ts';

/** How often one registry may be asked by this process. */
export interface RequestLimits {
  /** Everything, referrers included. */
  readonly requests: BucketLimits;
  /** Lists of referrers, which Azure counts apart and far more strictly (azure.md section 10.3). */
  readonly referrers: BucketLimits;
}

export interface RequestGate {
  /** Resolves when the question may be asked. Rejects with REGISTRY_THROTTLED at once when that is not soon. */
  pass(host: string, operation: RegistryOperation, signal: AbortSignal): Promise<void>;
  /** The registry wishes to be left alone: `retryAfter` is its header, seconds or a date. */
  hold(host: string, operation: RegistryOperation, retryAfter: string): void;
}

/** Who would wait longer is told so: the review that asks has some seconds in all. */
const LONGEST_WAIT_MS = 2000;
/** A registry cannot make itself, and every image in it, unavailable for longer than this by one header. */
const LONGEST_HOLD_MS = 60_000;
const HOSTS_LIMIT = 1000;

type Lane = 'requests' | 'referrers';

/**
 * Keeps within a registry's quota, and away from it while it says so. A registry that refuses lists of referrers may still be asked for
 * signature tags, which may be all that an image needs; one that refuses anything else is asked for nothing.
 */
export function createRequestGate(clock: Clock, limits: RequestLimits | undefined): RequestGate {
  const holds = new LRUCache<string, number>({ max: HOSTS_LIMIT });
  const buckets = new LRUCache<string, TokenBucket>({ max: HOSTS_LIMIT });

  const bucketOf = (host: string, lane: Lane, limit: BucketLimits): TokenBucket => {
    const key = `${host} ${lane}`;
    const bucket = buckets.get(key) ?? createTokenBucket(limit);
    buckets.set(key, bucket);
    return bucket;
  };

  const refuseHeld = (host: string, lane: Lane): void => {
    const left = (holds.get(`${host} ${lane}`) ?? 0) - clock.now();
    // More than was ever set: the clock was set back.
    if (left <= 0 || left > LONGEST_HOLD_MS) return;
    throw throttled(`${host} wants to be left alone: it is asked again in ${seconds(left)} s`);
  };

  return {
    pass: async (host, operation, signal) => {
      const lanes: readonly Lane[] =
        operation === 'referrers' ? ['referrers', 'requests'] : ['requests'];
      for (const lane of lanes) refuseHeld(host, lane);
      if (limits === undefined) return;
      for (const lane of lanes) {
        const wait = bucketOf(host, lane, limits[lane]).take(clock.now(), LONGEST_WAIT_MS);
        if (wait.kind === 'too-long') {
          const limit = `${limits[lane].perSecond} ${lane} a second`;
          throw throttled(
            `keyward asks ${host} at most ${limit}: the next turn is in ${seconds(wait.milliseconds)} s`,
          );
        }
        if (wait.milliseconds > 0) await delay(clock, wait.milliseconds, signal);
      }
    },
    hold: (host, operation, retryAfter) => {
      const wish = parseRetryAfter(retryAfter, clock.now());
      if (wish === undefined) return;
      const lane = operation === 'referrers' ? 'referrers' : 'requests';
      holds.set(`${host} ${lane}`, clock.now() + Math.min(wish, LONGEST_HOLD_MS));
    },
  };
}

/** Milliseconds; `undefined`: unreadable (RFC 9110 section 10.2.3). */
function parseRetryAfter(value: string, now: number): number | undefined {
  if (/^\d{1,9}$/u.test(value)) return Number(value) * 1000;
  if (!/^[A-Z][a-z]{2}, [\w :]+ GMT$/u.test(value)) return undefined;
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(at - now, 0);
}

function throttled(message: string): RegistryError {
  return new RegistryError('REGISTRY_THROTTLED', message);
}

function seconds(milliseconds: number): number {
  return Math.ceil(milliseconds / 1000);
}
