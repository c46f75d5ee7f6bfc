import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { ServiceBusReceivedMessage } from '@azure/service-bus';
import { keepLock } from '../../../../platform/bus/keep-lock.ts';

beforeEach(() => {
  jest.useFakeTimers({ now: 0 });
});
afterEach(() => {
  jest.useRealTimers();
});

function hold(lockMs: number, renewMs: () => number = () => lockMs) {
  const renewals: number[] = [];
  const faults: unknown[] = [];
  const message = { lockedUntilUtc: new Date(lockMs) } as { lockedUntilUtc?: Date };
  const fault: { next?: Error } = {};
  const receiver = {
    renewMessageLock: () => {
      renewals.push(Date.now());
      if (fault.next !== undefined) return Promise.reject(fault.next);
      // As the SDK does: the message carries the new end.
      message.lockedUntilUtc = new Date(Date.now() + renewMs());
      return Promise.resolve(message.lockedUntilUtc);
    },
  };
  const lock = keepLock(message as unknown as ServiceBusReceivedMessage, receiver, (error) =>
    faults.push(error),
  );
  return { lock, renewals, faults, fault };
}

describe('a lock that is kept', () => {
  it('is renewed whenever half of it is over', async () => {
    const { lock, renewals } = hold(60_000);
    await jest.advanceTimersByTimeAsync(29_999);
    expect(renewals).toEqual([]);
    await jest.advanceTimersByTimeAsync(61_000);
    expect(renewals).toEqual([30_000, 60_000, 90_000]);
    lock.release();
  });

  it('is renewed at most once a second, also when this clock is far ahead', async () => {
    const { lock, renewals } = hold(-100_000, () => -100_000);
    await jest.advanceTimersByTimeAsync(3500);
    expect(renewals).toEqual([1000, 2000, 3000]);
    lock.release();
  });

  it('is left alone once released', async () => {
    const { lock, renewals } = hold(60_000);
    await jest.advanceTimersByTimeAsync(30_000);
    lock.release();
    await jest.advanceTimersByTimeAsync(600_000);
    expect(renewals).toEqual([30_000]);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('is given up when the service says that it is lost, which is told once', async () => {
    const { renewals, faults, fault } = hold(60_000);
    fault.next = Object.assign(new Error('lock is lost'), { code: 'MessageLockLost' });
    await jest.advanceTimersByTimeAsync(600_000);
    expect(renewals).toEqual([30_000]);
    expect(faults).toEqual([fault.next]);
  });

  it('is tried again for as long as it lasts when a renewal fails, which is told once', async () => {
    const { renewals, faults, fault } = hold(60_000);
    fault.next = new Error('timed out');
    await jest.advanceTimersByTimeAsync(600_000);
    expect(renewals.slice(0, 3)).toEqual([30_000, 45_000, 52_500]);
    expect(renewals.at(-1)).toBeLessThan(61_000);
    expect(faults).toEqual([fault.next]);
  });

  it('lives on when a later try succeeds, and the next failure is told again', async () => {
    const { lock, renewals, faults, fault } = hold(60_000);
    fault.next = new Error('timed out');
    await jest.advanceTimersByTimeAsync(30_000);
    delete fault.next;
    await jest.advanceTimersByTimeAsync(45_000);
    expect(renewals).toEqual([30_000, 45_000, 75_000]);
    fault.next = new Error('again');
    await jest.advanceTimersByTimeAsync(30_000);
    expect(faults).toHaveLength(2);
    lock.release();
  });

  it('says nothing of a renewal that fails after its release', async () => {
    const { lock, faults, fault } = hold(60_000);
    fault.next = new Error('already settled');
    jest.advanceTimersByTime(30_000);
    lock.release();
    await jest.advanceTimersByTimeAsync(1);
    expect(faults).toEqual([]);
  });

  it('of a message without a lock is nothing', async () => {
    const receiver = { renewMessageLock: () => Promise.reject(new Error('not expected')) };
    const faults: unknown[] = [];
    keepLock({} as ServiceBusReceivedMessage, receiver, (error) => faults.push(error));
    await jest.advanceTimersByTimeAsync(600_000);
    expect(faults).toEqual([]);
  });
});
