import { createServer } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';

export interface EgressProxyOptions {
  /** The loopback port that stands in for a name, or undefined to refuse it. */
  readonly routes: (host: string, port: number) => { readonly port: number } | undefined;
}

export interface EgressProxy {
  /** `http://127.0.0.1:<port>`: the value of HTTPS_PROXY. */
  readonly url: string;
  readonly port: number;
  /** `host:port` of each refused attempt, in order. */
  refused(): readonly string[];
  close(): Promise<void>;
}

const REMEMBERED_REFUSALS = 1000;

/**
 * The only way out of a sandboxed process: HTTP CONNECT to names that stand-ins serve on this machine. Anything else is refused
 * and remembered, which is how tests show that nothing leaves 127.0.0.1.
 */
export async function startEgressProxy({ routes }: EgressProxyOptions): Promise<EgressProxy> {
  const refusals: string[] = [];
  const sockets = new Set<Socket>();
  const refuse = (target: string) => {
    if (refusals.length < REMEMBERED_REFUSALS) refusals.push(target.slice(0, 300));
  };

  const server = createServer((request, response) => {
    // A plain-HTTP request in absolute form: no stand-in speaks plain HTTP.
    refuse(request.url ?? '');
    response.writeHead(403, { 'content-type': 'text/plain' }).end('the sandbox refuses this\n');
  });
  server.on('connection', (socket) => {
    track(sockets, socket);
  });
  server.on('connect', (request, client: Duplex, head: Buffer) => {
    client.on('error', () => client.destroy());
    const target = parseTarget(request.url ?? '');
    const route = target === undefined ? undefined : routes(target.host, target.port);
    if (route === undefined) {
      refuse(request.url ?? '');
      client.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    const upstream = connect({ host: '127.0.0.1', port: route.port });
    track(sockets, upstream);
    upstream.once('connect', () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      upstream.write(head);
      client.pipe(upstream).pipe(client);
    });
    upstream.on('error', () => client.destroy());
    upstream.on('close', () => client.destroy());
    client.on('close', () => upstream.destroy());
  });

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    refused: () => [...refusals],
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
        // `closeAllConnections` forgets sockets that CONNECT took over.
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function track(sockets: Set<Socket>, socket: Socket): void {
  sockets.add(socket);
  socket.once('close', () => sockets.delete(socket));
}

function parseTarget(text: string): { host: string; port: number } | undefined {
  const match = /^([a-z0-9.-]{1,253}):(\d{1,5})$/iu.exec(text);
  if (match?.[1] === undefined) return undefined;
  return { host: match[1].toLowerCase(), port: Number(match[2]) };
}
