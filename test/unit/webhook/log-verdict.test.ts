import { describe, expect, it } from '@jest/globals';
import type { Verdict } from '../../../core/verdict/verdict.ts';
import { DENY_CODES, UNAVAILABLE_CODES } from '../../../core/verdict/reasons.ts';
import { createMetrics } from '../../../platform/observe/metrics.ts';
import { createRefusalLog, createVerdictLog } from '../../../webhook/log-verdict.ts';
import { createWebhookMetrics } from '../../../webhook/metrics.ts';
import { metricValue } from '../../support/metric-value.ts';
import { createRecordingLogger } from '../../support/recording-logger.ts';
import { requestOf } from '../../support/reviews.ts';
import { DIGEST } from '../../support/signatures.ts';
import { allowed, denied, unavailable } from '../../support/verdicts.ts';

function createSetup() {
  const metrics = createMetrics();
  const logger = createRecordingLogger();
  const webhookMetrics = createWebhookMetrics(metrics);
  const verdictLog = createVerdictLog(logger, webhookMetrics);
  return {
    logger,
    log: (...verdicts: readonly Verdict[]) => {
      const found = { path: '/spec/containers/0/image', container: 'app', image: 'as/written' };
      verdictLog(
        verdicts.map((verdict) => ({ found, verdict, digest: DIGEST })),
        requestOf({ dryRun: true }),
      );
    },
    refuse: createRefusalLog(logger, webhookMetrics),
    count: (code: string) => metricValue(metrics, 'keyward_webhook_verdicts_total', { code }),
  };
}

describe('verdicts', () => {
  it('are counted by code, each image of a review', async () => {
    const { log, count } = createSetup();
    log(allowed(), allowed(), denied(), unavailable());
    expect(await count('ALLOW')).toBe(2);
    expect(await count('NO_SIGNATURE')).toBe(1);
    expect(await count('REGISTRY_TIMEOUT')).toBe(1);
  });

  it.each([...DENY_CODES, ...UNAVAILABLE_CODES])('have a series for %s', async (code) => {
    const { log, count } = createSetup();
    log({ ...denied(), code } as Verdict);
    expect(await count(code)).toBe(1);
    expect(await count('other')).toBe(0);
  });

  it('that refuse are one line each, with what to look for (K-21)', () => {
    const { log, logger } = createSetup();
    log(denied());
    expect(logger.lines).toEqual([
      {
        level: 'info',
        message: 'image refused',
        fields: {
          event: 'verdict',
          namespace: 'team',
          kind: 'Pod',
          name: 'asked',
          operation: 'CREATE',
          dryRun: true,
          image: 'as/written',
          digest: DIGEST,
          verdict: 'deny',
          code: 'NO_SIGNATURE',
        },
      },
    ]);
  });

  it('that allow are told only at debug, with the key version', () => {
    const { log, logger } = createSetup();
    log(allowed());
    expect(logger.lines).toMatchObject([
      { level: 'debug', fields: { keyVersion: '3f9a0000000000000000000000000001' } },
    ]);
  });
});

describe('reviews refused whole', () => {
  it.each([denied({ code: 'REVIEW_MALFORMED' }), unavailable({ code: 'NOT_READY' })])(
    'are counted and logged by their code: $code',
    async (refusal) => {
      const { refuse, count, logger } = createSetup();
      refuse(refusal, requestOf());
      expect(await count(refusal.code)).toBe(1);
      expect(logger.lines).toEqual([
        {
          level: 'info',
          message: 'review refused',
          fields: {
            event: 'refusal',
            namespace: 'team',
            kind: 'Pod',
            name: 'asked',
            operation: 'CREATE',
            verdict: refusal.kind,
            code: refusal.code,
            detail: refusal.message,
          },
        },
      ]);
    },
  );
});
