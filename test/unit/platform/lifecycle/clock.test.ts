import { describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { delay, systemClock } from '../../../../platform/lifecycle/clock.ts';
import { createFakeClock } from '../../../../platform/lifecycle/fake-clock.ts';

const run = promisify(execFile);
const CLOCK = join(import.meta.dirname, '../../../../platform/lifecycle/clock.ts');

describe('the clock of the system', () => {
  it('tells the time', () => {
    const before = Date.now();
    const now = systemClock.now();
    expect(now).toBeGreaterThanOrEqual(before);
    expect(now).toBeLessThanOrEqual(Date.now());
  });

  it('fires in order, at once for what is past, and not what was cancelled', async () => {
    const fired: string[] = [];
    const cancelled = systemClock.setTimer(1, () => fired.push('cancelled'));
    systemClock.setTimer(-5, () => fired.push('past'));
    // setTimeout would fire a delay beyond 32 bits at once.
    const far = systemClock.setTimer(2 ** 40, () => fired.push('in 35 years'));
    cancelled.cancel();
    await new Promise<void>((resolve) => {
      systemClock.setTimer(20, resolve);
    });
    far.cancel();
    expect(fired).toEqual(['past']);
  });

  it('keeps no process alive', async () => {
    const program = `import { systemClock } from '${CLOCK}'; systemClock.setTimer(600000, () => {});`;
    const arguments_ = ['--input-type=module', '--eval', program];
    await expect(run(process.execPath, arguments_, { timeout: 20_000 })).resolves.toBeDefined();
  }, 30_000);
});

describe('a delay', () => {
  it('ends when its clock has come that far, and not before', async () => {
    const clock = createFakeClock();
    let isOver = false;
    const waiting = delay(clock, 100).then(() => (isOver = true));
    clock.advance(99);
    await Promise.resolve();
    expect(isOver).toBe(false);
    clock.advance(1);
    expect(await waiting).toBe(true);
  });

  it('ends with the reason of its signal, and takes its timer away', async () => {
    const clock = createFakeClock();
    const stop = new AbortController();
    const waiting = delay(clock, 100, stop.signal);
    stop.abort(new Error('shutdown'));
    await expect(waiting).rejects.toThrow('shutdown');
    expect(clock.pending()).toBe(0);
  });

  it('does not begin when the signal is aborted already', async () => {
    const clock = createFakeClock();
    await expect(delay(clock, 100, AbortSignal.abort(new Error('over')))).rejects.toThrow('over');
    expect(clock.pending()).toBe(0);
  });

  it('leaves no listener behind when it ended by itself', async () => {
    const clock = createFakeClock();
    const listeners = new Set<unknown>();
    const signal = {
      aborted: false,
      addEventListener: (_type: string, listener: unknown) => listeners.add(listener),
      removeEventListener: (_type: string, listener: unknown) => listeners.delete(listener),
    };
    const waiting = delay(clock, 1, signal as unknown as AbortSignal);
    expect(listeners.size).toBe(1);
    clock.advance(1);
    await waiting;
    expect(listeners.size).toBe(0);
  });
});
