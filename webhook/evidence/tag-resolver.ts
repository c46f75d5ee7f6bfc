import { LRUCache } from 'lru-cache';
import type { UnavailableCode } from '../../core/verdict/reasons.ts';
import type { Clock } from '../../platform/lifecycle/clock.ts';
import type { Registry, RepositoryRef } from '../../platform/registry/registry.ts';
import { RegistryError } from '../../platform/registry/registry-error.ts';

export type TagResolution =
  | { readonly kind: 'digest'; readonly digest: string }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unavailable'; readonly code: UnavailableCode; readonly detail: string };

export interface TagResolver {
  /** Never rejects. The digest is our hash of the manifest that the tag named at that moment. */
  resolveTag(ref: RepositoryRef, tag: string, signal?: AbortSignal): Promise<TagResolution>;
}

export interface TagResolverOptions {
  readonly registry: Registry;
  readonly clock: Clock;
  /**
   * How long one resolution serves, in milliseconds: long enough for a review's /mutate and the /validate that follows it, so
   * that both judge the same digest, and short enough that a moved tag is soon seen. Default 5000.
   */
  readonly shareMs?: number;
  /** For one resolution, whoever waits for it; default 5000. */
  readonly timeoutMs?: number;
}

const TAGS_LIMIT = 10_000;

/** Shares a resolution that is under way and, for a moment, one that succeeded. Failures and absences are not kept. */
export function createTagResolver(options: TagResolverOptions): TagResolver {
  const { registry, clock, shareMs = 5000, timeoutMs = 5000 } = options;
  const resolved = new LRUCache<string, { readonly digest: string; readonly at: number }>({
    max: TAGS_LIMIT,
  });
  const running = new Map<string, Promise<TagResolution>>();

  const resolve = async (ref: RepositoryRef, tag: string): Promise<TagResolution> => {
    try {
      const digest = await registry.resolveTag(ref, tag, {
        signal: AbortSignal.timeout(timeoutMs),
      });
      return digest === undefined ? { kind: 'absent' } : { kind: 'digest', digest };
    } catch (error) {
      const known = error instanceof RegistryError;
      return known
        ? { kind: 'unavailable', code: error.code, detail: error.message }
        : { kind: 'unavailable', code: 'INTERNAL_ERROR', detail: 'resolving a tag failed' };
    }
  };

  const share = (key: string, ref: RepositoryRef, tag: string): Promise<TagResolution> => {
    const underWay = running.get(key);
    if (underWay !== undefined) return underWay;
    const started = clock.now();
    const resolution = resolve(ref, tag).then((result) => {
      running.delete(key);
      if (result.kind === 'digest') resolved.set(key, { digest: result.digest, at: started });
      return result;
    });
    running.set(key, resolution);
    return resolution;
  };

  return {
    resolveTag: async (ref, tag, signal) => {
      const key = `${ref.registry}/${ref.repository}:${tag}`;
      const recent = resolved.get(key);
      const age = recent === undefined ? undefined : clock.now() - recent.at;
      if (recent !== undefined && age !== undefined && age >= 0 && age <= shareMs) {
        return { kind: 'digest', digest: recent.digest };
      }
      return orDeadline(share(key, ref, tag), signal);
    },
  };
}

const TOO_LATE = {
  kind: 'unavailable',
  code: 'DEADLINE',
  detail: 'the review had no time left',
} as const;

/** The shared work goes on for others when this waiter's time is up. */
export async function orDeadline<T>(
  work: Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T | typeof TOO_LATE> {
  if (signal === undefined) return work;
  if (signal.aborted) {
    // Nobody is left to hear of a failure, which must not end the process.
    work.catch(() => undefined);
    return TOO_LATE;
  }
  let abort: (() => void) | undefined;
  const aborted = new Promise<typeof TOO_LATE>((resolve) => {
    abort = () => {
      resolve(TOO_LATE);
    };
    signal.addEventListener('abort', abort, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    if (abort !== undefined) signal.removeEventListener('abort', abort);
  }
}
