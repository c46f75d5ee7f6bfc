import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { runReceiveLoop, waitFor } from '../../../../platform/bus/receive-loop.ts';
import type { BusMessage, MessageHandler } from '../../../../platform/bus/hint-source.ts';
import { createFakeReceiver, createRecord } from './fake-receiver.ts';

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
});
afterEach(() => {
  jest.useRealTimers();
});

const deadLetter = { reason: 'EVENT_KEY', description: 'no key' };
const start = (handler: MessageHandler) => {
  const fake = createFakeReceiver();
  const record = createRecord(handler);
  return {
    fake,
    ...record,
    run: () => runReceiveLoop({ ...record.options, receiver: fake.receiver }),
  };
};

describe('the receive loop', () => {
  it('asks for one message at a time, briefly at first and then with patience', async () => {
    const { fake, exchanges, run, stop } = start(() => Promise.resolve('complete'));
    fake.prepare([], [{ messageId: 'a' }], []);
    const running = run();
    await fake.idle();
    expect(fake.calls).toEqual(['receive 1', 'receive 1', 'complete a', 'receive 1', 'receive 1']);
    expect(fake.waits).toEqual([500, 25_000, 25_000, 25_000]);
    expect(exchanges.count).toBe(3);
    stop();
    await expect(running).resolves.toBeUndefined();
    // The receive that was cut off proves nothing.
    expect(exchanges.count).toBe(3);
  });

  it('hands over id, body and the number of earlier deliveries', async () => {
    const seen: BusMessage[] = [];
    const { fake, run, stop } = start((message) => {
      seen.push(message);
      return Promise.resolve('complete');
    });
    const body = Buffer.from('{}');
    fake.prepare([{ messageId: 'a', body, deliveryCount: 2 }], [{ body: 7 }]);
    const running = run();
    await fake.idle();
    expect(seen).toEqual([
      { id: 'a', body, deliveryCount: 2 },
      { id: '', body: 7, deliveryCount: 0 },
    ]);
    stop();
    await running;
  });

  it('settles as the handler answers, and cuts reasons to what the service takes', async () => {
    const outcomes = [
      'complete' as const,
      { deadLetter: { reason: 'r'.repeat(5000), description: 'd'.repeat(5000) } },
      { deadLetter },
    ];
    const { fake, settled, run, stop } = start(() =>
      Promise.resolve(outcomes.shift() ?? 'complete'),
    );
    fake.prepare([{ messageId: 'a' }], [{ messageId: 'b' }], [{ messageId: 'c' }]);
    const running = run();
    await fake.idle();
    expect(settled).toEqual(['completed', 'deadLettered', 'deadLettered']);
    expect(fake.reasons).toEqual([
      { deadLetterReason: 'r'.repeat(4096), deadLetterErrorDescription: 'd'.repeat(4096) },
      { deadLetterReason: 'EVENT_KEY', deadLetterErrorDescription: 'no key' },
    ]);
    stop();
    await running;
  });

  it.each([
    [0, 250],
    [1, 500],
    [4, 4000],
    [6, 10_000],
    [60, 10_000],
  ])(
    'gives a message back that was delivered %d times before after %d ms',
    async (deliveryCount, pause) => {
      const { fake, run, stop } = start(() => Promise.resolve('abandon'));
      fake.prepare([{ messageId: 'a', deliveryCount }]);
      const running = run();
      await jest.advanceTimersByTimeAsync(pause - 1);
      expect(fake.calls).toEqual(['receive 1']);
      await jest.advanceTimersByTimeAsync(1);
      expect(fake.calls).toEqual(['receive 1', 'abandon a', 'receive 1']);
      stop();
      await running;
    },
  );

  it('gives a message back at once when it is stopped meanwhile', async () => {
    const { fake, settled, run, stop } = start(() => Promise.resolve('abandon'));
    fake.prepare([{ messageId: 'a', deliveryCount: 9 }]);
    const running = run();
    await jest.advanceTimersByTimeAsync(1);
    stop();
    await running;
    expect(settled).toEqual(['abandoned']);
  });

  it('gives a message back whose handler throws, and goes on', async () => {
    const answers = [
      Promise.reject(new Error('handler is broken')),
      Promise.resolve('complete' as const),
    ];
    answers[0]?.catch(() => undefined);
    const { fake, settled, faults, run, stop } = start(
      () => answers.shift() ?? Promise.resolve('complete'),
    );
    fake.prepare([{ messageId: 'a' }], [{ messageId: 'b' }]);
    const running = run();
    await jest.advanceTimersByTimeAsync(250);
    expect(settled).toEqual(['abandoned', 'completed']);
    expect(faults).toEqual(['handle: handler is broken']);
    stop();
    await running;
  });

  it.each(['complete', 'abandon', 'deadLetter'])('goes on when it cannot %s', async (operation) => {
    const outcome =
      operation === 'deadLetter' ? { deadLetter } : (operation as 'complete' | 'abandon');
    const { fake, settled, faults, run, stop } = start(() => Promise.resolve(outcome));
    fake.faults.set(operation, new Error('lock is lost'));
    fake.prepare([{ messageId: 'a' }], []);
    const running = run();
    await jest.advanceTimersByTimeAsync(1000);
    expect(fake.calls.filter((call) => call === 'receive 1')).toHaveLength(3);
    expect([settled, faults]).toEqual([[], ['settle: lock is lost']]);
    stop();
    await running;
  });

  it('keeps the lock of a message in hand, and of none that it has settled', async () => {
    const gate = Promise.withResolvers<'complete'>();
    const { fake, run, stop } = start(() => gate.promise);
    fake.prepare([{ messageId: 'a', lockedUntilUtc: new Date(Date.now() + 60_000) }]);
    const running = run();
    await jest.advanceTimersByTimeAsync(30_000);
    expect(fake.calls).toEqual(['receive 1', 'renew a']);
    gate.resolve('complete');
    await jest.advanceTimersByTimeAsync(600_000);
    expect(fake.calls.filter((call) => call === 'renew a')).toHaveLength(1);
    stop();
    await running;
  });

  it('gives a message back that is not handled in five minutes, and goes on', async () => {
    const answers = [new Promise<never>(() => undefined), Promise.resolve('complete' as const)];
    const { fake, settled, faults, run, stop } = start(
      () => answers.shift() ?? Promise.resolve('complete'),
    );
    fake.prepare([{ messageId: 'a' }], [{ messageId: 'b' }]);
    const running = run();
    await jest.advanceTimersByTimeAsync(299_999);
    expect(faults).toEqual([]);
    await jest.advanceTimersByTimeAsync(251);
    expect(faults).toEqual(['handle: a message was not handled in its time']);
    expect(settled).toEqual(['abandoned', 'completed']);
    stop();
    await running;
    expect(jest.getTimerCount()).toBe(0);
  });

  it('rejects with the error of a receive', async () => {
    const { fake, run } = start(() => Promise.resolve('complete'));
    const error = Object.assign(new Error('no'), { code: 'UnauthorizedAccess' });
    fake.prepare([], error);
    await expect(run()).rejects.toBe(error);
  });

  it('takes no further message once stopped, and settles the one in hand', async () => {
    const gate = Promise.withResolvers<'complete'>();
    const { fake, settled, run, stop } = start(() => gate.promise);
    fake.prepare([{ messageId: 'a' }], [{ messageId: 'b' }]);
    const running = run();
    await jest.advanceTimersByTimeAsync(1);
    stop();
    gate.resolve('complete');
    await running;
    expect(fake.calls).toEqual(['receive 1', 'complete a']);
    expect(settled).toEqual(['completed']);
  });

  it('never aborts the receive that opens its link: the SDK would let a refusal end the process', async () => {
    const { fake, run, stop } = start(() => Promise.resolve('complete'));
    const opening = Promise.withResolvers<[]>();
    fake.prepare(opening.promise, [], []);
    const running = run();
    opening.resolve([]);
    await fake.idle();
    expect(fake.abortable).toEqual([false, true, true, true]);
    stop();
    await running;
  });

  it('leaves the opening of its link behind when it is stopped, and gives back what that still brings', async () => {
    const { fake, exchanges, run, stop } = start(() => Promise.resolve('complete'));
    const opening = Promise.withResolvers<{ messageId: string }[]>();
    fake.prepare(opening.promise);
    const running = run();
    await jest.advanceTimersByTimeAsync(1);
    stop();
    await running;
    expect([fake.calls, exchanges.count]).toEqual([['receive 1'], 0]);
    opening.resolve([{ messageId: 'late' }]);
    await jest.advanceTimersByTimeAsync(1);
    expect(fake.calls).toEqual(['receive 1', 'abandon late']);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('lets nothing go unhandled when the opening fails after it was left behind', async () => {
    const { fake, run, stop } = start(() => Promise.resolve('complete'));
    const opening = Promise.withResolvers<[]>();
    fake.prepare(opening.promise);
    const running = run();
    await jest.advanceTimersByTimeAsync(1);
    stop();
    await running;
    opening.reject(new Error('the queue is missing'));
    // Jest fails a test whose process has an unhandled rejection.
    await jest.advanceTimersByTimeAsync(1);
    expect(fake.calls).toEqual(['receive 1']);
  });

  it('does not begin when it is stopped already', async () => {
    const { fake, run, stop } = start(() => Promise.resolve('complete'));
    stop();
    await run();
    expect(fake.calls).toEqual([]);
  });
});

describe('a wait', () => {
  it('ends with its time or its signal, whichever comes first, and never rejects', async () => {
    const stop = new AbortController();
    const order: string[] = [];
    const note = (name: string) => () => order.push(name);
    const short = waitFor(10, stop.signal).then(note('short'));
    const long = waitFor(1e6, stop.signal).then(note('long'));
    await jest.advanceTimersByTimeAsync(10);
    await short;
    expect(order).toEqual(['short']);
    stop.abort(new Error('x'));
    await long;
    await waitFor(1e6, stop.signal);
    expect(order).toEqual(['short', 'long']);
    expect(jest.getTimerCount()).toBe(0);
  });
});
