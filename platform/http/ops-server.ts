import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Metrics } from '../observe/metrics.ts';

export interface OpsServerOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly metrics: Metrics;
  /** Why the program is not ready; empty: it is. */
  readonly findObstacles: () => readonly string[];
  /** What `/statusz` tells, when the program has such a page. */
  readonly status?: () => unknown;
}

export interface OpsServer {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Plain HTTP for the kubelet and Prometheus, on a port of its own: `/livez`, `/readyz`, `/metrics`, `/statusz`. Nothing secret is behind
 * it and nothing can be changed through it.
 */
export async function startOpsServer(options: OpsServerOptions): Promise<OpsServer> {
  const server = createServer((request, response) => {
    request.resume();
    // `GET //` is no URL: thrown here, in no promise, it would end the process.
    const pathname = URL.parse(request.url ?? '/', 'http://ops')?.pathname ?? '';
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      send(response, 405, 'text/plain', 'only GET\n');
      return;
    }
    answer(pathname, options, response).catch(() => {
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  });
  server.headersTimeout = 5000;
  server.requestTimeout = 5000;
  server.listen(options.port, options.host);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answer(
  path: string,
  options: OpsServerOptions,
  response: ServerResponse,
): Promise<void> {
  switch (path) {
    case '/livez':
    case '/healthz':
      send(response, 200, 'text/plain', 'ok\n');
      return;
    case '/readyz': {
      const obstacles = options.findObstacles();
      const text = obstacles.length === 0 ? 'ok' : `not ready: ${obstacles.join('; ')}`;
      send(response, obstacles.length === 0 ? 200 : 503, 'text/plain', `${text}\n`);
      return;
    }
    case '/metrics': {
      const { registry } = options.metrics;
      send(response, 200, registry.contentType, await registry.metrics());
      return;
    }
    case '/statusz':
      if (options.status !== undefined) {
        send(response, 200, 'application/json', JSON.stringify(options.status()));
        return;
      }
  }
  send(response, 404, 'text/plain', 'there are /livez, /readyz, /metrics and /statusz\n');
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' });
  response.end(body);
}
