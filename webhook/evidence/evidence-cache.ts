import { LRUCache } from 'lru-cache';
import type { Evidence } from '../../core/verdict/evidence.ts';
import type { UnavailableCode } from '../../core/verdict/reasons.ts';
import type { Clock } from '../../platform/lifecycle/clock.ts';
import type { RepositoryRef } from '../../platform/registry/registry.ts';
import { createBackOff } from './back-off.ts';
import type { EvidenceMetrics, FetchTrigger } from './evidence-metrics.ts';
import { measureEvidence } from './evidence-size.ts';
import { holdsSame, isComplete, isEmptyHanded, mergeEvidence } from './merge-evidence.ts';
import { orDeadline } from './tag-resolver.ts';

export interface ImageKey extends RepositoryRef {
  /** `sha256:<64 lower hex>`. */
  readonly digest: string;
}

export interface EvidenceFetch {
  /** Never rejects; its own time budget is inside. `fetchEvidence` bound to a registry. */
  (image: ImageKey, signal: AbortSignal): Promise<Evidence>;
}

export interface EvidenceCacheOptions {
  readonly fetch: EvidenceFetch;
  readonly clock: Clock;
  readonly metrics: EvidenceMetrics;
  /** Bound of what is kept, by `measureEvidence`. */
  readonly maxBytes: number;
  /** Whose eyes saw it: two identities may see different things in one repository. Default `anonymous`. */
  readonly credentialScope?: string;
  /** Evidence older than this does not exist; 24 h, at most and by default. */
  readonly maxAgeMs?: number;
  /** For all of one image's fetch; 8000 by default. */
  readonly fetchTimeoutMs?: number;
}

export interface EvidenceQuery {
  /** Older evidence is fetched again before the answer, unless the image's back-off holds. Absent: any age will do. */
  readonly maxAgeMs?: number;
  /** Answer at once with what there is, and fetch again afterwards when it is older than `maxAgeMs` (10 s by default). */
  readonly background?: boolean;
  /** The review's deadline. The fetch goes on for others. */
  readonly signal?: AbortSignal;
}

export type EvidenceAnswer =
  | {
      readonly kind: 'evidence';
      readonly evidence: Evidence;
      readonly ageMs: number;
      /** Younger evidence was asked for and could not be had yet: why. The answer names the age then. */
      readonly heldBack?: 'back-off' | 'registry' | 'deadline';
    }
  | {
      readonly kind: 'unavailable';
      readonly code: UnavailableCode;
      readonly detail: string;
      /** Until the registry is asked again for this image. */
      readonly retryInMs: number;
    };

export interface EvidenceCache {
  /**
   * Evidence for an image (DESIGN decision 5). `now` is the review's, in milliseconds since the epoch. Never rejects; a
   * failure is never kept as an absence of signatures.
   */
  evidenceFor(image: ImageKey, now: number, query?: EvidenceQuery): Promise<EvidenceAnswer>;
  /** What is cached, whatever its age up to 24 h; asks nobody. */
  peek(image: ImageKey, now: number): Evidence | undefined;
  size(): { readonly bytes: number; readonly entries: number };
  /** Ends fetches under way. Resolves when none is left. */
  close(): Promise<void>;
}

const DAY_MS = 24 * 3600 * 1000;
const DENIAL_AGE_MS = 10_000;
/** Two replicas' clocks, or a review's `now` taken before a fetch. */
const CLOCK_SLACK_MS = 60_000;

