import { once } from 'node:events';
import { request as sendRequest, type RequestOptions } from 'node:https';
import type { IncomingHttpHeaders } from 'node:http';
import { Agent } from 'node:https';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { createMetrics } from '../../../../platform/observe/metrics.ts';
import { createCertificateAuthority } from '../../../../sandbox/certificates.ts';
import { createWebhookMetrics } from '../../../../webhook/metrics.ts';
import type { HandleReview } from '../../../../webhook/review/handle-review.ts';
import {
  startAdmissionServer,
  type AdmissionServerOptions,
} from '../../../../webhook/server/admission-server.ts';
import type { Certificate } from '../../../../platform/http/certificate.ts';
import { metricValue } from '../../../support/metric-value.ts';
import { createRecordingLogger } from '../../../support/recording-logger.ts';

const authority = createCertificateAuthority();

/** A certificate for 127.0.0.1; each has a common name of its own. */
export async function issueCertificate(commonName: string): Promise<Certificate> {
  const issued = await (await authority).issue({ commonName, ipAddresses: ['127.0.0.1'] });
  return { cert: issued.certPem, key: issued.keyPem, expiresAt: 0 };
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Call {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  readonly agent?: Agent;
}

/** The real server on a free port, with TLS; the review handler is the test's. */
export async function startServer(options: Partial<AdmissionServerOptions> = {}) {
  const metrics = createMetrics();
  const logger = createRecordingLogger();
  const seen: Parameters<HandleReview>[] = [];
  const handle: HandleReview = options.handle ?? (async () => answerOf('{"answer":1}'));
  const server = await startAdmissionServer({
    host: '127.0.0.1',
    port: 0,
    certificate: await issueCertificate('first'),
    metrics: createWebhookMetrics(metrics),
    logger,
    findObstacles: () => [],
    ...options,
    handle: (...parameters) => {
      seen.push(parameters);
      return handle(...parameters);
    },
  });
  const { caPem } = await authority;
  return {
    server,
    logger,
    /** What reached the review handler. */
    seen,
    call: (call: Call = {}) => exchange(server.port, caPem, call),
    countRefused: (reason: string) =>
      metricValue(metrics, 'keyward_webhook_refused_requests_total', { reason }),
    /** A TLS connection of one's own, to write bytes as one likes. */
    open: async (tls: ConnectionOptions = {}): Promise<TLSSocket> => {
      const socket = connect({ host: '127.0.0.1', port: server.port, ca: caPem, ...tls });
      await once(socket, 'secureConnect');
      return socket;
    },
    [Symbol.asyncDispose]: () => server.close(0),
  };
}

export function answerOf(body: string) {
  return { status: 200, type: 'application/json', body } as const;
}

export function keepAliveAgent(): Agent {
  return new Agent({ keepAlive: true, maxSockets: 1 });
}

function exchange(port: number, ca: string, call: Call): Promise<Answer> {
  const { method = 'POST', path = '/validate?timeout=5s', body = '{}', agent } = call;
  const options: RequestOptions = {
    host: '127.0.0.1',
    port,
    ca,
    method,
    path,
    headers: call.headers ?? { 'content-type': 'application/json' },
    ...(agent === undefined ? { agent: false } : { agent }),
  };
  return new Promise((resolve, reject) => {
    const request = sendRequest(options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString(),
        });
      });
    });
    request.on('error', reject);
    request.end(method === 'POST' ? body : undefined);
  });
}
