import type { Connection, Delivery, Sender } from 'rhea';
import { creditOf, encodeMessage, settleAccepted, settleModified, settleRejected } from './amqp.ts';
import { presentMessage } from './encoding.ts';
import type { Outcome, Queue } from './queue.ts';

interface Consumer {
  readonly sender: Sender;
  readonly queue: Queue;
  readonly isPeekLock: boolean;
  /** Sent in this turn of the event loop: rhea takes them from the link's credit only when it writes. */
  unwritten: number;
}

export interface Consumers {
  add(sender: Sender, queue: Queue): void;
  remove(sender: Sender): void;
  removeConnection(connection: Connection): void;
  pump(queue: Queue): void;
  /** Sends what the credit allows, then gives the rest of it back: the client's `close()` waits for that. */
  drain(sender: Sender): void;
  count(): number;
}

/** Receiving links of clients: hands out messages while there is credit, one consumer after the other. */
export function createConsumers(onDelivered: () => void): Consumers {
  let consumers: Consumer[] = [];

  const isReady = ({ sender, unwritten }: Consumer) =>
    sender.is_open() &&
    sender.is_remote_open() &&
    !sender.is_closed() &&
    sender.sendable() &&
    creditOf(sender) > unwritten;

  const deliver = (consumer: Consumer): boolean => {
    const { sender, queue, isPeekLock } = consumer;
    const source = queue.name.replace(/\/\$DeadLetterQueue$/u, '');
    const about = source === queue.name ? {} : { deadLetterSource: source };
    if (isPeekLock) {
      const lock = queue.takeLocked();
      if (lock === undefined) return false;
      const message = presentMessage(lock.stored, { ...about, lockedUntil: lock.lockedUntil });
      sendOn(consumer, Buffer.from(lock.token, 'hex'), encodeMessage(message));
    } else {
      const stored = queue.takeSettled();
      if (stored === undefined) return false;
      sendOn(
        consumer,
        Buffer.from(String(stored.sequenceNumber)),
        encodeMessage(presentMessage(stored, about)),
      );
    }
    onDelivered();
    return sender.is_open();
  };
  const sendOn = (consumer: Consumer, tag: Buffer, bytes: Buffer) => {
    consumer.sender.send(bytes, tag, 0);
    consumer.unwritten += 1;
    // rhea writes on nextTick, so by then the credit itself has gone down.
    setImmediate(() => {
      consumer.unwritten -= 1;
      pump(consumer.queue);
    });
  };

  const pump = (queue: Queue) => {
    while (queue.hasActive()) {
      const consumer = consumers.find((other) => other.queue === queue && isReady(other));
      if (consumer === undefined) return;
      // To the end of the line, so that competing consumers share.
      consumers = [...consumers.filter((other) => other !== consumer), consumer];
      if (!deliver(consumer)) return;
    }
  };

  return {
    add: (sender, queue) => {
      consumers.push({ sender, queue, isPeekLock: sender.snd_settle_mode !== 1, unwritten: 0 });
    },
    remove: (sender) => {
      consumers = consumers.filter((consumer) => consumer.sender !== sender);
    },
    removeConnection: (connection) => {
      consumers = consumers.filter((consumer) => consumer.sender.connection !== connection);
    },
    pump,
    drain: (sender) => {
      const consumer = consumers.find((other) => other.sender === sender);
      const canDeliver = () =>
        consumer !== undefined &&
        consumer.queue.hasActive() &&
        isReady(consumer) &&
        deliver(consumer);
      while (canDeliver());
      sender.set_drained(true);
    },
    count: () => consumers.length,
  };
}

interface RemoteState {
  readonly undeliverable_here?: boolean;
  readonly message_annotations?: Readonly<Record<string, unknown>>;
  readonly error?: {
    readonly condition?: string;
    readonly info?: Readonly<Record<string, unknown>>;
  };
}

/** What the client decided about a delivery (azure.md 7.5). */
export function readDisposition(
  name: 'accepted' | 'rejected' | 'modified' | 'released',
  delivery: Delivery,
): Outcome {
  const state = (delivery.remote_state ?? {}) as RemoteState;
  if (name === 'accepted') return { kind: 'complete' };
  if (name === 'released') return { kind: 'release' };
  if (name === 'rejected') return { kind: 'deadLetter', properties: { ...state.error?.info } };
  const properties = state.message_annotations ?? {};
  return { kind: state.undeliverable_here === true ? 'defer' : 'abandon', properties };
}

/** Settles a disposition on the queue and answers it; a lost lock is what the client must learn. */
export function applyDisposition(queue: Queue, delivery: Delivery, outcome: Outcome): boolean {
  const { tag } = delivery;
  const token = Buffer.isBuffer(tag) ? tag.toString('hex') : '';
  if (!queue.settle(token, outcome)) {
    settleRejected(delivery, {
      condition: 'com.microsoft:message-lock-lost',
      description:
        'The lock supplied is invalid. Either the lock expired, or the message was removed.',
    });
    return false;
  }
  // The service confirms with the outcome that it applied (azure-servicebus for Python insists on it); its error must be empty, or
  // every SDK takes the answer for a refusal.
  if (outcome.kind === 'abandon' || outcome.kind === 'defer') settleModified(delivery);
  else if (outcome.kind === 'deadLetter') settleRejected(delivery);
  else settleAccepted(delivery);
  return true;
}
