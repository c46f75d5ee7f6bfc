import { LRUCache } from 'lru-cache';
import type { Candidate, Evidence } from '../../core/verdict/evidence.ts';
import { measureEvidence } from './evidence-size.ts';

export interface EvidenceStore {
  /** `undefined`: there is none, or none young enough. */
  find(key: string, now: number): Evidence | undefined;
  /** Whatever its age, and without counting as a use. */
  peek(key: string): Evidence | undefined;
  /** Gives it as it is kept. */
  set(key: string, evidence: Evidence): Evidence;
  size(): { readonly bytes: number; readonly entries: number };
}

export interface EvidenceStoreOptions {
  /** Bound of what is kept, by `measureEvidence`. */
  readonly maxBytes: number;
  readonly longestAgeMs: number;
  readonly onSize: (bytes: number, entries: number) => void;
}

/** Two replicas' clocks, or a review's `now` taken before a fetch. */
const CLOCK_SLACK_MS = 60_000;
/** Repositories whose names are held once, whatever the number of their images. */
const SHARED_TEXTS = 4096;

/** Evidence by key, bounded by bytes and age; what was not asked for longest goes first. */
export function createEvidenceStore(options: EvidenceStoreOptions): EvidenceStore {
  const { maxBytes, longestAgeMs, onSize } = options;
  const entries = new LRUCache<string, StoredEvidence>({
    maxSize: maxBytes,
    maxEntrySize: maxBytes,
    sizeCalculation: measureEvidence,
  });
  const shared = new LRUCache<string, string>({ max: SHARED_TEXTS });
  const share = (text: string): string => {
    const known = shared.get(text);
    if (known === undefined) shared.set(text, text);
    return known ?? text;
  };
  return {
    find: (key, now) => {
      const evidence = entries.get(key);
      if (evidence === undefined) return undefined;
      const age = now - evidence.fetchedAt;
      if (age <= longestAgeMs && age >= -CLOCK_SLACK_MS) return evidence;
      entries.delete(key);
      return undefined;
    },
    peek: (key) => entries.peek(key),
    set: (key, evidence) => {
      const stored = new StoredEvidence(evidence, share);
      entries.set(key, stored);
      onSize(entries.calculatedSize, entries.size);
      return stored;
    },
    size: () => ({ bytes: entries.calculatedSize, entries: entries.size }),
  };
}

/** Evidence without what its images share, and what follows from the digest. */
class StoredEvidence implements Evidence {
  readonly repository: string;
  readonly digest: string;
  readonly candidates: readonly Candidate[];
  readonly fetchedAt: number;
  readonly #places: string;

  constructor(evidence: Evidence, share: (text: string) => string) {
    this.repository = share(evidence.repository);
    this.digest = evidence.digest;
    // A copy has no room to grow.
    this.candidates = evidence.candidates.slice();
    this.fetchedAt = evidence.fetchedAt;
    this.#places = share(evidence.lookedAt.join('\n').replaceAll(hexOf(evidence.digest), '\t'));
  }

  get lookedAt(): readonly string[] {
    return this.#places === '' ? [] : this.#places.replaceAll('\t', hexOf(this.digest)).split('\n');
  }
}

function hexOf(digest: string): string {
  return digest.slice(digest.indexOf(':') + 1);
}
