import type { Evidence } from '../../core/verdict/evidence.ts';
import type { UnavailableCode } from '../../core/verdict/reasons.ts';
import type { Clock } from '../../platform/lifecycle/clock.ts';
import type { RepositoryRef } from '../../platform/registry/registry.ts';
import { createFlights, type Flight, type Landing } from './evidence-flights.ts';
import type { EvidenceMetrics } from './evidence-metrics.ts';
import { createEvidenceStore } from './evidence-store.ts';
import { isComplete } from './merge-evidence.ts';
import type { FindSignatureRepository } from './signature-repositories.ts';
import { orDeadline } from './tag-resolver.ts';

export interface ImageKey extends RepositoryRef {
  /** `sha256:<64 lower hex>`. */
  readonly digest: string;
}

export interface EvidenceFetch {
  /**
   * Never rejects; its own time budget is inside. `fetchEvidence` bound to a registry. `onPartial` may be told once what there is
   * before everything was read, marked as unavailable where it was not.
   */
  (
    image: ImageKey,
    signal: AbortSignal,
    onPartial: (evidence: Evidence) => void,
  ): Promise<Evidence>;
}

export interface EvidenceCacheOptions {
  readonly fetch: EvidenceFetch;
  readonly clock: Clock;
  readonly metrics: EvidenceMetrics;
  /** Bound of what is kept, by `measureEvidence`. */
  readonly maxBytes: number;
  /** Whose eyes saw it: two identities may see different things in one repository. Default `anonymous`. */
  readonly credentialScope?: string;
  /** Where signatures are that are not beside their image: seen elsewhere is seen otherwise. Beside it by default. */
  readonly findSignatureRepository?: FindSignatureRepository;
  /** Evidence older than this does not exist; 24 h, at most and by default. */
  readonly maxAgeMs?: number;
  /** For all of one image's fetch; 8000 by default. */
  readonly fetchTimeoutMs?: number;
}

export interface EvidenceQuery {
  /** Older evidence, and what was read in part, is fetched again before the answer, unless its back-off holds. Absent: any will do. */
  readonly maxAgeMs?: number;
  /** Answer at once with what there is, and fetch again behind the answer what `maxAgeMs` (10 s by default) would fetch before it. */
  readonly background?: boolean;
  /**
   * Whether partial evidence will do, because it holds a signature that suffices: then the answer does not wait for a slower store, and
   * the fetch goes on behind it. Absent: it never will.
   */
  readonly isEnough?: (evidence: Evidence) => Promise<boolean>;
  /** The review's deadline. The fetch goes on for others. */
  readonly signal?: AbortSignal;
}

