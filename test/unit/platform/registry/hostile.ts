import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { createFakeClock } from '../../../../platform/lifecycle/fake-clock.ts';
import { createMetrics } from '../../../../platform/observe/metrics.ts';
import {
  createRegistry,
  type RegistryClientOptions,
} from '../../../../platform/registry/create-registry.ts';
import type { Registry, RepositoryRef } from '../../../../platform/registry/registry.ts';

export type Answer = (response: ServerResponse, request: IncomingMessage) => void;

export interface Hostile extends AsyncDisposable {
  readonly host: string;
  readonly ref: RepositoryRef;
  readonly client: Registry;
  /** Paths asked for, in order. */
  readonly asked: readonly string[];
  /** What the kernel took of what was sent, over all connections. */
  taken(): number;
  /** What the client read of that. */
  read(): number;
}

/** What a socket hands over at a time, and what a stream holds in advance of its reader. */
export const IN_FLIGHT = 256 * 1024;
/** What a kernel holds of what nobody reads, on both ends of loopback, and more. */
export const SLACK = 12 * 1024 * 1024;

/** A registry over plain HTTP that does whatever the test likes, and the real client that asks it. */
export async function startHostile(
  answer: Answer,
  clientOptions: Partial<RegistryClientOptions> = {},
): Promise<Hostile> {
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.on('error', () => undefined);
    answer(response, request);
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
  });
  await new Promise<void>((listening) => {
    server.listen(0, '127.0.0.1', listening);
  });
  const { port } = server.address() as AddressInfo;
  const host = `127.0.0.1:${port}`;
  const reading = new Set<Socket>();
  const noteSocket = (message: unknown) => {
    const { socket } = message as { readonly socket: Socket };
    if (socket.remotePort === port) reading.add(socket);
  };
  subscribe('undici:client:connected', noteSocket);
  const client = createRegistry({
    clock: createFakeClock(),
    metrics: createMetrics(),
    plainHttp: [host],
    ...clientOptions,
  });
  return {
    host,
    ref: { registry: host, repository: 'team/app' },
    client,
    asked,
    taken: () =>
      [...sockets].reduce((sum, socket) => sum + socket.bytesWritten - socket.writableLength, 0),
    read: () => [...reading].reduce((sum, socket) => sum + socket.bytesRead, 0),
    [Symbol.asyncDispose]: async () => {
      unsubscribe('undici:client:connected', noteSocket);
      await client.close();
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

const CHUNK = Buffer.alloc(64 * 1024, 0x20);

/** Sends for as long as somebody takes it. */
export function pour(response: ServerResponse): void {
  const push = () => {
    while (!response.destroyed && response.write(CHUNK));
    if (!response.destroyed) response.once('drain', push);
  };
  push();
}

/** One byte every 20 ms, for ever. */
export function drip(response: ServerResponse): void {
  response.write(' ');
  const timer = setInterval(() => response.write(' '), 20);
  response.once('close', () => {
    clearInterval(timer);
  });
}

/** What a question ended in. */
export async function failureOf(question: Promise<unknown>): Promise<{ readonly code?: string }> {
  try {
    return { code: `answered: ${JSON.stringify(await question)}` };
  } catch (error) {
    return error as { code?: string };
  }
}
