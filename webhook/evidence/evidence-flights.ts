import { LRUCache } from 'lru-cache';
import type { Evidence } from '../../core/verdict/evidence.ts';
import type { UnavailableCode } from '../../core/verdict/reasons.ts';
import type { Clock } from '../../platform/lifecycle/clock.ts';
import { createBackOff } from './back-off.ts';
import type { EvidenceFetch, ImageKey } from './evidence-cache.ts';
import type { EvidenceMetrics, FetchTrigger } from './evidence-metrics.ts';
import type { EvidenceStore } from './evidence-store.ts';
import { holdsSame, isComplete, isEmptyHanded, mergeEvidence } from './merge-evidence.ts';

export interface FlightOptions {
  readonly fetch: EvidenceFetch;
  readonly store: EvidenceStore;
  readonly clock: Clock;
  readonly metrics: EvidenceMetrics;
  readonly fetchTimeoutMs: number;
  /** After a fetch that brought nothing new. */
  readonly firstWaitMs: number;
}

/** Why there is nothing to answer with. */
export interface Failure {
  readonly code: UnavailableCode;
  readonly detail: string;
}

export type Landing =
  | {
      readonly kind: 'evidence';
      readonly evidence: Evidence;
      /** Some of it could not be read now. */
      readonly isHeldBack: boolean;
    }
  | { readonly kind: 'failure'; readonly failure: Failure; readonly retryInMs: number };

/** One fetch for an image, whoever waits for it. Neither promise rejects. */
export interface Flight {
  /** What there is before everything was read, merged with what was known; undefined when everything came at once. */
  readonly partial: Promise<Evidence | undefined>;
  readonly landed: Promise<Landing>;
}

export interface Flights {
  /** The one under way for this key, or a new one. */
  board(key: string, image: ImageKey, trigger: FetchTrigger): Flight;
  isUnderWay(key: string): boolean;
  /** Milliseconds until a fetch is due for this key; 0 = now. */
  waitOf(key: string, now: number): number;
  /** What the last fetch failed with, while its back-off holds. */
  failureOf(
    key: string,
    now: number,
  ): { readonly failure: Failure; readonly waitMs: number } | undefined;
  /** Ends all. Resolves when none is left. */
  close(): Promise<void>;
}

const FIRST_FAILURE_WAIT_MS = 1000;
const FAILURES_LIMIT = 10_000;

/** Fetches of evidence: one for an image at a time, backed off after failures and where nothing changes; what they bring is stored. */
export function createFlights(options: FlightOptions): Flights {
  const { store, clock, metrics } = options;
  const backOff = createBackOff(options.firstWaitMs);
  const failureBackOff = createBackOff(FIRST_FAILURE_WAIT_MS);
  const failures = new LRUCache<string, Failure>({ max: FAILURES_LIMIT });
  const flights = new Map<string, Flight>();
  const underWay = new Set<AbortController>();
  let isClosed = false;

  const land = (key: string, fresh: Evidence): Landing => {
    const now = clock.now();
    const earlier = store.find(key, now);
    const isWhole = isComplete(fresh);
    if (isWhole) failureBackOff.reset(key);
    else failureBackOff.lengthen(key, now);
    if (isEmptyHanded(fresh)) {
      const failure = describeFailure(fresh);
      failures.set(key, failure);
      return earlier === undefined
        ? { kind: 'failure', failure, retryInMs: failureBackOff.remaining(key, now) }
        : { kind: 'evidence', evidence: earlier, isHeldBack: true };
    }
    const merged = mergeEvidence(earlier, fresh);
    if (earlier !== undefined && isWhole) {
      if (holdsSame(earlier, merged)) backOff.lengthen(key, now);
      else backOff.reset(key);
    }
    return { kind: 'evidence', evidence: store.set(key, merged), isHeldBack: !isWhole };
  };

  const crash = (key: string): Landing => {
    const now = clock.now();
    failureBackOff.lengthen(key, now);
    const detail = 'fetching evidence failed inside keyward';
    const failure = { code: 'INTERNAL_ERROR', detail } as const;
    failures.set(key, failure);
    return { kind: 'failure', failure, retryInMs: failureBackOff.remaining(key, now) };
  };

  const start = (key: string, image: ImageKey, trigger: FetchTrigger): Flight => {
    const ending = new AbortController();
    underWay.add(ending);
    // AbortSignal.timeout would hold its timer, and what hangs on it, long after a quick fetch.
    const timer = setTimeout(() => {
      ending.abort(new DOMException('the fetch took too long', 'TimeoutError'));
    }, options.fetchTimeoutMs).unref();
    if (isClosed) ending.abort();
    const partial = Promise.withResolvers<Evidence | undefined>();
    const tellPartial = (evidence: Evidence) => {
      partial.resolve(mergeEvidence(store.find(key, clock.now()), evidence));
    };
    const work = async (): Promise<Landing> => {
      try {
        const fresh = await options.fetch(image, ending.signal, tellPartial);
        const landing = land(key, fresh);
        metrics.countFetch(trigger, outcomeOf(fresh));
        return landing;
      } catch {
        return crash(key);
      } finally {
        clearTimeout(timer);
        underWay.delete(ending);
        flights.delete(key);
        partial.resolve(undefined);
      }
    };
    return { partial: partial.promise, landed: work() };
  };

  return {
    board: (key, image, trigger) => {
      const boarding = flights.get(key);
      if (boarding !== undefined) return boarding;
      const flight = start(key, image, trigger);
      flights.set(key, flight);
      return flight;
    },
    isUnderWay: (key) => flights.has(key),
    waitOf: (key, now) => Math.max(backOff.remaining(key, now), failureBackOff.remaining(key, now)),
    failureOf: (key, now) => {
      const waitMs = failureBackOff.remaining(key, now);
      const failure = failures.get(key);
      return waitMs > 0 && failure !== undefined ? { failure, waitMs } : undefined;
    },
    close: async () => {
      isClosed = true;
      for (const ending of underWay) ending.abort();
      await Promise.all([...flights.values()].map(({ landed }) => landed));
    },
  };
}

function describeFailure(evidence: Evidence): Failure {
  const unread = evidence.candidates.find((candidate) => candidate.kind === 'unavailable');
  return { code: unread?.code ?? 'INTERNAL_ERROR', detail: unread?.detail ?? '' };
}

function outcomeOf(evidence: Evidence): 'complete' | 'partial' | 'unavailable' {
  if (isComplete(evidence)) return 'complete';
  return isEmptyHanded(evidence) ? 'unavailable' : 'partial';
}
