import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo, ListenOptions, Server } from 'node:net';
import type { IssuedCertificate } from '../certificates.ts';
import { endSocket, forgetSocket } from './amqp.ts';
import { bodyText, composeMessage } from './encoding.ts';
import type { PlainMessage } from './encoding.ts';
import { createPeer } from './peer.ts';
import type { PeerStats } from './peer.ts';
import { createQueue } from './queue.ts';
import type { Queue, StoredMessage } from './queue.ts';
import { createTopic, subscriptionAddress } from './topic.ts';
import type { Inbox } from './topic.ts';

export interface ServiceBusOptions {
  readonly queues: readonly string[];
  readonly topics?: readonly { readonly name: string; readonly subscriptions: readonly string[] }[];
  /** How long a peek-lock lasts; Azure's default, 60 s, when absent. */
  readonly lockDurationMs?: number;
  /** Deliveries before a message moves to the dead-letter queue; 10 when absent. */
  readonly maxDeliveryCount?: number;
  /** Window of duplicate detection by MessageId; 10 minutes when absent, 0 turns it off. */
  readonly duplicateWindowMs?: number;
  readonly port?: number;
  /** Another address of this machine than 127.0.0.1: a client that knows only a host name always takes port 5671. */
  readonly host?: string;
  /** AMQP over TLS, as the real thing speaks it; plain TCP when absent, as the official emulator does. */
  readonly tls?: IssuedCertificate;
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
  /** To a queue or a topic. */
  enqueue(entity: string, body: unknown, options?: PlainMessage): 'accepted' | 'duplicate';
  /** Everything that is in the queue or the subscription (`topic/Subscriptions/name`): waiting, locked or deferred. */
  messages(queue: string): readonly BusMessage[];
  deadLetters(queue: string): readonly BusMessage[];
  stats(): Readonly<PeerStats>;
  close(): Promise<void>;
}

/**
 * A stand-in for a Service Bus namespace: AMQP 1.0 on this machine, over TCP as `UseDevelopmentEmulator=true` makes every Azure SDK
 * speak it, or over TLS. Queues live in memory.
 */
export async function startServiceBus(options: ServiceBusOptions): Promise<ServiceBus> {
  const key = randomBytes(32).toString('base64');
  const queues = createQueues(options);
  const inboxes = createInboxes(options, queues);
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
  const peer = createPeer({ key, faults, stats, queues, inboxes });
  const { host = '127.0.0.1', tls } = options;
  const server: Server = peer.container.listen({
    host,
    port: options.port ?? 0,
    ...(tls === undefined ? {} : { transport: 'tls', cert: tls.certPem, key: tls.keyPem }),
  } as ListenOptions);
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
    enqueue: (entity, body, message = {}) => {
      const inbox = inboxes.get(entity.toLowerCase());
      if (inbox === undefined) throw new TypeError(`no '${entity}' in this stand-in`);
      return inbox.enqueue(composeMessage(body, message));
    },
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

const DUPLICATE_WINDOW_MS = 600_000;

/** By lower-case address: queues, subscriptions, and the dead-letter queue of each. */
function createQueues(options: ServiceBusOptions): Map<string, Queue> {
  const { lockDurationMs = 60_000, maxDeliveryCount = 10 } = options;
  const { duplicateWindowMs = DUPLICATE_WINDOW_MS } = options;
  const queues = new Map<string, Queue>();
  const add = (name: string, duplicateWindow: number) => {
    const deadLetters = createQueue({
      name: `${name}/$DeadLetterQueue`,
      lockDurationMs,
      maxDeliveryCount: Infinity,
      duplicateWindowMs: 0,
    });
    const limits = { lockDurationMs, maxDeliveryCount, duplicateWindowMs: duplicateWindow };
    queues.set(name.toLowerCase(), createQueue({ name, ...limits, deadLetters }));
    queues.set(deadLetters.name.toLowerCase(), deadLetters);
  };
  for (const name of options.queues) add(name, duplicateWindowMs);
  for (const { name, subscriptions } of options.topics ?? [])
    for (const each of subscriptions) add(subscriptionAddress(name, each), 0);
  return queues;
}

/** By lower-case address. */
function createInboxes(
  options: ServiceBusOptions,
  queues: ReadonlyMap<string, Queue>,
): Map<string, Inbox> {
  const { duplicateWindowMs = DUPLICATE_WINDOW_MS } = options;
  const find = (address: string) => queues.get(address.toLowerCase());
  const inboxes = new Map<string, Inbox>();
  for (const name of options.queues) {
    const queue = find(name);
    if (queue !== undefined) inboxes.set(name.toLowerCase(), queue);
  }
  for (const { name, subscriptions } of options.topics ?? []) {
    const copies = subscriptions
      .map((each) => find(subscriptionAddress(name, each)))
      .filter((queue) => queue !== undefined);
    inboxes.set(name.toLowerCase(), createTopic(copies, duplicateWindowMs));
  }
  return inboxes;
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
