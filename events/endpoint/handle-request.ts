import type { AddressLimit } from '../../platform/http/address-limit.ts';
import type { HttpsAnswer, HttpsRequest } from '../../platform/http/https-server.ts';
import type { VerifyToken } from '../../platform/http/token/verify-token.ts';
import { delay, type Clock } from '../../platform/lifecycle/clock.ts';
import type { Logger } from '../../platform/observe/logger.ts';
import type { AcceptHints, Intake } from '../intake.ts';
import { MAX_BODY_BYTES } from '../read-body.ts';
import type { EndpointMetrics, EndpointResult } from './endpoint-metrics.ts';
import { answerPermission, answerValidation } from './handshakes.ts';

export const EVENTS_PATH = '/events';

export interface EndpointOptions {
  readonly verifyToken: VerifyToken;
  readonly limit: AddressLimit;
  readonly requestsPerMinute: number;
  readonly take: Intake;
  /** Undefined: this process cannot take hints. Another one leads, and no queue leads to it. */
  readonly accept: () => AcceptHints | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: EndpointMetrics;
}

interface Ended extends HttpsAnswer {
  readonly result: EndpointResult;
}

/** Event Grid waits 30 s; with the way back there is room to spare. */
const TAKE_MS = 20_000;
/** Bodies in memory at a time, each up to 1 MiB. */
const IN_HAND = 32;
const JSON_TYPE = /^application\/(?:json|cloudevents(?:-batch)?\+json)\s*(?:;|$)/iu;

/**
 * Answers Event Grid (azure.md 4.1 to 4.3). The order is what keeps strangers cheap: rate, token, and only then the body. 400, 401, 403 and
 * 413 are never sent again, so they go to what can never succeed; what is merely not possible now is 503 or 429.
 */
export function createEndpoint(
  options: EndpointOptions,
): (request: HttpsRequest) => Promise<HttpsAnswer> {
  const { metrics } = options;
  const reportToken = createTokenReport(options);
  let inHand = 0;

  const checkToken = async (request: HttpsRequest): Promise<Ended | undefined> => {
    const checked = await options.verifyToken(request.headers.authorization);
    if (checked.ok) return undefined;
    reportToken(checked.code);
    if (checked.code === 'TOKEN_KEYS_UNAVAILABLE') return retry('token');
    if (checked.code === 'TOKEN_ROLE') return { result: 'token', status: 403 };
    return { result: 'token', status: 401, headers: { 'www-authenticate': 'Bearer' } };
  };

  const takeBody = async (request: HttpsRequest): Promise<Ended> => {
    const body = await request.readBody(MAX_BODY_BYTES);
    if (!body.ok) return { result: 'limit', status: body.fault === 'too-large' ? 413 : 408 };
    const kind = request.headers['aeg-event-type'];
    if (kind === 'SubscriptionDeletion') {
      options.logger.warn({ source: 'https' }, 'event subscription deleted; the sweep goes on');
      return { result: 'subscription-deleted', status: 200, keepAlive: true };
    }
    if (kind !== 'SubscriptionValidation') return takeEvents(body.bytes);
    const answer = answerValidation(body.bytes);
    if (answer === undefined) return { result: 'malformed', status: 400, keepAlive: true };
    options.logger.info({ source: 'https' }, 'event subscription validated');
    return { result: 'handshake', ...answer };
  };

  const takeEvents = async (bytes: Buffer): Promise<Ended> => {
    const accept = options.accept();
    if (accept === undefined) return retry('failed');
    const taken = await options.take(bytes, {
      accept: (hints) => within(options.clock, accept(hints)),
      fields: {},
    });
    switch (taken.kind) {
      case 'taken':
        return { result: 'taken', status: 200, keepAlive: true };
      case 'failed':
        return retry('failed');
      case 'malformed':
        return { result: 'malformed', status: 400, keepAlive: true, ...text(taken.problem.code) };
    }
  };

  const answer = async (request: HttpsRequest): Promise<Ended> => {
    const seconds = options.limit(request.address);
    if (seconds > 0)
      return { result: 'limit', status: 429, headers: { 'retry-after': String(seconds) } };
    if (request.path !== EVENTS_PATH) return { result: 'refused', status: 404 };
    if (request.method === 'OPTIONS') {
      const permission = answerPermission(request, options.requestsPerMinute);
      return permission === undefined
        ? { result: 'refused', status: 403 }
        : { result: 'handshake', ...permission };
    }
    if (request.method !== 'POST')
      return { result: 'refused', status: 405, headers: { allow: 'POST, OPTIONS' } };
    const refused = await checkToken(request);
    if (refused !== undefined) return refused;
    const { 'content-type': type = '', 'content-encoding': coding } = request.headers;
    if (!JSON_TYPE.test(type) || coding !== undefined) return { result: 'refused', status: 415 };
    if (inHand >= IN_HAND) return retry('limit');
    inHand += 1;
    try {
      return await takeBody(request);
    } finally {
      inHand -= 1;
    }
  };

  return async (request) => {
    const { result, ...rest } = await answer(request);
    metrics.requests.increment({ result });
    return rest;
  };
}

function retry(result: EndpointResult): Ended {
  return { result, status: 503, headers: { 'retry-after': '10' } };
}

function text(body: string): Pick<HttpsAnswer, 'headers' | 'body'> {
  return { headers: { 'content-type': 'text/plain' }, body: `${body}\n` };
}

/** What is still under way afterwards goes on: the hint comes again, and costs one read more. */
async function within(clock: Clock, accepting: Promise<void>): Promise<void> {
  const accepted = new AbortController();
  const late = delay(clock, TAKE_MS, accepted.signal).then(
    () => {
      throw new Error('not handed over in 20 s');
    },
    () => undefined,
  );
  try {
    await Promise.race([accepting, late]);
  } finally {
    accepted.abort(new Error('accepted'));
    accepting.catch(() => undefined);
  }
}

const QUIET_MS = 60_000;

/** Counts every refusal, and logs each code once a minute: whoever knocks must not fill the log. */
function createTokenReport({ clock, logger, metrics }: EndpointOptions) {
  const loggedAt = new Map<string, number>();
  return (code: Parameters<EndpointMetrics['tokens']['increment']>[0]['code']): void => {
    metrics.tokens.increment({ code });
    if (clock.now() - (loggedAt.get(code) ?? -Infinity) < QUIET_MS) return;
    loggedAt.set(code, clock.now());
    logger.warn({ source: 'https', code }, 'a request to the events endpoint has no good token');
  };
}
