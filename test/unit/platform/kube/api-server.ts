import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { KubeOptions } from '../../../../platform/kube/http-kube.ts';
import type { Kube } from '../../../../platform/kube/kube.ts';
import { loadKube } from '../../../../platform/kube/load-kube.ts';
import { createCertificateAuthority } from '../../../../sandbox/certificates.ts';

export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface TinyServer extends AsyncDisposable {
  readonly requests: readonly SeenRequest[];
  readonly url: string;
  /** TCP connections so far. */
  connections(): number;
  /** What the next requests get; the last answer stays. */
  answer(...next: ((response: ServerResponse, request: SeenRequest) => void)[]): void;
  /** A client for it. */
  connect(
    options?: KubeOptions & { readonly caPem?: string; readonly user?: object },
  ): Promise<Kube>;
}

export const json =
  (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}) =>
  (response: ServerResponse) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify(body));
  };

/** An HTTPS server on loopback that stands for the API server: it answers what a test tells it. */
export async function startServer(): Promise<TinyServer> {
  const requests: SeenRequest[] = [];
  const answers: ((response: ServerResponse, request: SeenRequest) => void)[] = [];
  const sockets = new Set<Duplex>();
  let connections = 0;
  const respond = async (request: IncomingMessage, response: ServerResponse) => {
    const { method = '', url = '', headers } = request;
    const seen = { method, url, headers, body: await text(request) };
    requests.push(seen);
    const next = answers.length > 1 ? answers.shift() : answers[0];
    (next ?? json(404, {}))(response, seen);
  };
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    respond(request, response).catch(() => response.destroy());
  };
  const authority = await createCertificateAuthority();
  const { certPem, keyPem } = await authority.issue({
    commonName: 'api',
    ipAddresses: ['127.0.0.1'],
  });
  const server = createServer({ cert: certPem, key: keyPem }, listener);
  server.on('connection', (socket) => {
    connections += 1;
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('tlsClientError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const url = `https://127.0.0.1:${port}`;
  const folder = await mkdtemp(join(tmpdir(), 'keyward-kube-'));
  const clients: Kube[] = [];
  return {
    requests,
    url,
    connections: () => connections,
    answer: (...next) => {
      answers.splice(0, answers.length, ...next);
    },
    connect: async ({ caPem = authority.caPem, user = { token: 'TOKEN' }, ...rest } = {}) => {
      const kubeconfig = join(folder, `config-${clients.length}`);
      await writeFile(kubeconfig, writeConfig(url, caPem, user));
      const kube = await loadKube({ kubeconfig, ...rest });
      clients.push(kube);
      return kube;
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(clients.map((client) => client.close()));
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function writeConfig(server: string, caPem: string, user: object): string {
  const authority = Buffer.from(caPem).toString('base64');
  const cluster = { server: `${server}/`, 'certificate-authority-data': authority };
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'main',
    clusters: [{ name: 'main', cluster }],
    users: [{ name: 'main', user }],
    contexts: [{ name: 'main', context: { cluster: 'main', user: 'main' } }],
  });
}
