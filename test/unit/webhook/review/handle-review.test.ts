import { describe, expect, it } from '@jest/globals';
import { createMetrics } from '../../../../platform/observe/metrics.ts';
import { createWebhookMetrics } from '../../../../webhook/metrics.ts';
import { createReviewHandler } from '../../../../webhook/review/handle-review.ts';
import type { AnswerRequest } from '../../../../webhook/review/validate.ts';
import { metricValue } from '../../../support/metric-value.ts';
import { createRecordingLogger } from '../../../support/recording-logger.ts';
import { requestOf, reviewOf } from '../../../support/reviews.ts';

const UID = 'uid-1';
const BODY = reviewOf({ uid: UID, ...requestOf() });

interface Parts {
  readonly validate?: AnswerRequest;
  readonly mutate?: AnswerRequest;
}

const never: AnswerRequest = () => Promise.reject(new Error('this endpoint was not asked'));

function createHandler({ validate = never, mutate = never }: Parts) {
  const metrics = createMetrics();
  const logger = createRecordingLogger();
  const handle = createReviewHandler({
    answers: { validate, mutate },
    metrics: createWebhookMetrics(metrics),
    logger,
  });
  const count = (name: string, labels: Record<string, string>) =>
    metricValue(metrics, `keyward_webhook_${name}_total`, labels);
  return { handle, logger, count };
}

const allow: AnswerRequest = async (uid) => ({ uid, allowed: true });

describe('a review', () => {
  it.each(['validate', 'mutate'] as const)(
    'goes to the endpoint that was called: %s',
    async (at) => {
      const { handle, count } = createHandler({ [at]: allow });
      const { status, type, body } = await handle(at, BODY, 1000);
      expect({ status, type }).toEqual({ status: 200, type: 'application/json' });
      expect(JSON.parse(body)).toMatchObject({
        apiVersion: 'admission.k8s.io/v1',
        kind: 'AdmissionReview',
        response: { uid: UID, allowed: true },
      });
      expect(await count('reviews', { endpoint: at, outcome: 'allowed' })).toBe(1);
    },
  );

  it.each([
    [403, 'denied'],
    [503, 'unavailable'],
  ])('that is refused with %d counts as %s', async (code, outcome) => {
    const status = { status: 'Failure', code, reason: 'x', message: 'x' } as const;
    const { handle, count } = createHandler({
      validate: async (uid) => ({ uid, allowed: false, status }),
    });
    expect((await handle('validate', BODY, 1000)).status).toBe(200);
    expect(await count('reviews', { endpoint: 'validate', outcome })).toBe(1);
  });

  it('has a deadline inside its timeout, which is freed with the answer', async () => {
    let signal: AbortSignal | undefined;
    const { handle } = createHandler({
      validate: async (uid, _, deadline) => {
        signal = deadline.signal();
        return { uid, allowed: !signal.aborted };
      },
    });
    const { body } = await handle('validate', BODY, 20);
    expect(JSON.parse(body)).toMatchObject({ response: { allowed: true } });
    await new Promise((resolve) => setTimeout(resolve, 40));
    expect(signal?.aborted).toBe(false);
  });
});

describe('a body that is no review', () => {
  it('has no UID to answer to: 400, counted, logged, nobody asked', async () => {
    const { handle, logger, count } = createHandler({});
    const { status, type, body } = await handle('validate', '{"secret":"value"}', 1000);
    expect({ status, type }).toEqual({ status: 400, type: 'text/plain' });
    expect(body).toMatch(/^not an AdmissionReview v1: .+\n$/u);
    expect(await count('reviews', { endpoint: 'validate', outcome: 'not-a-review' })).toBe(1);
    expect(logger.lines).toMatchObject([{ level: 'warn', fields: { endpoint: 'validate' } }]);
    expect(JSON.stringify(logger.lines)).not.toContain('secret');
  });
});

describe('a review whose request makes no sense', () => {
  it.each(['validate', 'mutate'] as const)('is denied by its UID at /%s', async (endpoint) => {
    const { handle, logger, count } = createHandler({});
    const { status, body } = await handle(endpoint, reviewOf({ uid: UID }), 1000);
    expect(status).toBe(200);
    expect(JSON.parse(body)).toMatchObject({
      response: {
        uid: UID,
        allowed: false,
        status: { code: 403, message: expect.stringMatching(/^REVIEW_MALFORMED: request /u) },
      },
    });
    expect(await count('reviews', { endpoint, outcome: 'denied' })).toBe(1);
    expect(await count('verdicts', { code: 'REVIEW_MALFORMED' })).toBe(1);
    expect(logger.lines).toMatchObject([{ level: 'warn', fields: { uid: UID } }]);
  });
});

describe('a fault of ours', () => {
  it.each<[string, AnswerRequest]>([
    ['rejects', () => Promise.reject(new TypeError('x is not a function'))],
    [
      'throws at once',
      () => {
        throw new TypeError('x is not a function');
      },
    ],
    // oxlint-disable-next-line prefer-promise-reject-errors -- what a library might do
    ['rejects with nothing', () => Promise.reject(undefined)],
  ])('is unavailable, well formed and with the UID, when it %s', async (_, validate) => {
    const { handle, logger, count } = createHandler({ validate });
    const { status, body } = await handle('validate', BODY, 1000);
    expect(status).toBe(200);
    expect(JSON.parse(body)).toMatchObject({
      response: { uid: UID, allowed: false, status: { code: 503 } },
    });
    expect(body).not.toContain('is not a function');
    expect(await count('reviews', { endpoint: 'validate', outcome: 'unavailable' })).toBe(1);
    expect(await count('verdicts', { code: 'INTERNAL_ERROR' })).toBe(1);
    expect(logger.lines).toMatchObject([{ level: 'error', fields: { uid: UID } }]);
  });

  it('pins nothing and refuses nothing at /mutate: what follows is refused by /validate', async () => {
    const { handle, logger, count } = createHandler({ mutate: () => Promise.reject(new Error()) });
    const { body } = await handle('mutate', BODY, 1000);
    expect((JSON.parse(body) as { response: unknown }).response).toEqual({
      uid: UID,
      allowed: true,
    });
    expect(await count('verdicts', { code: 'INTERNAL_ERROR' })).toBe(1);
    expect(logger.lines).toMatchObject([{ level: 'error', fields: { uid: UID } }]);
  });
});
