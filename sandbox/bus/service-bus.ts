import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo, Server } from 'node:net';
import { endSocket, forgetSocket } from './amqp.ts';
import { bodyText, composeMessage } from './encoding.ts';
import type { PlainMessage } from './encoding.ts';
import { createPeer } from './peer.ts';
import type { PeerStats } from './peer.ts';
import { createQueue } from './queue.ts';
import type { Queue, StoredMessage } from './queue.ts';

export interface ServiceBusOptions {
  readonly queues: readonly string[];
  /** How long a peek-lock lasts; Azure's default, 60 s, when absent. */
  readonly lockDurationMs?: number;
  /** Deliveries before a message moves to the dead-letter queue; 10 when absent. */
  readonly maxDeliveryCount?: number;
  /** Window of duplicate detection by MessageId; 10 minutes when absent, 0 turns it off. */
  readonly duplicateWindowMs?: number;
  readonly port?: number;
}

/** A message as it lies in a queue. */
export interface BusMessage {
  readonly messageId: string | undefined;
  readonly sequenceNumber: number;
  readonly deliveryCount: number;
  readonly state: StoredMessage['state'];
  readonly body: string;
  readonly applicationProperties: Readonly<Record<string, unknown>>;
}

export interface BusFaults {
  /** Answers every put-token with 401. */
  cbsUnauthorized: boolean;
  /** Never answers a put-token. */
  cbsSilent: boolean;
  /** Ends every client's connection, as a network loss would; new ones are accepted. */
  dropConnections(): void;
}

export interface ServiceBus {
  readonly connectionString: string;
  readonly port: number;
  readonly faults: BusFaults;
  enqueue(queue: string, body: unknown, options?: PlainMessage): 'accepted' | 'duplicate';
  /** Everything that is in the queue: waiting, locked or deferred. */
  messages(queue: string): readonly BusMessage[];
  deadLetters(queue: string): readonly BusMessage[];
  stats(): Readonly<PeerStats>;
  close(): Promise<void>;
}

/**
 * A stand-in for a Service Bus namespace: AMQP 1.0 over TCP on 127.0.0.1, what `UseDevelopmentEmulator=true` makes every Azure
 * SDK speak. Queues live in memory.
 */
export async function startServiceBus(options: ServiceBusOptions): Promise<ServiceBus> {
  const key = randomBytes(32).toString('base64');
  const queues = createQueues(options);
  const stats: PeerStats = {
    connections: 0,
    putTokens: 0,
    delivered: 0,
    accepted: 0,
    rejected: 0,
    modified: 0,
    released: 0,
    lockLost: 0,
    management: 0,
  };
  const faults: BusFaults = {
    cbsUnauthorized: false,
    cbsSilent: false,
    dropConnections: () => {
      for (const connection of peer.connections) {
        peer.purge(connection);
        endSocket(connection);
      }
    },
  };
  const peer = createPeer({ key, faults, stats, queues });
  const server: Server = peer.container.listen({ host: '127.0.0.1', port: options.port ?? 0 });
  const sockets = new Set<import('node:net').Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  if (!server.listening) await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  const find = (name: string): Queue => {
    const queue = queues.get(name.toLowerCase());
    if (queue === undefined) throw new TypeError(`no queue '${name}' in this stand-in`);
    return queue;
  };
  return {
    port,
    connectionString: `Endpoint=sb://127.0.0.1:${port};SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey=${key};UseDevelopmentEmulator=true;`,
    faults,
    enqueue: (queue, body, message = {}) => find(queue).enqueue(composeMessage(body, message)),
    messages: (queue) => find(queue).peek(0, Infinity).map(describeMessage),
    deadLetters: (queue) =>
      find(`${queue}/$DeadLetterQueue`).peek(0, Infinity).map(describeMessage),
    stats: () => ({ ...stats }),
    close: async () => {
      for (const connection of peer.connections) forgetSocket(connection);
      for (const socket of sockets) socket.destroy();
      for (const queue of queues.values()) queue.close();
      await new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
      });
    },
  };
}

function createQueues(options: ServiceBusOptions): Map<string, Queue> {
  const { lockDurationMs = 60_000, maxDeliveryCount = 10 } = options;
  const queues = new Map<string, Queue>();
  for (const name of options.queues) {
    const deadLetters = createQueue({
      name: `${name}/$DeadLetterQueue`,
      lockDurationMs,
      maxDeliveryCount: Infinity,
      duplicateWindowMs: 0,
    });
    const queue = createQueue({
      name,
      lockDurationMs,
      maxDeliveryCount,
      duplicateWindowMs: options.duplicateWindowMs ?? 600_000,
      deadLetters,
    });
    queues.set(name.toLowerCase(), queue);
    queues.set(deadLetters.name.toLowerCase(), deadLetters);
  }
  return queues;
}

function describeMessage(stored: StoredMessage): BusMessage {
  const { message_id: id, application_properties: properties } = stored.message;
  return {
    messageId: id === undefined ? undefined : String(id),
    sequenceNumber: stored.sequenceNumber,
    deliveryCount: stored.deliveryCount,
    state: stored.state,
    body: bodyText(stored.message),
    applicationProperties: properties ?? {},
  };
}
