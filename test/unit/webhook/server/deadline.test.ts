import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createDeadline, parseTimeoutMs } from '../../../../webhook/server/deadline.ts';

describe("the API server's patience", () => {
  it.each([
    ['10s', 10_000],
    ['1s', 1000],
    ['30s', 30_000],
    ['2.5s', 2500],
    ['500ms', 500],
    ['0.5s', 500],
  ])('%s is %d ms', (query, milliseconds) => {
    expect(parseTimeoutMs(query)).toBe(milliseconds);
  });

  it.each(['31s', '600s', '999999s'])('is never more than the API allows: %s', (query) => {
    expect(parseTimeoutMs(query)).toBe(30_000);
  });

  it.each([null, '', '10', 's', '-5s', '0s', '0ms', '1m', 'Infinitys', '1e3s', '10s10s', ' 10s'])(
    'is ten seconds where it is not told, or not in words known: %j',
    (query) => {
      expect(parseTimeoutMs(query)).toBe(10_000);
    },
  );
});

describe('a deadline', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it.each([
    [10_000, 9500],
    [30_000, 29_500],
    [5000, 4500],
    [1000, 900],
    [100, 90],
  ])('of %d ms comes after %d: the answer needs time on its way', (timeout, due) => {
    const signal = createDeadline(timeout).signal();
    jest.advanceTimersByTime(due - 1);
    expect(signal.aborted).toBe(false);
    jest.advanceTimersByTime(1);
    expect(signal.aborted).toBe(true);
    expect(signal.reason).toMatchObject({ name: 'TimeoutError' });
  });

  it('counts from its beginning, whenever somebody first waits', () => {
    const deadline = createDeadline(10_000);
    jest.advanceTimersByTime(9000);
    const signal = deadline.signal();
    jest.advanceTimersByTime(499);
    expect(signal.aborted).toBe(false);
    jest.advanceTimersByTime(1);
    expect(signal.aborted).toBe(true);
  });

  it('that has passed before anybody waits ends the waiting at once', () => {
    const deadline = createDeadline(1000);
    jest.advanceTimersByTime(60_000);
    const signal = deadline.signal();
    jest.advanceTimersByTime(0);
    expect(signal.aborted).toBe(true);
  });

  it('is one for all who wait', () => {
    const deadline = createDeadline(1000);
    expect(deadline.signal()).toBe(deadline.signal());
    expect(jest.getTimerCount()).toBe(1);
  });

  it('makes no timer where nobody waits, and leaves none behind (K-08)', () => {
    const deadline = createDeadline(1000);
    expect(jest.getTimerCount()).toBe(0);
    deadline.signal();
    deadline.dispose();
    expect(jest.getTimerCount()).toBe(0);
    deadline.dispose();
  });

  it('does not strike after the answer', () => {
    const deadline = createDeadline(1000);
    const signal = deadline.signal();
    deadline.dispose();
    jest.advanceTimersByTime(60_000);
    expect(signal.aborted).toBe(false);
  });
});
