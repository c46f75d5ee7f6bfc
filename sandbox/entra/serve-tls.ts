import { createServer } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { describeError } from '../../platform/observe/describe-error.ts';
import type { IssuedCertificate } from '../certificates.ts';

export interface StandInRequest {
  readonly method: string;
  /** From the Host header, lower case, with the port if one was named. */
  readonly host: string;
  readonly url: URL;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export type StandInResponse =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body: string;
    }
  /** Never answers: the client's own timeout has to end it. */
  | { readonly kind: 'hang' }
  /** Drops the connection without an answer. */
  | { readonly kind: 'reset' };

export interface TlsServer {
  readonly port: number;
  close(): Promise<void>;
}

const BODY_LIMIT = 64 * 1024;

/** An HTTPS server on 127.0.0.1 and a free port, around a pure handler. */
export async function serveTls(
  certificate: IssuedCertificate,
  handle: (request: StandInRequest) => StandInResponse,
): Promise<TlsServer> {
  const server = createServer(
    { cert: certificate.certPem, key: certificate.keyPem, ALPNProtocols: ['http/1.1'] },
    (request, response) => {
      respond(request, response, handle).catch((error: unknown) => {
        if (!response.headersSent) response.writeHead(500, { 'content-type': 'text/plain' });
        response.end(`the stand-in failed: ${describeError(error).message}`);
      });
    },
  );
  // A client that breaks off its handshake is its own business.
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  handle: (request: StandInRequest) => StandInResponse,
): Promise<void> {
  const host = (request.headers.host ?? '').toLowerCase();
  const target = `https://${host}${request.url ?? '/'}`;
  if (!URL.canParse(target) || Number(request.headers['content-length'] ?? 0) > BODY_LIMIT) {
    response.writeHead(400).end();
    return;
  }
  const answer = handle({
    method: request.method ?? 'GET',
    host,
    url: new URL(target),
    headers: request.headers,
    body: await text(request),
  });
  switch (answer.kind) {
    case 'answer':
      response.writeHead(answer.status, {
        'content-type': 'application/json; charset=utf-8',
        ...answer.headers,
      });
      response.end(answer.body);
      return;
    case 'hang':
      return;
    case 'reset':
      request.socket.destroy();
      return;
  }
}

export function answerJson(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): StandInResponse {
  return { kind: 'answer', status, headers, body: JSON.stringify(body) };
}
