import { createFakeClock } from '../../../../platform/lifecycle/fake-clock.ts';
import { createMetrics } from '../../../../platform/observe/metrics.ts';
import {
  createEvidenceCache,
  type EvidenceAnswer,
  type EvidenceCacheOptions,
  type EvidenceQuery,
  type ImageKey,
} from '../../../../webhook/evidence/evidence-cache.ts';
import { createEvidenceMetrics } from '../../../../webhook/evidence/evidence-metrics.ts';
import { createEvidenceSource, KEY } from '../../../support/evidence-source.ts';
import { metricValue } from '../../../support/metric-value.ts';
import { NOW } from '../../../support/trust.ts';
import { waitUntil } from '../../../support/wait-until.ts';

export const SECOND = 1000;
export const HOUR = 3600 * SECOND;

/** The real cache over a fake fetch and a clock that stands still. */
export function createSetup(options: Partial<EvidenceCacheOptions> = {}) {
  const clock = createFakeClock(NOW);
  const source = createEvidenceSource(clock);
  const metrics = createMetrics();
  const cache = createEvidenceCache({
    fetch: source.fetch,
    clock,
    metrics: createEvidenceMetrics(metrics),
    maxBytes: 1024 * 1024,
    ...options,
  });
  return {
    clock,
    source,
    cache,
    ask: (query?: EvidenceQuery, image: ImageKey = KEY) =>
      cache.evidenceFor(image, clock.now(), query),
    countFetches: (trigger: 'cold' | 'refresh' | 'background') =>
      metricValue(metrics, 'keyward_evidence_fetches_total', { trigger }),
    countAnswers: (from: 'cached' | 'fetched' | 'held-back' | 'unavailable') =>
      metricValue(metrics, 'keyward_evidence_answers_total', { source: from }),
    /** Until that many fetches have come back and what they brought is in place. */
    untilFetched: (count: number) =>
      waitUntil(
        async () => (await metricValue(metrics, 'keyward_evidence_fetches_total')) >= count,
        `fetch ${count}`,
      ),
  };
}

export type Found = Extract<EvidenceAnswer, { kind: 'evidence' }>;

/** The answer, which must be evidence. */
export function found(answer: EvidenceAnswer): Found {
  if (answer.kind !== 'evidence') throw new Error(JSON.stringify(answer));
  return answer;
}
