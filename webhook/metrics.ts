import { DENY_CODES, UNAVAILABLE_CODES } from '../core/verdict/reasons.ts';
import type { Verdict } from '../core/verdict/verdict.ts';
import type { Metrics } from '../platform/observe/metrics.ts';

const OUTCOMES = ['allowed', 'denied', 'unavailable', 'not-a-review'] as const;
const UNREAD = ['overloaded', 'too-large', 'content-type', 'not-utf8', 'cut-off'] as const;

export interface WebhookMetrics {
  countReview(
    endpoint: 'validate' | 'mutate',
    outcome: (typeof OUTCOMES)[number],
    seconds: number,
  ): void;
  countVerdict(verdict: Verdict): void;
  countTrial(result: 'valid' | 'invalid' | 'encoding'): void;
  countRefusedConnection(reason: (typeof UNREAD)[number]): void;
  showTrust(trustedVersions: number, missingKinds: number): void;
}

export function createWebhookMetrics(metrics: Metrics): WebhookMetrics {
  const reviews = metrics.counter({
    name: 'keyward_webhook_reviews_total',
    help: 'Admission reviews answered, by endpoint and outcome.',
    labels: { endpoint: ['validate', 'mutate'], outcome: OUTCOMES },
  });
  const duration = metrics.histogram({
    name: 'keyward_webhook_review_seconds',
    help: 'From the whole body to the answer, by endpoint.',
    labels: { endpoint: ['validate', 'mutate'] },
  });
  const verdicts = metrics.counter({
    name: 'keyward_webhook_verdicts_total',
    help: 'Verdicts on images, and on reviews refused whole, by reason code; ALLOW where there is none.',
    labels: { code: ['ALLOW', ...DENY_CODES, ...UNAVAILABLE_CODES] },
  });
  const trials = metrics.counter({
    name: 'keyward_webhook_signature_trials_total',
    help: 'Keys tried on signatures, by what came of it. Answers remembered are not counted.',
    labels: { result: ['valid', 'invalid', 'encoding'] },
  });
  const refused = metrics.counter({
    name: 'keyward_webhook_refused_requests_total',
    help: 'Requests refused before they were read, by reason.',
    labels: { reason: UNREAD },
  });
  const trusted = metrics.gauge({
    name: 'keyward_webhook_trusted_versions',
    help: 'Key versions that this replica trusts now.',
  });
  const missing = metrics.gauge({
    name: 'keyward_webhook_missing_kinds',
    help: 'Kinds that this replica has not listed yet; above 0 it is not ready.',
  });
  return {
    countReview: (endpoint, outcome, seconds) => {
      reviews.increment({ endpoint, outcome });
      duration.observe({ endpoint }, seconds);
    },
    countVerdict: (verdict) => {
      verdicts.increment({ code: verdict.kind === 'allow' ? 'ALLOW' : verdict.code });
    },
    countTrial: (result) => {
      trials.increment({ result });
    },
    countRefusedConnection: (reason) => {
      refused.increment({ reason });
    },
    showTrust: (versions, kinds) => {
      trusted.set({}, versions);
      missing.set({}, kinds);
    },
  };
}
