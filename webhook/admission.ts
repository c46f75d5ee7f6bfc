import type { Kube } from '../platform/kube/kube.ts';
import type { Clock } from '../platform/lifecycle/clock.ts';
import { describeError } from '../platform/observe/describe-error.ts';
import type { Logger } from '../platform/observe/logger.ts';
import type { Metrics } from '../platform/observe/metrics.ts';
import type { Registry } from '../platform/registry/registry.ts';
import { createJudge } from './decide/judge-image.ts';
import { createEvidenceCache } from './evidence/evidence-cache.ts';
import { createEvidenceMetrics } from './evidence/evidence-metrics.ts';
import { fetchEvidence } from './evidence/fetch-evidence.ts';
import type { FindSignatureRepository } from './evidence/signature-repositories.ts';
import { createTagResolver } from './evidence/tag-resolver.ts';
import { createVerificationMemo } from './evidence/verification-memo.ts';
import { createRefusalLog, createVerdictLog } from './log-verdict.ts';
import type { WebhookMetrics } from './metrics.ts';
import { createEnforcement, type Enforcement } from './review/enforcement.ts';
import { createReviewHandler, type HandleReview } from './review/handle-review.ts';
import { createMutate } from './review/mutate.ts';
import { createValidate } from './review/validate.ts';
import type { TrustSource } from './trust/trust-source.ts';

export interface AdmissionOptions {
  readonly kube: Pick<Kube, 'get'>;
  readonly trust: TrustSource;
  readonly registry: Registry;
  /** Whose eyes the registry is seen with; `anonymous` by default. */
  readonly credentialScope?: string;
  /** Beside the image by default. */
  readonly findSignatureRepository?: FindSignatureRepository;
  readonly clusterDefault: Enforcement;
  readonly cacheBytes: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly webhookMetrics: WebhookMetrics;
}

export interface Admission {
  readonly handle: HandleReview;
  /** Ends fetches under way. */
  close(): Promise<void>;
}

/** From a review's body to its answer: evidence from the registry, trust from the watched objects, and the rules between them. */
export function createAdmission(options: AdmissionOptions): Admission {
  const { kube, trust, registry, clock, logger, metrics, webhookMetrics } = options;
  const { credentialScope = 'anonymous', findSignatureRepository = () => undefined } = options;
  const cache = createEvidenceCache({
    clock,
    metrics: createEvidenceMetrics(metrics),
    maxBytes: options.cacheBytes,
    credentialScope,
    findSignatureRepository,
    fetch: ({ digest, ...repository }, signal, onPartial) => {
      const signatureRepository = findSignatureRepository(repository);
      const elsewhere = signatureRepository === undefined ? {} : { signatureRepository };
      return fetchEvidence({
        registry,
        repository,
        digest,
        clock,
        signal,
        onPartial,
        ...elsewhere,
      });
    },
  });
  const tags = createTagResolver({ registry, clock });
  const memo = createVerificationMemo((result) => {
    webhookMetrics.countTrial(result);
  });
  const findEnforcement = createEnforcement({
    kube,
    namespaces: () => trust.namespaces(),
    clusterDefault: options.clusterDefault,
  });
  const validate = createValidate({
    findEnforcement,
    judge: createJudge({ cache, tags, memo, clock, logger }),
    snapshot: () => trust.current(),
    missing: () => trust.missing(),
    onJudged: createVerdictLog(logger, webhookMetrics),
    onRefused: createRefusalLog(logger, webhookMetrics),
    onFault: (error) => {
      logger.error({ error: describeError(error) }, 'a review failed');
    },
  });
  const mutate = createMutate({ findEnforcement, tags });
  return {
    handle: createReviewHandler({
      answers: { validate, mutate },
      metrics: webhookMetrics,
      logger,
    }),
    close: () => cache.close(),
  };
}
