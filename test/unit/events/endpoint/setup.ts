import { createEndpointMetrics } from '../../../../events/endpoint/endpoint-metrics.ts';
import { createEndpoint } from '../../../../events/endpoint/handle-request.ts';
import type { Hint } from '../../../../events/hint.ts';
import { createIntake, type AcceptHints } from '../../../../events/intake.ts';
import type { HttpsRequest } from '../../../../platform/http/https-server.ts';
import type { BoundedBody } from '../../../../platform/http/read-bounded.ts';
import type { TokenResult } from '../../../../platform/http/token/verify-token.ts';
import { createFakeClock } from '../../../../platform/lifecycle/fake-clock.ts';
import { createMetrics } from '../../../../platform/observe/metrics.ts';
import { metricValue } from '../../../support/metric-value.ts';
import { createRecordingLogger } from '../../../support/recording-logger.ts';

interface Call {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: HttpsRequest['headers'];
  /** An object is sent as JSON. */
  readonly body?: unknown;
  readonly fault?: 'too-large' | 'cut-off';
}

/** The endpoint without a socket; its neighbours are the test's to change. */
export function setUpEndpoint() {
  const clock = createFakeClock();
  const logger = createRecordingLogger();
  const metrics = createMetrics();
  const accepted: (readonly Hint[])[] = [];
  const world = {
    token: { ok: true } as TokenResult,
    limitSeconds: 0,
    accept: (async (hints) => {
      accepted.push(hints);
    }) as AcceptHints | undefined,
    bodiesRead: 0,
    tokensChecked: 0,
  };
  const endpoint = createEndpoint({
    verifyToken: async () => {
      world.tokensChecked += 1;
      return world.token;
    },
    limit: () => world.limitSeconds,
    requestsPerMinute: 1200,
    take: createIntake({ source: 'https', logger, metrics }),
    accept: () => world.accept,
    clock,
    logger,
    metrics: createEndpointMetrics(metrics),
  });
  const read = async ({ body, fault }: Call, limit: number): Promise<BoundedBody> => {
    world.bodiesRead += 1;
    if (fault !== undefined) return { ok: false, fault };
    const text = typeof body === 'string' ? body : JSON.stringify(body ?? '');
    const bytes = Buffer.isBuffer(body) ? body : Buffer.from(text);
    return bytes.length > limit ? { ok: false, fault: 'too-large' } : { ok: true, bytes };
  };
  const send = (call: Call = {}) =>
    endpoint({
      method: call.method ?? 'POST',
      path: call.path ?? '/events',
      headers: {
        authorization: 'Bearer a.b.c',
        'content-type': 'application/cloudevents+json; charset=utf-8',
        ...call.headers,
      },
      address: '10.0.0.1',
      readBody: (limit) => read(call, limit),
    });
  const results = (result: string) =>
    metricValue(metrics, 'keyward_events_https_requests_total', { result });
  return { clock, logger, metrics, accepted, world, send, results };
}