export type EvidenceAnswer =
  | {
      readonly kind: 'evidence';
      readonly evidence: Evidence;
      readonly ageMs: number;
      /** Younger, or whole, evidence was asked for and could not be had yet: why. The answer names the age then. */
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
   * Evidence for an image (DESIGN decision 5). `now` is the review's, in milliseconds since the epoch. Rejects only as `isEnough` does; a
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

/** Evidence by credential scope, signature repository, and image: bounded by bytes and age, one fetch for an image at a time. */
export function createEvidenceCache(options: EvidenceCacheOptions): EvidenceCache {
  const { metrics, credentialScope = 'anonymous', findSignatureRepository } = options;
  const longestAgeMs = Math.min(options.maxAgeMs ?? DAY_MS, DAY_MS);
  const store = createEvidenceStore({
    maxBytes: options.maxBytes,
    longestAgeMs,
    onSize: (bytes, entries) => {
      metrics.showCache(bytes, entries);
    },
  });
  const flights = createFlights({
    ...options,
    store,
    fetchTimeoutMs: options.fetchTimeoutMs ?? 8000,
    firstWaitMs: DENIAL_AGE_MS,
  });

  const keyOf = (image: ImageKey): string => {
    const { registry, repository, digest } = image;
    const elsewhere = findSignatureRepository?.(image);
    const place = elsewhere === undefined ? '' : `${elsewhere.registry}/${elsewhere.repository}`;
    return [credentialScope, place, registry, repository, digest].join('\n');
  };

  const answerCold = async (
    key: string,
    image: ImageKey,
    query: EvidenceQuery & { readonly now: number },
  ): Promise<EvidenceAnswer> => {
    const failed = flights.failureOf(key, query.now);
    if (failed !== undefined && !flights.isUnderWay(key)) {
      return { kind: 'unavailable', ...failed.failure, retryInMs: failed.waitMs };
    }
    const flight = flights.board(key, image, 'cold');
    const answer = await orDeadline(firstUseful(flight, query.isEnough), query.signal);
    return answer.kind === 'unavailable' ? { ...answer, retryInMs: 0 } : answerWith(answer);
  };

  const answerRefreshed = async (
    key: string,
    image: ImageKey,
    cached: Evidence,
    query: EvidenceQuery & { readonly now: number },
  ): Promise<EvidenceAnswer> => {
    const old = { kind: 'evidence', evidence: cached } as const;
    if (!flights.isUnderWay(key) && flights.waitOf(key, query.now) > 0) {
      return known(old.evidence, query.now, 'back-off');
    }
    const flight = flights.board(key, image, 'refresh');
    const answer = await orDeadline(firstUseful(flight, query.isEnough), query.signal);
    return answer.kind === 'evidence' ? answerWith(answer) : known(cached, query.now, 'deadline');
  };

  const answerWith = (landing: Landing): EvidenceAnswer => {
    if (landing.kind === 'failure') {
      return { kind: 'unavailable', ...landing.failure, retryInMs: landing.retryInMs };
    }
    const now = options.clock.now();
    return known(landing.evidence, now, landing.isHeldBack ? 'registry' : undefined);
  };

  const answer = async (
    key: string,
    image: ImageKey,
    now: number,
    query: EvidenceQuery,
  ): Promise<EvidenceAnswer> => {
    const cached = store.find(key, now);
    if (cached === undefined) return answerCold(key, image, { ...query, now });
    const age = now - cached.fetchedAt;
    const isWanting = (youngest: number): boolean => age > youngest || !isComplete(cached);
    if (query.background !== true && query.maxAgeMs !== undefined && isWanting(query.maxAgeMs)) {
      return answerRefreshed(key, image, cached, { ...query, now });
    }
    // Long before the last hour, so that a busy image never waits for its registry once a day.
    const isDue =
      query.background === true
        ? isWanting(query.maxAgeMs ?? DENIAL_AGE_MS)
        : age > longestAgeMs * 0.75;
    if (isDue && flights.waitOf(key, now) === 0 && !flights.isUnderWay(key)) {
      flights.board(key, image, 'background');
    }
    return known(cached, now);
  };

  return {
    evidenceFor: async (image, now, query = {}) => {
      const key = keyOf(image);
      const before = store.peek(key);
      const given = await answer(key, image, now, query);
      metrics.countAnswer(sourceOf(given, before));
      return given;
    },
    peek: (image, now) => store.find(keyOf(image), now),
    size: () => store.size(),
    close: () => flights.close(),
  };
}

/** What a flight brings first that will do: partial evidence that is enough, else everything. */
async function firstUseful(flight: Flight, isEnough: EvidenceQuery['isEnough']): Promise<Landing> {
  const partial = isEnough === undefined ? undefined : await flight.partial;
  if (partial !== undefined && (await isEnough?.(partial)) === true) {
    return { kind: 'evidence', evidence: partial, isHeldBack: false };
  }
  return flight.landed;
}

function known(
  evidence: Evidence,
  now: number,
  heldBack?: 'back-off' | 'registry' | 'deadline',
): EvidenceAnswer {
  const ageMs = Math.max(now - evidence.fetchedAt, 0);
  return { kind: 'evidence', evidence, ageMs, ...(heldBack === undefined ? {} : { heldBack }) };
}

function sourceOf(answer: EvidenceAnswer, before: Evidence | undefined) {
  if (answer.kind === 'unavailable') return 'unavailable' as const;
  if (answer.heldBack !== undefined) return 'held-back' as const;
  return answer.evidence === before ? ('cached' as const) : ('fetched' as const);
}
