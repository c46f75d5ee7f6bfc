import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from '../../platform/observe/logger.ts';
import type { Endpoint, HandleReview, HttpAnswer } from '../review/handle-review.ts';
import type { WebhookMetrics } from '../metrics.ts';
import type { Certificate } from '../../platform/http/certificate.ts';
import { openTlsPort, type TlsPort } from '../../platform/http/tls-port.ts';
import { parseTimeoutMs } from './deadline.ts';
import { readBody, type BodyFault } from './read-body.ts';

export interface AdmissionServerOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly certificate: Certificate;
  readonly handle: HandleReview;
  readonly metrics: WebhookMetrics;
  readonly logger: Logger;
  /** Why this replica should get no traffic; empty: it should. */
  readonly findObstacles: () => readonly string[];
}

export interface AdmissionServer extends TlsPort {
  /**
   * From now on each answer asks the client to leave its connection: an API server keeps using open connections to a Pod that
   * terminates (kubernetes#127335).
   */
  beginDrain(): void;
}

/** Reviews at a time, each with a body of up to 7 MiB: beyond it a clear refusal is better than a memory that grows. */
const IN_FLIGHT_LIMIT = 2000;

const ENDPOINTS: ReadonlyMap<string, Endpoint> = new Map([
  ['/validate', 'validate'],
  ['/mutate', 'mutate'],
]);

/** HTTPS for the API server: HTTP/1.1 (it speaks nothing else to webhooks), TLS 1.2 or later, connections kept open. */
export async function startAdmissionServer(
  options: AdmissionServerOptions,
): Promise<AdmissionServer> {
  let draining = false;
  let inFlight = 0;

  const answer = async (request: IncomingMessage): Promise<HttpAnswer> => {
    const [path, query] = splitTarget(request.url ?? '/');
    const endpoint = ENDPOINTS.get(path);
    if (endpoint === undefined) return answerOther(path, options);
    if (request.method !== 'POST') return text(405, 'only POST');
    if (!isJson(request.headers['content-type'])) {
      return refuseUnread('content-type', options);
    }
    if (inFlight > IN_FLIGHT_LIMIT) {
      return refuseUnread('overloaded', options);
    }
    const body = await readBody(request);
    if (typeof body !== 'string') return refuseUnread(body.fault, options);
    return options.handle(
      endpoint,
      body,
      parseTimeoutMs(new URLSearchParams(query).get('timeout')),
    );
  };

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    inFlight += 1;
    try {
      const { status, type, body } = await answer(request);
      // What was not read would be taken for the next request.
      const mustClose = draining || !request.complete;
      response.writeHead(status, {
        'content-type': type,
        // Without it Node would cut the body into chunks, and each answer into three writes.
        'content-length': Buffer.byteLength(body),
        ...(mustClose ? { connection: 'close' } : {}),
      });
      response.end(body);
    } catch {
      response.destroy();
    } finally {
      inFlight -= 1;
    }
  };

  const port = await openTlsPort({
    ...options,
    serve,
    limits: {
      // Go's client keeps idle connections for 90 s and does not repeat a POST on one that was closed under it.
      keepAliveTimeout: 120_000,
      headersTimeout: 30_000,
      requestTimeout: 30_000,
      handshakeTimeout: 10_000,
    },
  });
  return {
    ...port,
    beginDrain: () => {
      draining = true;
    },
  };
}

/** A request target is a path here, never a whole address: parsing it as a URL would cost a tenth of a warm answer. */
function splitTarget(target: string): readonly [path: string, query: string] {
  const mark = target.indexOf('?');
  return mark === -1 ? [target, ''] : [target.slice(0, mark), target.slice(mark + 1)];
}

function answerOther(path: string, { findObstacles }: AdmissionServerOptions): HttpAnswer {
  switch (path) {
    case '/healthz':
      return text(200, 'ok');
    case '/readyz': {
      const obstacles = findObstacles();
      return obstacles.length === 0 ? text(200, 'ok') : text(503, obstacles.join('; '));
    }
    default:
      return text(404, 'there are /validate, /mutate, /healthz and /readyz');
  }
}

const UNREAD = {
  'content-type': text(415, 'the body must be application/json'),
  overloaded: text(503, 'OVERLOADED: the webhook has more work than it can take; retry'),
  'too-large': text(413, 'the review is larger than 7 MiB'),
  'not-utf8': text(400, 'the body is not UTF-8'),
  'cut-off': text(400, 'the body was cut off'),
} as const satisfies Record<BodyFault | 'content-type' | 'overloaded', HttpAnswer>;

/** No review, no UID, no answer that admits: the API server takes it for a failed call. */
function refuseUnread(
  reason: keyof typeof UNREAD,
  { metrics, logger }: AdmissionServerOptions,
): HttpAnswer {
  const answer = UNREAD[reason];
  metrics.countRefusedConnection(reason);
  // A line each would be one more load on what is overloaded.
  if (reason !== 'overloaded')
    logger.warn({ event: 'refused-request', reason, status: answer.status }, 'request refused');
  return answer;
}

function isJson(type: string | undefined): boolean {
  return /^application\/json\s*(?:;|$)/iu.test(type ?? '');
}

function text(status: number, body: string): HttpAnswer {
  return { status, type: 'text/plain', body: `${body}\n` };
}
