import { LRUCache } from 'lru-cache';

/**
 * When an image may be fetched again without a person waiting longer than 60 s for a new signature to be seen, and without a
 * denied, crash-looping Deployment eating the registry's quota (azure.md section 10.3).
 */
export interface BackOff {
  /** Milliseconds until the next fetch is due; 0 = now. */
  remaining(key: string, now: number): number;
  /** A fetch failed, or brought nothing new. */
  lengthen(key: string, now: number): void;
  reset(key: string): void;
}

const LONGEST_MS = 60_000;
const KEYS_LIMIT = 100_000;

/** Waits `firstMs`, then twice as long each time, 60 s at most. */
export function createBackOff(firstMs: number): BackOff {
  const waits = new LRUCache<string, { readonly until: number; readonly step: number }>({
    max: KEYS_LIMIT,
  });
  return {
    remaining: (key, now) => {
      const left = (waits.get(key)?.until ?? 0) - now;
      // More than was ever set: the clock was set back, and must not make a wait of hours out of one of seconds.
      return left > LONGEST_MS ? 0 : Math.max(left, 0);
    },
    lengthen: (key, now) => {
      const previous = waits.get(key)?.step ?? 0;
      const step = previous === 0 ? firstMs : Math.min(previous * 2, LONGEST_MS);
      waits.set(key, { until: now + step, step });
    },
    reset: (key) => {
      waits.delete(key);
    },
  };
}
