import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Certificate } from './certificate.ts';

export interface TlsPortOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly certificate: Certificate;
  /** How long a connection may take for what. */
  readonly limits: Pick<
    ServerOptions,
    | 'connectionsCheckingInterval'
    | 'handshakeTimeout'
    | 'headersTimeout'
    | 'keepAliveTimeout'
    | 'maxHeaderSize'
    | 'requestTimeout'
  >;
  /** Connections at a time; more are closed as they come. Without a bound by default. */
  readonly connections?: number;
  /** Never rejects. */
  readonly serve: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
}

export interface TlsPort {
  readonly port: number;
  /** New handshakes get this certificate; open connections stay. */
  readonly replaceCertificate: (certificate: Certificate) => void;
  /** Takes no new connection; waits for answers under way, `deadlineMs` at most. */
  close(deadlineMs: number): Promise<void>;
}

const MIN_VERSION = 'TLSv1.2';

/** HTTP/1.1 over TLS 1.2 or later. Resolves when it listens. */
export async function openTlsPort(options: TlsPortOptions): Promise<TlsPort> {
  const { cert, key } = options.certificate;
  const server = createServer(
    { ...options.limits, cert, key, minVersion: MIN_VERSION, ALPNProtocols: ['http/1.1'] },
    (request, response) => void options.serve(request, response),
  );
  if (options.connections !== undefined) server.maxConnections = options.connections;
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
