import type { KeyRevocation } from '../../../../core/keys/key-set.ts';
import type { KeyVersionStatus } from '../../../../core/keys/key-version.ts';
import type { Policy } from '../../../../core/policy/policy.ts';
import { createFakeClock } from '../../../../platform/lifecycle/fake-clock.ts';
import { createMetrics } from '../../../../platform/observe/metrics.ts';
import { createJudge, type ImageQuestion } from '../../../../webhook/decide/judge-image.ts';
import { createEvidenceCache } from '../../../../webhook/evidence/evidence-cache.ts';
import { createEvidenceMetrics } from '../../../../webhook/evidence/evidence-metrics.ts';
import type { TagResolution } from '../../../../webhook/evidence/tag-resolver.ts';
import { createVerificationMemo } from '../../../../webhook/evidence/verification-memo.ts';
import { createDeadline, type Deadline } from '../../../../webhook/server/deadline.ts';
import { createEvidenceSource } from '../../../support/evidence-source.ts';
import { metricValue } from '../../../support/metric-value.ts';
import { createRecordingLogger } from '../../../support/recording-logger.ts';
import { IMAGE } from '../../../support/reviews.ts';
import { DIGEST } from '../../../support/signatures.ts';
import { NOW, policyOf, trustIn, versionOf } from '../../../support/trust.ts';
import { waitUntil } from '../../../support/wait-until.ts';

export const SECOND = 1000;

interface Trusting {
  readonly versions?: readonly KeyVersionStatus[];
  readonly revocations?: readonly KeyRevocation[];
  readonly policies?: readonly Policy[];
}

/** The judge over the real cache and memo; evidence, tags and time are the test's. */
export function createSetup() {
  const clock = createFakeClock(NOW);
  const source = createEvidenceSource(clock);
  const metrics = createMetrics();
  const logger = createRecordingLogger();
  const cache = createEvidenceCache({
    fetch: source.fetch,
    clock,
    metrics: createEvidenceMetrics(metrics),
    maxBytes: 1024 * 1024,
  });
  const trials: string[] = [];
  const tagged: string[] = [];
  const state: { tag: TagResolution } = { tag: { kind: 'digest', digest: DIGEST } };
  const judge = createJudge({
    cache,
    memo: createVerificationMemo((result) => trials.push(result)),
    tags: {
      resolveTag: async ({ registry, repository }, tag, signal) => {
        if (signal === undefined) throw new Error('asked without a deadline');
        tagged.push(`${registry}/${repository}:${tag}`);
        return state.tag;
      },
    },
    clock,
    logger,
  });
  return {
    clock,
    source,
    state,
    logger,
    trials,
    /** Tags that were resolved. */
    tagged,
    /** The verdict; by default on a pinned image of a Pod, signed or not, that one key set must vouch for. */
    judge: async (question: Partial<ImageQuestion> = {}, trusting: Trusting = {}) => {
      const { versions = [versionOf()], revocations = [], policies = [policyOf()] } = trusting;
      const deadline = createDeadline(60_000);
      const { verdict, digest } = await judge({
        image: IMAGE,
        namespace: 'team',
        mustBePinned: true,
        snapshot: { trust: trustIn(versions, {}, revocations), policies },
        deadline,
        ...question,
      });
      deadline.dispose();
      return { ...verdict, digest };
    },
    untilFetched: (count: number) =>
      waitUntil(
        async () => (await metricValue(metrics, 'keyward_evidence_fetches_total')) >= count,
        `fetch ${count}`,
      ),
    countFetches: (trigger: 'cold' | 'refresh' | 'background') =>
      metricValue(metrics, 'keyward_evidence_fetches_total', { trigger }),
  };
}

/** A deadline that has passed. */
export const PASSED: Deadline = { signal: () => AbortSignal.abort(), dispose: () => undefined };

/** A deadline for those who must not have to wait. */
export const UNASKED: Deadline = {
  signal: () => {
    throw new Error('somebody would have had to wait');
  },
  dispose: () => undefined,
};
