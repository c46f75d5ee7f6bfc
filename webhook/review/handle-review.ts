import { remedyFor } from '../../core/verdict/remedies.ts';
import { describeError } from '../../platform/observe/describe-error.ts';
import type { Logger } from '../../platform/observe/logger.ts';
import { createDeadline } from '../server/deadline.ts';
import type { WebhookMetrics } from '../metrics.ts';
import { formatReview, parseReview, type AdmissionResponse } from './admission-review.ts';
import { answerRefusal } from './review-verdict.ts';
import { internalError, type AnswerRequest } from './validate.ts';

export type Endpoint = 'validate' | 'mutate';

export interface HttpAnswer {
  readonly status: number;
  readonly type: 'application/json' | 'text/plain';
  readonly body: string;
}

/** Body in, answer out. Never rejects: whatever happens, a review that has a UID gets one well-formed answer with it. */
export type HandleReview = (
  endpoint: Endpoint,
  body: string,
  timeoutMs: number,
) => Promise<HttpAnswer>;

export interface ReviewHandlers {
  readonly answers: Readonly<Record<Endpoint, AnswerRequest>>;
  readonly metrics: WebhookMetrics;
  readonly logger: Logger;
}

export function createReviewHandler({ answers, metrics, logger }: ReviewHandlers): HandleReview {
  const answer = async (
    endpoint: Endpoint,
    body: string,
    timeoutMs: number,
  ): Promise<AdmissionResponse | string> => {
    const review = parseReview(body);
    if (review.kind === 'not-a-review') {
      logger.warn({ endpoint, detail: review.detail }, 'no admission review');
      return review.detail;
    }
    const { uid } = review;
    if (review.kind === 'malformed') {
      const message = review.detail;
      const code = 'REVIEW_MALFORMED';
      const remedy = remedyFor(code);
      const refusal = { kind: 'deny', code, message, remedy, restsOnKeyState: false } as const;
      metrics.countVerdict(refusal);
      logger.warn({ uid, endpoint, code, detail: message }, 'review malformed');
      return answerRefusal(uid, refusal, 'deny');
    }
    const deadline = createDeadline(timeoutMs);
    try {
      return await answers[endpoint](uid, review.request, deadline);
    } catch (error) {
      logger.error({ uid, endpoint, error: describeError(error) }, 'a review failed');
      const refusal = internalError();
      metrics.countVerdict(refusal);
      // What was not pinned is refused by /validate, which knows whether the namespace enforces; here a namespace that only warns
      // would be blocked as well.
      return endpoint === 'mutate' ? { uid, allowed: true } : answerRefusal(uid, refusal, 'deny');
    } finally {
      deadline.dispose();
    }
  };

  return async (endpoint, body, timeoutMs) => {
    const began = performance.now();
    const response = await answer(endpoint, body, timeoutMs);
    metrics.countReview(endpoint, outcomeOf(response), (performance.now() - began) / 1000);
    return typeof response === 'string'
      ? { status: 400, type: 'text/plain', body: `${response}\n` }
      : { status: 200, type: 'application/json', body: formatReview(response) };
  };
}

function outcomeOf(response: AdmissionResponse | string) {
  if (typeof response === 'string') return 'not-a-review' as const;
  if (response.allowed) return 'allowed' as const;
  return response.status?.code === 503 ? ('unavailable' as const) : ('denied' as const);
}
