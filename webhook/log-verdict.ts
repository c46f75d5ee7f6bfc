import type { Logger } from '../platform/observe/logger.ts';
import type { AdmissionRequest } from './review/admission-review.ts';
import type { JudgedImage, Refusal } from './review/review-verdict.ts';
import type { WebhookMetrics } from './metrics.ts';

/** Counts each verdict, and logs one compact line for each refusal (K-21); an allow is logged at debug. */
export function createVerdictLog(
  logger: Logger,
  metrics: WebhookMetrics,
): (judged: readonly JudgedImage[], request: AdmissionRequest) => void {
  return (judged, request) => {
    for (const { found, verdict, digest } of judged) {
      metrics.countVerdict(verdict);
      const fields = {
        event: 'verdict',
        ...describeRequest(request),
        image: found.image,
        digest,
        verdict: verdict.kind,
      };
      if (verdict.kind === 'allow') {
        const [voucher] = verdict.vouchedBy;
        logger.debug({ ...fields, keyVersion: voucher?.version }, 'image allowed');
      } else {
        logger.info({ ...fields, code: verdict.code }, 'image refused');
      }
    }
  };
}

/** The same for a review that was refused whole, before any image of it was looked at. */
export function createRefusalLog(
  logger: Logger,
  metrics: WebhookMetrics,
): (refusal: Refusal, request: AdmissionRequest) => void {
  return (refusal, request) => {
    metrics.countVerdict(refusal);
    const { kind, code, message } = refusal;
    const fields = { event: 'refusal', ...describeRequest(request), verdict: kind, code };
    logger.info({ ...fields, detail: message }, 'review refused');
  };
}

function describeRequest({ namespace, kind, name, operation, dryRun }: AdmissionRequest) {
  return {
    namespace,
    kind: kind.kind,
    name,
    operation,
    ...(dryRun === true ? { dryRun } : {}),
  };
}
