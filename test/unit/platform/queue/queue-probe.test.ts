import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createLogger } from '../../../../platform/observe/logger.ts';
import { createMetrics } from '../../../../platform/observe/metrics.ts';
import { createQueueProbe } from '../../../../platform/queue/queue-probe.ts';

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

function setUp() {
  const lines: { level: string }[] = [];
  const logger = createLogger({
    level: 'info',
    component: 'test',
    destination: { write: (line) => lines.push(JSON.parse(line) as { level: string }) },
  });
  const probe = createQueueProbe(createMetrics(), logger);
  let answer: () => Promise<Record<string, number>> = async () => ({ waiting: 0, active: 0 });
  return {
    lines,
    probe,
    start: () => {
      probe.start(() => answer());
    },
    answerWith: (next: typeof answer) => {
      answer = next;
    },
  };
}

describe('the health of a queue', () => {
  it('is bad until it has started, and good while it answers', async () => {
    const { probe, start } = setUp();
    expect(probe.healthy()).toBe(false);
    start();
    await jest.advanceTimersByTimeAsync(60_000);
    expect(probe.healthy()).toBe(true);
    probe.stop();
  });

  it('is bad when it has not answered for some seconds, whatever it does instead', async () => {
    for (const silence of [
      () => new Promise<never>(() => undefined),
      () => Promise.reject(new Error('away')),
    ]) {
      const { probe, start, answerWith } = setUp();
      start();
      await jest.advanceTimersByTimeAsync(1500);
      answerWith(silence);
      await jest.advanceTimersByTimeAsync(2000);
      expect(probe.healthy()).toBe(true);
      await jest.advanceTimersByTimeAsync(5000);
      expect(probe.healthy()).toBe(false);
      answerWith(async () => ({}));
      await jest.advanceTimersByTimeAsync(4000);
      expect(probe.healthy()).toBe(true);
      probe.stop();
    }
  });

  it('is bad at once when it is distrusted, until the next answer', async () => {
    const { probe, start } = setUp();
    start();
    await jest.advanceTimersByTimeAsync(100);
    probe.distrust(new Error('too slow'));
    expect(probe.healthy()).toBe(false);
    await jest.advanceTimersByTimeAsync(1000);
    expect(probe.healthy()).toBe(true);
    probe.stop();
  });

  it('is told once for each outage, however long it is', async () => {
    const { probe, start, answerWith, lines } = setUp();
    start();
    answerWith(() => Promise.reject(new Error('away')));
    await jest.advanceTimersByTimeAsync(60_000);
    answerWith(async () => ({}));
    await jest.advanceTimersByTimeAsync(2000);
    expect(lines.map(({ level }) => level)).toEqual(['warn', 'info']);
    probe.stop();
  });
});
