import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createServiceBusSource } from '../../../../platform/bus/service-bus-source.ts';
import type { ServiceBusSourceOptions } from '../../../../platform/bus/service-bus-source.ts';
import type { BusEntity } from '../../../../platform/bus/session.ts';
import type { HintSource, MessageOutcome } from '../../../../platform/bus/hint-source.ts';
import { createLogger } from '../../../../platform/observe/logger.ts';
import { createMetrics } from '../../../../platform/observe/metrics.ts';
import { waitUntil } from '../../../support/wait-until.ts';
import { createRecordingLogger } from '../../../support/recording-logger.ts';
import { startServiceBus, type ServiceBus } from '../../../../sandbox/bus/service-bus.ts';

const QUEUE = 'events';
const TOPIC = 'shared-events';
const subscriptionOf = (cluster: string) => `${TOPIC}/Subscriptions/${cluster}`;
let bus: ServiceBus;
let source: HintSource | undefined;

beforeEach(async () => {
  bus = await startServiceBus({
    queues: [QUEUE],
    topics: [{ name: TOPIC, subscriptions: ['cluster-1', 'cluster-2'] }],
    lockDurationMs: 60_000,
    maxDeliveryCount: 10,
  });
});
afterEach(async () => {
  await source?.stop(0);
  source = undefined;
  await bus.close();
});

function open(change: Partial<ServiceBusSourceOptions> = {}) {
  const lines: string[] = [];
  const metrics = createMetrics();
  const opened = createServiceBusSource({
    address: { connectionString: bus.connectionString },
    entity: { queue: QUEUE },
    logger: createLogger({
      level: 'debug',
      component: 'test',
      destination: { write: (line) => lines.push(line) },
    }),
    metrics,
    parallel: 2,
    waitMs: 1000,
    reconnect: { firstMs: 10, limitMs: 50 },
    ...change,
  });
  source = opened;
  const count = async (name: string, label = '') => {
    const metric = await metrics.registry.getSingleMetric(name)?.get();
    return metric?.values.find(({ labels }) => Object.values(labels).join() === label)?.value;
  };
  return { source: opened, lines, count };
}

