import type { Metrics } from '../../platform/observe/metrics.ts';

export type FetchTrigger = 'cold' | 'refresh' | 'background';

export interface EvidenceMetrics {
  countFetch(trigger: FetchTrigger, outcome: 'complete' | 'partial' | 'unavailable'): void;
  countAnswer(source: 'cached' | 'fetched' | 'held-back' | 'unavailable'): void;
  showCache(bytes: number, entries: number): void;
}

/** Fetches are counted by what triggered them: background refetches after a denial are apart from those somebody waits for. */
export function createEvidenceMetrics(metrics: Metrics): EvidenceMetrics {
  const fetches = metrics.counter({
    name: 'keyward_evidence_fetches_total',
    help: 'Evidence fetched from registries, by trigger and outcome.',
    labels: {
      trigger: ['cold', 'refresh', 'background'],
      outcome: ['complete', 'partial', 'unavailable'],
    },
  });
  const answers = metrics.counter({
    name: 'keyward_evidence_answers_total',
    help: 'Requests for the evidence of an image, by where the answer came from.',
    labels: { source: ['cached', 'fetched', 'held-back', 'unavailable'] },
  });
  const bytes = metrics.gauge({
    name: 'keyward_evidence_cache_bytes',
    help: 'About how much memory the cached evidence takes.',
  });
  const entries = metrics.gauge({
    name: 'keyward_evidence_cache_entries',
    help: 'Images with cached evidence.',
  });
  return {
    countFetch: (trigger, outcome) => {
      fetches.increment({ trigger, outcome });
    },
    countAnswer: (source) => {
      answers.increment({ source });
    },
    showCache: (size, count) => {
      bytes.set({}, size);
      entries.set({}, count);
    },
  };
}
