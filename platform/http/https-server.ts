import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { Certificate } from './certificate.ts';
import { readBounded, type BoundedBody } from './read-bounded.ts';
import { openTlsPort, type TlsPort } from './tls-port.ts';

export interface HttpsRequest {
  readonly method: string;
  /** Without its query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Of the other end of the connection: a client, or what forwards for many. */
  readonly address: string;
  /** Not a byte of it is read before this is called. */
  readBody(limitBytes: number): Promise<BoundedBody>;
}

export interface HttpsAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Whether the client proved who it is; others do not keep their connection. */
  readonly keepAlive?: boolean;
}

export interface HttpsServerOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly certificate: Certificate;
  readonly handle: (request: HttpsRequest) => Promise<HttpsAnswer>;
  /** Connections at a time; more are closed as they come. */
  readonly connections: number;
}

/**
 * HTTPS for a port that the internet may reach: every phase of a connection is bounded in time, so that nobody holds one by being slow.
 */
export async function startHttpsServer(options: HttpsServerOptions): Promise<TlsPort> {
  let closing = false;

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    try {
      const {
        status,
        headers = {},
        body = '',
        keepAlive = false,
      } = await options.handle(presentRequest(request));
      // What was not read would be taken for the next request.
      const mayStay = keepAlive && request.complete && !closing;
      response.writeHead(status, {
        'content-length': Buffer.byteLength(body),
        'cache-control': 'no-store',
        ...headers,
        ...(mayStay ? {} : { connection: 'close' }),
      });
      response.end(body);
    } catch {
      response.destroy();
    }
  };

  const port = await openTlsPort({
    ...options,
    serve,
    limits: {
      handshakeTimeout: 10_000,
      headersTimeout: 10_000,
      requestTimeout: 20_000,
      connectionsCheckingInterval: 2000,
      keepAliveTimeout: 60_000,
      maxHeaderSize: 16_384,
    },
  });
  return {
    ...port,
    close: (deadlineMs) => {
      closing = true;
      return port.close(deadlineMs);
    },
  };
}

function presentRequest(request: IncomingMessage): HttpsRequest {
  const target = request.url ?? '/';
  const mark = target.indexOf('?');
  return {
    method: request.method ?? '',
    path: mark === -1 ? target : target.slice(0, mark),
    headers: request.headers,
    address: request.socket.remoteAddress ?? '',
    readBody: (limitBytes) => readBounded(request, limitBytes),
  };
}
