import { expect, it } from '@jest/globals';
import { DEAD_LETTER, valueOf } from './bus-client.ts';
import type { BusClient, SeenMessage } from './bus-client.ts';

/** What a suite runs against: a queue or a subscription, of the stand-in or real, through one client library. */
export interface Subject {
  /** The path by which the service names it. */
  readonly path: string;
  readonly lockDurationMs: number;
  readonly maxDeliveryCount: number;
  /** A client with the right key, a wrong one, or on an entity that does not exist. */
  open(how?: 'wrongKey' | 'missing'): Promise<BusClient>;
}

const WAIT_MS = 5000;
const SHORT_MS = 300;
const once = { count: 1, waitMs: WAIT_MS } as const;
let serial = 0;
/** Unique even against a real queue that remembers ids for days. */
const freshId = () => `keyward-${process.pid}-${Date.now()}-${(serial += 1)}`;

/**
 * The contract of a Service Bus queue, or subscription of a topic, as keyward relies on it. One list: each entry is run with the JavaScript and the Python SDK,
 * on the stand-in and, when given, on the real thing.
 */
export function describeBehaviours(subject: () => Subject): void {
  // A failed behaviour must not fail the next one, and a real queue may hold anything at first.
  let isEmpty = false;
  const withClient = async (use: (client: BusClient) => Promise<void>) => {
    const client = await subject().open();
    try {
      if (!isEmpty) await empty(client);
      isEmpty = false;
      await use(client);
      isEmpty = true;
    } finally {
      await client.close();
    }
  };
  const behaves = (title: string, use: (client: BusClient) => Promise<void>, timeout = 30_000) => {
    // oxlint-disable-next-line jest/valid-title -- all callers are below
    it(title, () => withClient(use), timeout);
  };

  behaves('delivers what was sent, unchanged, and a completed message is gone', async (client) => {
    const messageId = freshId();
    const body = JSON.stringify({ text: 'Grüße', at: 1 });
    const properties = { 'aeg-event-type': 'Notification', count: 7, isNew: true };
    valueOf(await client.send([{ body, messageId, contentType: 'application/json', properties }]));
    const message = await receiveOne(client);
    expect(message).toMatchObject({ body, messageId, contentType: 'application/json', properties });
    expect(message.deliveryCount).toBe(0);
    expect(message.lockedUntil).toBeGreaterThan(message.enqueuedAt);
    valueOf(await client.settle(message.handle, 'complete'));
    expect(valueOf(await client.peek(10))).toEqual([]);
  });

  behaves('takes a message without an id and without a content type', async (client) => {
    valueOf(await client.send([{ body: '{}' }]));
    const message = await receiveOne(client);
    expect(message.contentType).toBeNull();
    valueOf(await client.settle(message.handle, 'complete'));
  });

  behaves('splits a batch into its messages, in order', async (client) => {
    const bodies = ['first', 'second', 'third'];
    valueOf(await client.send(bodies.map((body) => ({ body, messageId: freshId() }))));
    const seen = await receiveMany(client, 3);
    expect(seen.map((message) => message.body)).toEqual(bodies);
    const numbers = seen.map((message) => message.sequenceNumber);
    expect(numbers).toEqual(numbers.toSorted((left, right) => left - right));
    expect(new Set(numbers).size).toBe(3);
    await completeAll(client, seen);
  });

  behaves('never gives more than was asked for', async (client) => {
    valueOf(await client.send(['1', '2', '3'].map((body) => ({ body, messageId: freshId() }))));
    const two = valueOf(await client.receive({ count: 2, waitMs: WAIT_MS }));
    expect(two.length).toBeLessThanOrEqual(2);
    const rest = await receiveMany(client, 3 - two.length);
    expect([...two, ...rest].map((message) => message.body)).toEqual(['1', '2', '3']);
    await completeAll(client, [...two, ...rest]);
  });

  behaves('returns nothing from an empty queue after the wait, and works on', async (client) => {
    expect(valueOf(await client.receive({ count: 3, waitMs: SHORT_MS }))).toEqual([]);
    valueOf(await client.send([{ body: 'later', messageId: freshId() }]));
    const message = await receiveOne(client);
    expect(message.body).toBe('later');
    valueOf(await client.settle(message.handle, 'complete'));
  });

  behaves('gives an abandoned message again, counting', async (client) => {
    valueOf(await client.send([{ body: 'again', messageId: freshId() }]));
    const first = await receiveOne(client);
    valueOf(await client.settle(first.handle, 'abandon'));
    const second = await receiveOne(client);
    expect(second).toMatchObject({ body: 'again', deliveryCount: 1 });
    expect(second.sequenceNumber).toBe(first.sequenceNumber);
    valueOf(await client.settle(second.handle, 'complete'));
  });

  behaves('does not give a locked message to a second receiver', async (client) => {
    valueOf(await client.send([{ body: 'mine', messageId: freshId() }]));
    const message = await receiveOne(client);
    expect(valueOf(await client.receiveBeside({ count: 1, waitMs: SHORT_MS }))).toEqual([]);
    valueOf(await client.settle(message.handle, 'complete'));
  });

  behaves('removes a message at once in receive-and-delete mode', async (client) => {
    valueOf(await client.send([{ body: 'gone', messageId: freshId() }]));
    const [message] = valueOf(await client.receive({ ...once, mode: 'receiveAndDelete' }));
    expect(message).toMatchObject({ body: 'gone' });
    expect(valueOf(await client.peek(10))).toEqual([]);
  });

  behaves('moves a dead-lettered message aside with its reason', async (client) => {
    valueOf(await client.send([{ body: 'rubbish', messageId: freshId() }]));
    const message = await receiveOne(client);
    valueOf(await client.settle(message.handle, 'deadLetter'));
    expect(valueOf(await client.peek(10))).toEqual([]);
    const [dead] = valueOf(await client.receive({ ...once, deadLetters: true }));
    expect(dead).toMatchObject({
      body: 'rubbish',
      messageId: message.messageId,
      deadLetterReason: DEAD_LETTER.reason,
      deadLetterDescription: DEAD_LETTER.description,
      deadLetterSource: subject().path,
    });
    valueOf(await client.settle(dead?.handle ?? '', 'complete'));
  });

  behaves('dead-letters a message after its last delivery', async (client) => {
    valueOf(await client.send([{ body: 'poison', messageId: freshId() }]));
    for (let delivery = 0; delivery < subject().maxDeliveryCount; delivery += 1) {
      const message = await receiveOne(client);
      expect(message.deliveryCount).toBe(delivery);
      valueOf(await client.settle(message.handle, 'abandon'));
    }
    const [dead] = valueOf(await client.receive({ ...once, deadLetters: true }));
    expect(dead).toMatchObject({ body: 'poison', deadLetterReason: 'MaxDeliveryCountExceeded' });
    valueOf(await client.settle(dead?.handle ?? '', 'complete'));
  });

  behaves('sets a deferred message aside until it is asked for by number', async (client) => {
    valueOf(await client.send([{ body: 'aside', messageId: freshId() }]));
    const message = await receiveOne(client);
    valueOf(await client.settle(message.handle, 'defer'));
    expect(valueOf(await client.receive({ count: 1, waitMs: SHORT_MS }))).toEqual([]);
    const [deferred] = valueOf(await client.receiveDeferred(message.sequenceNumber));
    expect(deferred).toMatchObject({ body: 'aside' });
    valueOf(await client.settle(deferred?.handle ?? '', 'complete'));
    expect(valueOf(await client.peek(10))).toEqual([]);
  });

  behaves('shows messages to a peek without locking them', async (client) => {
    const bodies = ['a', 'b'];
    valueOf(await client.send(bodies.map((body) => ({ body, messageId: freshId() }))));
    const peeked = valueOf(await client.peek(10));
    expect(peeked.map((message) => message.body)).toEqual(bodies);
    const seen = await receiveMany(client, 2);
    expect(seen.map((message) => message.deliveryCount)).toEqual([0, 0]);
    await completeAll(client, seen);
  });

  behaves('drops a second message with the same id', async (client) => {
    const messageId = freshId();
    valueOf(await client.send([{ body: 'one', messageId }]));
    valueOf(await client.send([{ body: 'two', messageId }]));
    const seen = valueOf(await client.peek(10));
    expect(seen.map((message) => message.body)).toEqual(['one']);
    await completeAll(client, await receiveMany(client, 1));
  });

  behaves(
    'gives a message again when its lock ran out, and refuses the old lock',
    async (client) => {
      valueOf(await client.send([{ body: 'slow', messageId: freshId() }]));
      const late = await receiveOne(client);
      const waitMs = subject().lockDurationMs + WAIT_MS;
      const [again] = valueOf(await client.receiveBeside({ count: 1, waitMs }));
      expect(again).toMatchObject({ body: 'slow', deliveryCount: 1 });
      expect(await client.settle(late.handle, 'complete')).toEqual({
        ok: false,
        fault: 'lockLost',
      });
      expect(await client.renew(late.handle)).toEqual({ ok: false, fault: 'lockLost' });
      valueOf(await client.settle(again?.handle ?? '', 'complete'));
    },
    120_000,
  );

  behaves(
    'keeps a message locked while its lock is renewed',
    async (client) => {
      valueOf(await client.send([{ body: 'kept', messageId: freshId() }]));
      const message = await receiveOne(client);
      // Half a lock of waiting is the queue's own time, not a sleep: nobody else gets the message meanwhile.
      const half = { count: 1, waitMs: Math.round(subject().lockDurationMs / 2) };
      expect(valueOf(await client.receiveBeside(half))).toEqual([]);
      expect(valueOf(await client.renew(message.handle))).toBeGreaterThan(message.lockedUntil ?? 0);
      expect(valueOf(await client.receiveBeside(half))).toEqual([]);
      expect(await client.settle(message.handle, 'complete')).toEqual({ ok: true, value: null });
    },
    120_000,
  );

  it('refuses a wrong key', async () => {
    const client = await subject().open('wrongKey');
    const result = await client.receive(once);
    await client.close();
    expect(result).toEqual({ ok: false, fault: 'unauthorized' });
  }, 60_000);

  it('says that an entity is missing', async () => {
    const client = await subject().open('missing');
    const result = await client.receive(once);
    await client.close();
    expect(result).toEqual({ ok: false, fault: 'notFound' });
  }, 60_000);
}

async function receiveOne(client: BusClient): Promise<SeenMessage> {
  const [message] = valueOf(await client.receive(once));
  if (message === undefined) throw new Error('no message came');
  return message;
}

/** A receive may answer with fewer than asked for: asks again. */
async function receiveMany(client: BusClient, count: number): Promise<readonly SeenMessage[]> {
  const seen: SeenMessage[] = [];
  while (seen.length < count) seen.push(await receiveOne(client));
  return seen;
}

async function completeAll(client: BusClient, messages: readonly SeenMessage[]): Promise<void> {
  for (const message of messages) valueOf(await client.settle(message.handle, 'complete'));
}

async function empty(client: BusClient): Promise<void> {
  for (const deadLetters of [false, true]) {
    const drain = { count: 10, waitMs: 50, mode: 'receiveAndDelete', deadLetters } as const;
    while (valueOf(await client.receive(drain)).length > 0);
  }
}