/** Evidence by (registry, repository, digest, credential scope), bounded by bytes and age, one fetch for an image at a time. */
export function createEvidenceCache(options: EvidenceCacheOptions): EvidenceCache {
  const { clock, metrics } = options;
  const longestAge = Math.min(options.maxAgeMs ?? DAY_MS, DAY_MS);
  const entries = new LRUCache<string, Evidence>({
    maxSize: options.maxBytes,
    maxEntrySize: options.maxBytes,
    sizeCalculation: measureEvidence,
  });
  const backOff = createBackOff(DENIAL_AGE_MS);
  const failureBackOff = createBackOff(1000);
  const failures = new LRUCache<string, Unavailable>({ max: 10_000 });
  const running = new Map<string, Promise<EvidenceAnswer>>();
  const stopping = new AbortController();

  const keyOf = ({ registry, repository, digest }: ImageKey): string =>
    [options.credentialScope ?? 'anonymous', registry, repository, digest].join('\n');

  const find = (key: string, now: number): Evidence | undefined => {
    const evidence = entries.get(key);
    if (evidence === undefined) return undefined;
    const age = now - evidence.fetchedAt;
    if (age <= longestAge && age >= -CLOCK_SLACK_MS) return evidence;
    entries.delete(key);
    return undefined;
  };

  const store = (key: string, evidence: Evidence): void => {
    entries.set(key, evidence);
    metrics.showCache(entries.calculatedSize, entries.size);
  };

  const fetchOnce = async (
    key: string,
    image: ImageKey,
    trigger: FetchTrigger,
  ): Promise<EvidenceAnswer> => {
    const signal = AbortSignal.any([
      stopping.signal,
      AbortSignal.timeout(options.fetchTimeoutMs ?? 8000),
    ]);
    const fresh = await options.fetch(image, signal);
    const now = clock.now();
    const earlier = find(key, now);
    metrics.countFetch(trigger, outcomeOf(fresh));
    if (isComplete(fresh)) failureBackOff.reset(key);
    else failureBackOff.lengthen(key, now);
    if (isEmptyHanded(fresh)) {
      const failure = describeFailure(fresh);
      failures.set(key, failure);
      if (earlier !== undefined) return answerWith(earlier, now, 'registry');
      return { ...failure, retryInMs: failureBackOff.remaining(key, now) };
    }
    const merged = mergeEvidence(earlier, fresh);
    if (earlier !== undefined && isComplete(fresh)) {
      if (holdsSame(earlier, merged)) backOff.lengthen(key, now);
      else backOff.reset(key);
    }
    store(key, merged);
    return answerWith(merged, now, isComplete(fresh) ? undefined : 'registry');
  };

  const fetchShared = (
    key: string,
    image: ImageKey,
    trigger: FetchTrigger,
  ): Promise<EvidenceAnswer> => {
    const underWay = running.get(key);
    if (underWay !== undefined) return underWay;
    const work = fetchOnce(key, image, trigger)
      .catch((): EvidenceAnswer => {
        failureBackOff.lengthen(key, clock.now());
        const detail = 'fetching evidence failed inside keyward';
        return { kind: 'unavailable', code: 'INTERNAL_ERROR', detail, retryInMs: 1000 };
      })
      .finally(() => running.delete(key));
    running.set(key, work);
    return work;
  };

  const waitOf = (key: string, now: number): number =>
    Math.max(backOff.remaining(key, now), failureBackOff.remaining(key, now));

  const answerCold = async (
    key: string,
    image: ImageKey,
    now: number,
    signal: AbortSignal | undefined,
  ): Promise<EvidenceAnswer> => {
    const wait = failureBackOff.remaining(key, now);
    const failure = failures.get(key);
    if (wait > 0 && failure !== undefined && !running.has(key)) {
      return { ...failure, retryInMs: wait };
    }
    const answer = await orDeadline(fetchShared(key, image, 'cold'), signal);
    return 'retryInMs' in answer || answer.kind === 'evidence'
      ? answer
      : { ...answer, retryInMs: 0 };
  };

  const answerRefreshed = async (
    key: string,
    image: ImageKey,
    cached: Evidence,
    query: EvidenceQuery & { readonly now: number },
  ): Promise<EvidenceAnswer> => {
    if (!running.has(key) && waitOf(key, query.now) > 0) {
      return answerWith(cached, query.now, 'back-off');
    }
    const answer = await orDeadline(fetchShared(key, image, 'refresh'), query.signal);
    return answer.kind === 'evidence' ? answer : answerWith(cached, query.now, 'deadline');
  };

  const evidenceFor: EvidenceCache['evidenceFor'] = async (image, now, query = {}) => {
    const key = keyOf(image);
    const cached = find(key, now);
    if (cached === undefined) return answerCold(key, image, now, query.signal);
    const age = now - cached.fetchedAt;
    if (query.background === true) {
      const due = age > (query.maxAgeMs ?? DENIAL_AGE_MS) && waitOf(key, now) === 0;
      if (due && !running.has(key)) void fetchShared(key, image, 'background');
      return answerWith(cached, now);
    }
    if (query.maxAgeMs !== undefined && age > query.maxAgeMs) {
      return answerRefreshed(key, image, cached, { ...query, now });
    }
    // Long before the last hour, so that a busy image never waits for its registry once a day.
    const old = age > longestAge * 0.75 && waitOf(key, now) === 0;
    if (old && !running.has(key)) void fetchShared(key, image, 'background');
    return answerWith(cached, now);
  };

  return {
    evidenceFor: async (image, now, query) => {
      const before = entries.peek(keyOf(image));
      const answer = await evidenceFor(image, now, query);
      metrics.countAnswer(sourceOf(answer, before));
      return answer;
    },
    peek: (image, now) => find(keyOf(image), now),
    size: () => ({ bytes: entries.calculatedSize, entries: entries.size }),
    close: async () => {
      stopping.abort();
      await Promise.all(running.values());
    },
  };
}

type Unavailable = Omit<Extract<EvidenceAnswer, { kind: 'unavailable' }>, 'retryInMs'>;

function answerWith(
  evidence: Evidence,
  now: number,
  heldBack?: 'back-off' | 'registry' | 'deadline',
): EvidenceAnswer {
  const ageMs = Math.max(now - evidence.fetchedAt, 0);
  return { kind: 'evidence', evidence, ageMs, ...(heldBack === undefined ? {} : { heldBack }) };
}

function describeFailure(evidence: Evidence): Unavailable {
  const unread = evidence.candidates.find((candidate) => candidate.kind === 'unavailable');
  return {
    kind: 'unavailable',
    code: unread?.code ?? 'INTERNAL_ERROR',
    detail: unread?.detail ?? '',
  };
}

function outcomeOf(evidence: Evidence): 'complete' | 'partial' | 'unavailable' {
  if (isComplete(evidence)) return 'complete';
  return isEmptyHanded(evidence) ? 'unavailable' : 'partial';
}

function sourceOf(answer: EvidenceAnswer, before: Evidence | undefined) {
  if (answer.kind === 'unavailable') return 'unavailable' as const;
  if (answer.heldBack !== undefined) return 'held-back' as const;
  return answer.evidence === before ? ('cached' as const) : ('fetched' as const);
}
