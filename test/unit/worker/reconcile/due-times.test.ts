import { describe, expect, it } from '@jest/globals';
import type { Clock } from '../../../../platform/lifecycle/clock.ts';
import { createFakeClock } from '../../../../platform/lifecycle/fake-clock.ts';
import { createDueTimes } from '../../../../worker/reconcile/due-times.ts';
import { NOW } from '../fixtures.ts';

function setUp() {
  const clock = createFakeClock(NOW);
  const fired: string[] = [];
  const due = createDueTimes(clock, (key) => fired.push(`${key} at ${clock.now() - NOW}`));
  return { clock, fired, due };
}

describe('due times', () => {
  it('fire at their moment, each once', () => {
    const { clock, fired, due } = setUp();
    due.set('a', NOW + 1000);
    due.set('b', NOW + 500);
    clock.advance(999);
    expect(fired).toEqual(['b at 500']);
    clock.advance(5000);
    expect(fired).toEqual(['b at 500', 'a at 1000']);
  });

  it('are one per KeySet: a new one takes the place of the old, and none takes it away', () => {
    const { clock, fired, due } = setUp();
    due.set('a', NOW + 1000);
    due.set('a', NOW + 2000);
    due.set('b', NOW + 1000);
    due.set('b', undefined);
    clock.advance(5000);
    expect(fired).toEqual(['a at 2000']);
  });

  it('set no second timer for the moment that they wait for already', () => {
    const { clock, due } = setUp();
    for (let look = 0; look < 100; look += 1) due.set('a', NOW + 1000);
    expect(clock.pending()).toBe(1);
  });

  it('wait on where a timer comes early', () => {
    const { clock, fired } = setUp();
    const early: Clock = {
      now: clock.now,
      setTimer: (milliseconds, fire) => clock.setTimer(Math.min(milliseconds, 400), fire),
    };
    const due = createDueTimes(early, (key) => fired.push(`${key} at ${clock.now() - NOW}`));
    due.set('a', NOW + 1000);
    clock.advance(5000);
    expect(fired).toEqual(['a at 1000']);
  });

  it('are forgotten at the end', () => {
    const { clock, fired, due } = setUp();
    due.set('a', NOW + 1000);
    due.stop();
    clock.advance(5000);
    expect([fired, clock.pending()]).toEqual([[], 0]);
  });
});
