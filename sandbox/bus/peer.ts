import rhea from 'rhea';
import type { Connection, Container, Delivery, EventContext, Receiver, Sender } from 'rhea';
import {
  addressOf,
  findReplyLink,
  repeatSettleModes,
  settleAccepted,
  settleRejected,
} from './amqp.ts';
import type { AmqpMessage } from './amqp.ts';
import { answerOf, entityOf, judgeToken } from './cbs.ts';
import type { CbsFaults } from './cbs.ts';
import { decodeTransfer } from './encoding.ts';
import { applyDisposition, createConsumers, readDisposition } from './links.ts';
import { answerManagement } from './management.ts';
import type { Queue } from './queue.ts';
import type { Inbox } from './topic.ts';

export interface PeerStats {
  connections: number;
  putTokens: number;
  delivered: number;
  accepted: number;
  rejected: number;
  modified: number;
  released: number;
  lockLost: number;
  management: number;
}

export interface PeerOptions {
  readonly key: string;
  readonly faults: CbsFaults;
  readonly stats: PeerStats;
  /** What can be received from, by lower-case address: `queue`, `topic/subscriptions/name`, and both with `/$deadletterqueue`. */
  readonly queues: ReadonlyMap<string, Queue>;
  /** What can be sent to, by lower-case address. */
  readonly inboxes: ReadonlyMap<string, Inbox>;
}

export const MAX_MESSAGE_BYTES = 262_144;
const MANAGEMENT = '/$management';

/** An AMQP 1.0 container that speaks Service Bus: it routes links by address to `$cbs`, a queue or its management node. */
export function createPeer({ key, faults, stats, queues, inboxes }: PeerOptions): {
  readonly container: Container;
  readonly connections: Set<Connection>;
  purge(connection: Connection): void;
} {
  const container = rhea.create_container({
    id: 'keyward-service-bus',
    sender_options: { autosettle: false, treat_modified_as_released: false },
    receiver_options: { autoaccept: false, max_message_size: MAX_MESSAGE_BYTES },
  });
  const connections = new Set<Connection>();
  const authorised = new WeakMap<Connection, Set<string>>();
  const consumers = createConsumers(() => {
    stats.delivered += 1;
  });
  for (const queue of queues.values()) {
    queue.onActive(() => {
      consumers.pump(queue);
    });
  }

  const findQueue = (address: string) => queues.get(address.toLowerCase());
  const findInbox = (address: string) => inboxes.get(address.toLowerCase());
  const refusalOf = (connection: Connection, address: string, isFound: boolean) => {
    if (authorised.get(connection)?.has(entityOf(address)) !== true) {
      const description = `Unauthorized access. 'Listen' or 'Send' claim(s) are required: ${address}`;
      return { condition: 'amqp:unauthorized-access', description };
    }
    const description = `The messaging entity '${address}' could not be found.`;
    return isFound ? undefined : { condition: 'amqp:not-found', description };
  };
  const purge = (connection: Connection) => {
    connections.delete(connection);
    consumers.removeConnection(connection);
  };

  container.on('connection_open', ({ connection }: EventContext) => {
    stats.connections += 1;
    connections.add(connection);
    authorised.set(connection, new Set());
  });
  for (const name of ['connection_close', 'disconnected']) {
    container.on(name, ({ connection }: EventContext) => {
      purge(connection);
    });
  }
  // An unhandled error event would end the process: a stand-in outlives whatever its clients do.
  for (const name of [
    'error',
    'protocol_error',
    'connection_error',
    'session_error',
    'sender_error',
    'receiver_error',
  ]) {
    container.on(name, () => {});
  }

  container.on('sender_open', (context: EventContext) => {
    const sender = context.sender as Sender;
    const address = addressOf(sender.source);
    // Not required by the JavaScript SDK; other clients read their own terminus back.
    sender.set_source(sender.source);
    if (sender.target !== null) sender.set_target(sender.target);
    repeatSettleModes(sender);
    if (address === '$cbs') return;
    const isManagement = address.endsWith(MANAGEMENT);
    const queue = findQueue(queueAddress(address));
    const refusal = refusalOf(context.connection, address, queue !== undefined);
    if (refusal !== undefined) return sender.close(refusal);
    if (queue === undefined || isManagement) return;
    consumers.add(sender, queue);
    consumers.pump(queue);
  });
  for (const name of ['sender_close', 'sender_error']) {
    container.on(name, ({ sender }: EventContext) => {
      if (sender !== undefined) consumers.remove(sender);
    });
  }
  container.on('sendable', ({ sender }: EventContext) => {
    const queue = sender === undefined ? undefined : findQueue(addressOf(sender.source));
    if (queue !== undefined) consumers.pump(queue);
  });
  container.on('sender_draining', ({ sender }: EventContext) => {
    if (sender !== undefined) consumers.drain(sender);
  });
  container.on('receiver_open', (context: EventContext) => {
    const receiver = context.receiver as Receiver;
    const address = addressOf(receiver.target);
    receiver.set_target(receiver.target);
    if (receiver.source !== null) receiver.set_source(receiver.source);
    if (address === '$cbs') return;
    const isFound = address.endsWith(MANAGEMENT)
      ? findQueue(queueAddress(address)) !== undefined
      : findInbox(address) !== undefined;
    const refusal = refusalOf(context.connection, address, isFound);
    if (refusal !== undefined) receiver.close(refusal);
  });

  const answerCbs = (context: EventContext, receiver: Receiver, request: AmqpMessage) => {
    stats.putTokens += 1;
    if (faults.cbsSilent) return;
    const answer = judgeToken(request, key, faults);
    if (answer.entity !== undefined) authorised.get(context.connection)?.add(answer.entity);
    findReplyLink(receiver, '$cbs', request.reply_to)?.send(answerOf(request, answer) as never);
  };
  container.on('message', (context: EventContext & { readonly format?: number }) => {
    const receiver = context.receiver as Receiver;
    const delivery = context.delivery as Delivery;
    const address = addressOf(receiver.target);
    const message = context.message as unknown as AmqpMessage | Buffer;
    if (address === '$cbs' || address.endsWith(MANAGEMENT)) {
      settleAccepted(delivery);
      if (Buffer.isBuffer(message)) return;
      if (address === '$cbs') return answerCbs(context, receiver, message);
    }
    if (address.endsWith(MANAGEMENT)) {
      const queue = findQueue(queueAddress(address));
      if (queue === undefined) return;
      stats.management += 1;
      const reply = answerManagement(message as AmqpMessage, queue);
      const { reply_to: replyTo } = message as AmqpMessage;
      findReplyLink(receiver, address, replyTo)?.send(reply as never);
      return;
    }
    const inbox = findInbox(address);
    if (inbox === undefined) {
      return settleRejected(delivery, { condition: 'amqp:not-found', description: address });
    }
    for (const one of decodeTransfer(message, context.format ?? 0)) inbox.enqueue(one);
    settleAccepted(delivery);
  });
  for (const name of ['accepted', 'rejected', 'modified', 'released'] as const) {
    container.on(name, (context: EventContext) => {
      const sender = context.sender;
      const delivery = context.delivery as Delivery;
      const queue = sender === undefined ? undefined : findQueue(addressOf(sender.source));
      if (queue === undefined || sender?.snd_settle_mode === 1) return;
      stats[name] += 1;
      if (!applyDisposition(queue, delivery, readDisposition(name, delivery))) stats.lockLost += 1;
    });
  }
  return { container, connections, purge };
}

function queueAddress(address: string): string {
  return address.endsWith(MANAGEMENT) ? address.slice(0, -MANAGEMENT.length) : address;
}
