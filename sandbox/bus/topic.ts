import type { AmqpMessage } from './amqp.ts';
import { createDuplicateDetector } from './duplicates.ts';
import type { Queue } from './queue.ts';

/** What a client may send to: a queue, or a topic. */
export interface Inbox {
  enqueue(message: AmqpMessage): 'accepted' | 'duplicate';
}

/** `events/Subscriptions/cluster-1`: the address of a subscription, which is a queue to whoever receives from it. */
export function subscriptionAddress(topic: string, subscription: string): string {
  return `${topic}/Subscriptions/${subscription}`;
}

/** A topic: each of its subscriptions gets a copy of every message. Duplicates are detected by the topic, before they are copied. */
export function createTopic(subscriptions: readonly Queue[], duplicateWindowMs: number): Inbox {
  const duplicates = createDuplicateDetector(duplicateWindowMs);
  return {
    enqueue: (message) => {
      if (duplicates.isDuplicate(message.message_id)) return 'duplicate';
      for (const subscription of subscriptions) subscription.enqueue(message);
      return 'accepted';
    },
  };
}