/** Polls until it holds; the test's own time limit is the deadline. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) {
    await new Promise((resolve) => {
      setTimeout(resolve, 10);
    });
  }
}

const answer = (outcome: MessageOutcome) => () => Promise.resolve(outcome);

describe('a source of hints', () => {
  it('hands over what comes and completes it', async () => {
    const opened = open();
    const bodies: string[] = [];
    await opened.source.start(({ body }) => {
      bodies.push(String(body));
      return Promise.resolve('complete');
    });
    for (let at = 0; at < 20; at += 1) bus.enqueue(QUEUE, `body ${at}`, { messageId: `m${at}` });
    await until(() => bus.messages(QUEUE).length === 0);
    expect(new Set(bodies)).toEqual(new Set(Array.from({ length: 20 }, (_, at) => `body ${at}`)));
    // The queue is empty before the client has its answers.
    await waitUntil(
      async () => (await opened.count('keyward_bus_messages_total', 'completed')) === 20,
    );
    expect(await opened.count('keyward_bus_connected')).toBe(1);
    expect(await opened.count('keyward_bus_last_exchange_timestamp_seconds')).toBeGreaterThan(
      Date.now() / 1000 - 60,
    );
    const state = opened.source.state();
    expect(state.connected).toBe(true);
    expect(state.lastMessageAt).toBeGreaterThan(Date.now() - 60_000);
    expect(state.lastError).toBeUndefined();
  });

  it('says that it is connected though the queue is empty', async () => {
    const opened = open();
    expect(opened.source.state()).toEqual({ connected: false, failedAttempts: 0 });
    await opened.source.start(answer('complete'));
    await until(() => opened.source.state().connected);
    expect(opened.source.state()).not.toHaveProperty('lastMessageAt');
    expect(opened.lines.join('')).toContain('receiving from service bus');
  });

  it('puts aside what its handler refuses, with the reason', async () => {
    const opened = open();
    await opened.source.start(
      answer({ deadLetter: { reason: 'EVENT_KEY', description: 'no key' } }),
    );
    bus.enqueue(QUEUE, 'rubbish');
    await until(() => bus.deadLetters(QUEUE).length === 1);
    expect(bus.deadLetters(QUEUE)).toMatchObject([
      {
        body: 'rubbish',
        applicationProperties: {
          DeadLetterReason: 'EVENT_KEY',
          DeadLetterErrorDescription: 'no key',
        },
      },
    ]);
  });

  it('gets a message again whose handler threw', async () => {
    const opened = open();
    const deliveries: number[] = [];
    await opened.source.start(({ deliveryCount }) => {
      deliveries.push(deliveryCount);
      if (deliveryCount === 0) throw new Error('queue is down');
      return Promise.resolve('complete');
    });
    bus.enqueue(QUEUE, 'again');
    await until(() => bus.messages(QUEUE).length === 0);
    expect(deliveries).toEqual([0, 1]);
    expect(opened.lines.join('')).toContain('queue is down');
    expect(opened.source.state().connected).toBe(true);
  });

  it('settles two messages with one id, and one without any', async () => {
    await bus.close();
    bus = await startServiceBus({ queues: [QUEUE], duplicateWindowMs: 0 });
    const opened = open();
    await opened.source.start(answer('complete'));
    for (const messageId of ['same', 'same', undefined])
      bus.enqueue(QUEUE, 'x', messageId === undefined ? {} : { messageId });
    await until(() => bus.stats().accepted === 3);
    expect(bus.messages(QUEUE)).toEqual([]);
  });

  it('comes back after its connection was lost, and loses nothing', async () => {
    const opened = open();
    let handled = 0;
    await opened.source.start(() => {
      handled += 1;
      return Promise.resolve('complete');
    });
    await until(() => opened.source.state().connected);
    for (let round = 1; round <= 3; round += 1) {
      bus.faults.dropConnections();
      bus.enqueue(QUEUE, `after drop ${round}`);
      await until(() => handled === round && bus.messages(QUEUE).length === 0);
    }
    await until(() => opened.source.state().connected);
    expect(opened.source.state().lastError?.code).toBe('BUS_UNREACHABLE');
  });
});

describe('a source of hints on a subscription of a topic', () => {
  it('gets its own copy of what comes, and leaves those of other clusters alone', async () => {
    const opened = open({ entity: { topic: TOPIC, subscription: 'cluster-1' } });
    const bodies: string[] = [];
    await opened.source.start(({ body }) => {
      bodies.push(String(body));
      return Promise.resolve('complete');
    });
    bus.enqueue(TOPIC, 'for all', { messageId: 'one' });
    expect(bus.enqueue(TOPIC, 'for all', { messageId: 'one' })).toBe('duplicate');
    await until(() => bus.messages(subscriptionOf('cluster-1')).length === 0);
    expect(bodies).toEqual(['for all']);
    expect(bus.messages(subscriptionOf('cluster-2'))).toHaveLength(1);
    expect(opened.lines.join('')).toContain(subscriptionOf('cluster-1'));
  });

  it('puts aside what its handler refuses, in its own dead-letter queue', async () => {
    const opened = open({ entity: { topic: TOPIC, subscription: 'cluster-1' } });
    await opened.source.start(
      answer({ deadLetter: { reason: 'EVENT_KEY', description: 'no key' } }),
    );
    bus.enqueue(TOPIC, 'rubbish');
    await until(() => bus.deadLetters(subscriptionOf('cluster-1')).length === 1);
    expect(bus.deadLetters(subscriptionOf('cluster-2'))).toEqual([]);
  });
});

describe('a source of hints with a connection that flaps', () => {
  it('never has more messages in hand than it may', async () => {
    const opened = open({ parallel: 2 });
    const gate = Promise.withResolvers<undefined>();
    let inHand = 0;
    let most = 0;
    await opened.source.start(async () => {
      inHand += 1;
      most = Math.max(most, inHand);
      await gate.promise;
      inHand -= 1;
      return 'complete';
    });
    bus.enqueue(QUEUE, 'in hand when the connection is lost');
    await until(() => inHand === 1 && opened.source.state().connected);
    const { connections } = bus.stats();
    bus.faults.dropConnections();
    await until(() => bus.stats().connections > connections && opened.source.state().connected);
    for (let at = 0; at < 20; at += 1) bus.enqueue(QUEUE, `body ${at}`);
    // Another receiver takes the rest, in turn with whoever else asks: a third message in hand here would have come by then.
    const other = createServiceBusSource({
      address: { connectionString: bus.connectionString },
      entity: { queue: QUEUE },
      logger: createRecordingLogger(),
      metrics: createMetrics(),
      parallel: 1,
    });
    await other.start(answer('complete'));
    await until(() => bus.messages(QUEUE).length === inHand);
    await other.stop(0);
    gate.resolve(undefined);
    await until(() => inHand === 0);
    expect(most).toBe(2);
  });
});

describe('a source of hints that cannot work', () => {
  it.each<[string, ServiceBusSourceOptions['address'], BusEntity]>([
    ['an empty connection string', { connectionString: '' }, { queue: QUEUE }],
    [
      'half a connection string',
      { connectionString: 'Endpoint=sb://x;SharedAccessKey=SECRET' },
      { queue: QUEUE },
    ],
    [
      'no queue',
      { connectionString: 'Endpoint=sb://x;SharedAccessKeyName=n;SharedAccessKey=SECRET=' },
      { queue: '' },
    ],
    [
      'no subscription',
      { connectionString: 'Endpoint=sb://x;SharedAccessKeyName=n;SharedAccessKey=SECRET=' },
      { topic: TOPIC, subscription: '' },
    ],
    [
      'the connection string of another queue',
      {
        connectionString:
          'Endpoint=sb://x;SharedAccessKeyName=n;SharedAccessKey=SECRET=;EntityPath=other',
      },
      { queue: QUEUE },
    ],
    [
      'the connection string of another topic',
      {
        connectionString:
          'Endpoint=sb://x;SharedAccessKeyName=n;SharedAccessKey=SECRET=;EntityPath=other',
      },
      { topic: TOPIC, subscription: 'cluster-1' },
    ],
    [
      'a namespace that is a URL',
      { namespace: 'sb://x/', credential: { getToken: () => Promise.reject(new Error('unused')) } },
      { queue: QUEUE },
    ],
    [
      'an empty namespace',
      { namespace: '', credential: { getToken: () => Promise.reject(new Error('unused')) } },
      { queue: QUEUE },
    ],
  ])('says so at its start: %s', async (_what, address, entity) => {
    const opened = open({ address, entity });
    const started = opened.source.start(answer('complete'));
    await expect(started).rejects.toMatchObject({ code: 'BUS_CONFIG', retryable: false });
    await expect(started).rejects.not.toThrow('SECRET');
  });

  it('does not start twice', async () => {
    const opened = open();
    await opened.source.start(answer('complete'));
    await expect(opened.source.start(answer('complete'))).rejects.toThrow('starts once');
  });

  it.each([
    [
      'with a wrong key',
      'BUS_UNAUTHORIZED',
      () => {
        const wrong = Buffer.alloc(32, 1).toString('base64');
        return {
          address: {
            connectionString: bus.connectionString.replace(
              /SharedAccessKey=[^;]+/u,
              `SharedAccessKey=${wrong}`,
            ),
          },
        };
      },
    ],
    [
      'on a subscription that does not exist',
      'BUS_QUEUE_NOT_FOUND',
      () => ({ entity: { topic: TOPIC, subscription: 'absent' } }),
    ],
    [
      'on a queue that does not exist',
      'BUS_QUEUE_NOT_FOUND',
      () => ({ entity: { queue: 'absent' } }),
    ],
  ])('%s keeps trying and says %s, once in the log', async (_what, code, change) => {
    const opened = open(change());
    await opened.source.start(answer('complete'));
    await until(() => opened.source.state().lastError !== undefined);
    const connections = bus.stats().connections;
    await until(() => bus.stats().connections >= connections + 3);
    expect(opened.source.state()).toMatchObject({ connected: false, lastError: { code } });
    expect(opened.source.state().failedAttempts).toBeGreaterThanOrEqual(3);
    const warnings = opened.lines.filter((line) => line.includes('"level":"warn"'));
    expect(warnings).toHaveLength(1);
    expect(JSON.parse(warnings[0] ?? '')).toMatchObject({
      code,
      message: 'service bus cannot be read',
    });
    expect(opened.lines.join('')).not.toMatch(/SharedAccessKey=(?!\[redacted\])/u);
    expect(await opened.count('keyward_bus_errors_total', code)).toBeGreaterThan(1);
    expect(await opened.count('keyward_bus_connected')).toBe(0);
  });

  it('tries less and less often', async () => {
    bus.faults.cbsUnauthorized = true;
    const opened = open({ reconnect: { firstMs: 100, limitMs: 5000 } });
    await opened.source.start(answer('complete'));
    await until(() => bus.stats().connections === 1);
    const started = performance.now();
    await until(() => bus.stats().connections === 5);
    // Pauses of at least half of 100, 200, 400 and 800 ms.
    expect(performance.now() - started).toBeGreaterThan(740);
  });

  it('recovers when its token is accepted again', async () => {
    bus.faults.cbsUnauthorized = true;
    const opened = open();
    await opened.source.start(answer('complete'));
    await until(() => opened.source.state().lastError?.code === 'BUS_UNAUTHORIZED');
    bus.faults.cbsUnauthorized = false;
    await until(() => opened.source.state().connected);
    expect(opened.source.state().failedAttempts).toBe(0);
    bus.enqueue(QUEUE, 'x');
    await until(() => bus.messages(QUEUE).length === 0);
  });
});

describe('a source of hints that stops', () => {
  it('waits for the handler in hand and settles, and takes nothing more', async () => {
    const opened = open({ parallel: 1 });
    const gate = Promise.withResolvers<undefined>();
    let handled = 0;
    await opened.source.start(async () => {
      handled += 1;
      await gate.promise;
      return 'complete';
    });
    bus.enqueue(QUEUE, 'in hand');
    bus.enqueue(QUEUE, 'next');
    await until(() => handled === 1);
    const stopping = opened.source.stop(30_000);
    gate.resolve(undefined);
    await stopping;
    expect(handled).toBe(1);
    expect(bus.messages(QUEUE).map(({ body }) => body)).toEqual(['next']);
    expect(opened.source.state().connected).toBe(false);
  });

  it('does not wait for a handler beyond its time', async () => {
    const opened = open();
    let handled = 0;
    await opened.source.start(() => {
      handled += 1;
      return new Promise(() => undefined);
    });
    bus.enqueue(QUEUE, 'stuck');
    await until(() => handled === 1);
    const started = performance.now();
    await opened.source.stop(100);
    expect(performance.now() - started).toBeLessThan(4000);
    expect(bus.messages(QUEUE)).toHaveLength(1);
  });

  it('ends at once while the service is out of reach, and before it was started', async () => {
    await open().source.stop(1000);
    const opened = open();
    await bus.close();
    await opened.source.start(answer('complete'));
    await until(() => opened.source.state().lastError !== undefined);
    await opened.source.stop(1000);
    expect(opened.source.state()).toMatchObject({
      connected: false,
      lastError: { code: 'BUS_UNREACHABLE' },
    });
    bus = await startServiceBus({ queues: [QUEUE] });
  });
});
