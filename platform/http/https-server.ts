import { once } from 'node:events';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Certificate } from './certificate.ts';
import { readBounded, type BoundedBody } from './read-bounded.ts';

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

export interface HttpsServer {
  readonly port: number;
  /** New handshakes get this certificate; open connections stay. */
  replaceCertificate(certificate: Certificate): void;
  /** Takes no new connection; waits for answers under way, `deadlineMs` at most. */
  close(deadlineMs: number): Promise<void>;
}

const MIN_VERSION = 'TLSv1.2';

/**
 * HTTPS for a port that the internet may reach: every phase of a connection is bounded in time, so that nobody holds one by being slow.
 */
export async function startHttpsServer(options: HttpsServerOptions): Promise<HttpsServer> {
  const { cert, key } = options.certificate;
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

  const server = createServer(
    {
      cert,
      key,
      minVersion: MIN_VERSION,
      ALPNProtocols: ['http/1.1'],
      handshakeTimeout: 10_000,
      headersTimeout: 10_000,
      requestTimeout: 20_000,
      connectionsCheckingInterval: 2000,
      keepAliveTimeout: 60_000,
      maxHeaderSize: 16_384,
    },
    (request, response) => void serve(request, response),
  );
  server.maxConnections = options.connections;
  server.on('tlsClientError', () => undefined);
  // Also those that never finish a handshake: `closeAllConnections` does not know them, and `close` waits for them.
  const sockets = new Set<Duplex>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen(options.port, options.host);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    replaceCertificate: (next) => {
      server.setSecureContext({ cert: next.cert, key: next.key, minVersion: MIN_VERSION });
    },
    close: async (deadlineMs) => {
      closing = true;
      const closed = once(server, 'close');
      server.close();
      server.closeIdleConnections();
      const impatience = setTimeout(() => {
        for (const socket of sockets) socket.destroy();
      }, deadlineMs);
      await closed;
      clearTimeout(impatience);
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
