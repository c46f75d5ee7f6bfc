import { describe, expect, it } from '@jest/globals';
import { createFakeClock } from '../../../../platform/lifecycle/fake-clock.ts';
import { createCallBudget } from '../../../../worker/observe/call-budget.ts';

const forever = new AbortController().signal;

/** When each of so many calls, all asked for at once, was let through: milliseconds from the start. */
async function letThrough(count: number, sharers: number): Promise<readonly number[]> {
  const clock = createFakeClock(0);
  const budget = createCallBudget(clock, sharers);
  const times: number[] = [];
  for (let call = 0; call < count; call += 1)
    void budget.take(forever).then(() => times.push(clock.now()));
  for (let at = 0; times.length < count && at < 1_000_000; at += 5) {
    for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
    clock.advance(5);
  }
  return times;
}

const mostInTenSeconds = (times: readonly number[]) =>
  Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + 10_000).length));

describe('the budget of a vault', () => {
  it('lets a few calls through at once', async () => {
    const times = await letThrough(40, 1);
    expect(times.at(-1)).toBeLessThan(100);
  });

  it.each([
    [1, 1000, 400],
    [4, 300, 100],
    [50, 30, 8],
  ])(
    'for %i clusters stays within a tenth of the limit in any ten seconds',
    async (sharers, count, most) => {
      const times = await letThrough(count, sharers);
      expect(times.length).toBe(count);
      // One call more where a window begins and ends with one.
      expect(mostInTenSeconds(times)).toBeLessThanOrEqual(most + 1);
      expect(mostInTenSeconds(times)).toBeGreaterThan(most * 0.8);
    },
  );

  it('makes the sweep wait for what did not wait, within bounds', async () => {
    const clock = createFakeClock(0);
    const budget = createCallBudget(clock, 1);
    for (let call = 0; call < 100_000; call += 1) budget.spend();
    let through = false;
    void budget.take(forever).then(() => (through = true));
    clock.advance(1000);
    await Promise.resolve();
    expect(through).toBe(false);
    clock.advance(5000);
    await Promise.resolve();
    await Promise.resolve();
    expect(through).toBe(true);
  });

  it('ends a wait with the signal', async () => {
    const clock = createFakeClock(0);
    const budget = createCallBudget(clock, 1000);
    const controller = new AbortController();
    await budget.take(controller.signal);
    const waiting = budget.take(controller.signal);
    controller.abort(new Error('stopped'));
    await expect(waiting).rejects.toThrow('stopped');
  });
});
