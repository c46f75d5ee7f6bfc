import { TOKEN_CODES } from '../../platform/http/token/verify-token.ts';
import type { Metrics } from '../../platform/observe/metrics.ts';

/** How requests to the events endpoint end. `failed`: the hint could not be handed over in time, or nobody leads here; it comes again. */
export const ENDPOINT_RESULTS = [
  'taken',
  'failed',
  'malformed',
  'handshake',
  'subscription-deleted',
  'token',
  'limit',
  'refused',
] as const;
export type EndpointResult = (typeof ENDPOINT_RESULTS)[number];

export type EndpointMetrics = ReturnType<typeof createEndpointMetrics>;

export function createEndpointMetrics(metrics: Metrics) {
  return {
    requests: metrics.counter({
      name: 'keyward_events_https_requests_total',
      help: 'Requests to the events endpoint, by how they ended',
      labels: { result: ENDPOINT_RESULTS },
    }),
    tokens: metrics.counter({
      name: 'keyward_events_https_token_refusals_total',
      help: 'Requests whose token was not taken, by reason code',
      labels: { code: TOKEN_CODES },
    }),
    keyFetches: metrics.counter({
      name: 'keyward_events_https_key_fetches_total',
      help: 'Reads of the keys that tokens are signed with',
      labels: { outcome: ['ok', 'failed'] },
    }),
  };
}
