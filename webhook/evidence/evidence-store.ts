import { LRUCache } from 'lru-cache';
import type { Evidence } from '../../core/verdict/evidence.ts';
import { measureEvidence } from './evidence-size.ts';

export interface EvidenceStore {
  /** `undefined`: there is none, or none young enough. */
  find(key: string, now: number): Evidence | undefined;
  /** Whatever its age, and without counting as a use. */
  peek(key: string): Evidence | undefined;
  set(key: string, evidence: Evidence): void;
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

/** Evidence by key, bounded by bytes and age; what was not asked for longest goes first. */
export function createEvidenceStore(options: EvidenceStoreOptions): EvidenceStore {
  const { maxBytes, longestAgeMs, onSize } = options;
  const entries = new LRUCache<string, Evidence>({
    maxSize: maxBytes,
    maxEntrySize: maxBytes,
    sizeCalculation: measureEvidence,
  });
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
      entries.set(key, evidence);
      onSize(entries.calculatedSize, entries.size);
    },
    size: () => ({ bytes: entries.calculatedSize, entries: entries.size }),
  };
}
