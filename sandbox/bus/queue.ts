import { randomUUID } from 'node:crypto';
import type { AmqpMessage } from './amqp.ts';
import { withApplicationProperties } from './encoding.ts';
import { createDuplicateDetector } from './duplicates.ts';

export interface StoredMessage {
  readonly sequenceNumber: number;
  readonly enqueuedAt: number;
  /** How often it was handed out and came back: 0 at first delivery. */
  readonly deliveryCount: number;
  readonly message: AmqpMessage;
  readonly state: 'active' | 'locked' | 'deferred';
  readonly isDeferred?: boolean;
}

export interface Lock {
  /** 16 random bytes as hex; the wire carries them in two byte orders (`encoding.ts`). */
  readonly token: string;
  readonly lockedUntil: number;
  readonly stored: StoredMessage;
}

type Properties = Readonly<Record<string, unknown>>;
export type Outcome =
  | { readonly kind: 'complete' }
  | { readonly kind: 'release' }
  | { readonly kind: 'abandon'; readonly properties?: Properties }
  | { readonly kind: 'defer'; readonly properties?: Properties }
  | { readonly kind: 'deadLetter'; readonly properties: Properties };

export interface QueueOptions {
  readonly name: string;
  readonly lockDurationMs: number;
  readonly maxDeliveryCount: number;
  readonly duplicateWindowMs: number;
  /** Where dead letters go; a dead-letter queue has none. */
  readonly deadLetters?: Queue;
}

export interface Queue {
  readonly name: string;
  readonly deadLetters: Queue | undefined;
  enqueue(message: AmqpMessage): 'accepted' | 'duplicate';
  hasActive(): boolean;
  takeLocked(): Lock | undefined;
  takeSettled(): StoredMessage | undefined;
  /** A message that was set aside, locked again: it stays aside until completed or dead-lettered. */
  takeDeferred(sequenceNumber: number): Lock | undefined;
  /** False when the lock is gone. */
  settle(token: string, outcome: Outcome): boolean;
  /** The new end of the lock, or undefined when it is gone. */
  renew(token: string): number | undefined;
  peek(fromSequenceNumber: number, count: number): readonly StoredMessage[];
  onActive(listener: () => void): void;
  close(): void;
}

interface HeldLock {
  readonly stored: StoredMessage;
  timer: NodeJS.Timeout;
}

/** What a Service Bus queue does with messages, without the wire: locks, counts, dead letters (azure.md 7.7). */
export function createQueue(options: QueueOptions): Queue {
  const active: StoredMessage[] = [];
  const deferred: StoredMessage[] = [];
  const locks = new Map<string, HeldLock>();
  const duplicates = createDuplicateDetector(options.duplicateWindowMs);
  const listeners: (() => void)[] = [];
  let lastSequenceNumber = 0;

  const announce = () => {
    for (const listener of listeners) listener();
  };
  // A message that comes back takes its old place: Service Bus hands out by sequence number.
  const requeue = (returned: StoredMessage) => {
    const stored: StoredMessage = { ...returned, state: 'active' };
    if (stored.isDeferred === true) {
      deferred.push({ ...stored, state: 'deferred' });
      return;
    }
    const next = active.findIndex((other) => other.sequenceNumber > stored.sequenceNumber);
    active.splice(next === -1 ? active.length : next, 0, stored);
    announce();
  };
  const moveToDeadLetters = (stored: StoredMessage, properties: Properties) => {
    const { deadLetters } = options;
    if (deadLetters === undefined) requeue(stored);
    else deadLetters.enqueue(withApplicationProperties(stored.message, properties));
  };
  const giveBack = (stored: StoredMessage, properties: Properties = {}) => {
    const deliveryCount = stored.deliveryCount + 1;
    const message = withApplicationProperties(stored.message, properties);
    const returned: StoredMessage = { ...stored, message, deliveryCount };
    if (deliveryCount < options.maxDeliveryCount) return requeue(returned);
    return moveToDeadLetters(returned, {
      DeadLetterReason: 'MaxDeliveryCountExceeded',
      DeadLetterErrorDescription: `Message could not be consumed after ${deliveryCount} delivery attempts.`,
    });
  };
  const startTimer = (token: string) => {
    const expire = () => {
      const held = locks.get(token);
      locks.delete(token);
      if (held !== undefined) giveBack(held.stored);
    };
    return setTimeout(expire, options.lockDurationMs).unref();
  };
  const lock = (next: StoredMessage | undefined): Lock | undefined => {
    if (next === undefined) return undefined;
    const stored: StoredMessage = { ...next, state: 'locked' };
    const token = randomUUID().replaceAll('-', '');
    locks.set(token, { stored, timer: startTimer(token) });
    return { token, lockedUntil: Date.now() + options.lockDurationMs, stored };
  };
  const apply = (stored: StoredMessage, outcome: Outcome) => {
    switch (outcome.kind) {
      case 'complete':
        return;
      case 'release':
        return requeue(stored);
      case 'abandon':
        return giveBack(stored, outcome.properties);
      case 'defer': {
        const message = withApplicationProperties(stored.message, outcome.properties ?? {});
        return requeue({ ...stored, message, isDeferred: true });
      }
      case 'deadLetter':
        return moveToDeadLetters(stored, outcome.properties);
    }
  };

  return {
    name: options.name,
    deadLetters: options.deadLetters,
    enqueue: (message) => {
      if (duplicates.isDuplicate(message.message_id)) return 'duplicate';
      lastSequenceNumber += 1;
      requeue({
        sequenceNumber: lastSequenceNumber,
        enqueuedAt: Date.now(),
        deliveryCount: 0,
        message,
        state: 'active',
      });
      return 'accepted';
    },
    hasActive: () => active.length > 0,
    takeLocked: () => lock(active.shift()),
    takeDeferred: (sequenceNumber) => {
      const at = deferred.findIndex((stored) => stored.sequenceNumber === sequenceNumber);
      return at === -1 ? undefined : lock(deferred.splice(at, 1)[0]);
    },
    takeSettled: () => active.shift(),
    settle: (token, outcome) => {
      const held = locks.get(token);
      if (held === undefined) return false;
      clearTimeout(held.timer);
      locks.delete(token);
      apply(held.stored, outcome);
      return true;
    },
    renew: (token) => {
      const held = locks.get(token);
      if (held === undefined) return undefined;
      clearTimeout(held.timer);
      held.timer = startTimer(token);
      return Date.now() + options.lockDurationMs;
    },
    peek: (fromSequenceNumber, count) =>
      [...active, ...deferred, ...[...locks.values()].map((held) => held.stored)]
        .filter((stored) => stored.sequenceNumber >= fromSequenceNumber)
        .toSorted((left, right) => left.sequenceNumber - right.sequenceNumber)
        .slice(0, count),
    onActive: (listener) => {
      listeners.push(listener);
    },
    close: () => {
      for (const held of locks.values()) clearTimeout(held.timer);
      locks.clear();
      options.deadLetters?.close();
    },
  };
}
