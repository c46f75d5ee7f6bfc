import { describe, expect, it } from '@jest/globals';
import { createFakeClock } from '../../../../platform/lifecycle/fake-clock.ts';

describe('a fake clock', () => {
  it('stands still until told', () => {
    const clock = createFakeClock(1000);
    expect([clock.now(), clock.now()]).toEqual([1000, 1000]);
    clock.advance(250);
    expect(clock.now()).toBe(1250);
  });

  it('fires what is due in order of time, then of setting, each at its own time', () => {
    const clock = createFakeClock(0);
    const fired: string[] = [];
    const set = (name: string, at: number) =>
      clock.setTimer(at, () => fired.push(`${name}@${clock.now()}`));
    set('late', 30);
    set('first', 10);
    set('second', 10);
    set('beyond', 41);
    clock.advance(40);
    expect(fired).toEqual(['first@10', 'second@10', 'late@30']);
    expect([clock.now(), clock.pending()]).toEqual([40, 1]);
  });

  it('fires timers that were set meanwhile when they fall due', () => {
    const clock = createFakeClock(0);
    const fired: number[] = [];
    const tick = () => {
      fired.push(clock.now());
      if (fired.length < 10) clock.setTimer(10, tick);
    };
    clock.setTimer(10, tick);
    clock.advance(35);
    expect(fired).toEqual([10, 20, 30]);
    clock.advance(5);
    expect(fired).toEqual([10, 20, 30, 40]);
  });

  it('does not fire what was cancelled, by anybody, at any time', () => {
    const clock = createFakeClock(0);
    const fired: string[] = [];
    const second = clock.setTimer(2, () => fired.push('second'));
    clock.setTimer(1, () => {
      fired.push('first');
      second.cancel();
    });
    const third = clock.setTimer(3, () => fired.push('third'));
    third.cancel();
    third.cancel();
    expect(clock.pending()).toBe(2);
    clock.advance(10);
    expect(fired).toEqual(['first']);
    expect(clock.pending()).toBe(0);
  });

  it('fires at once, but not before it is moved, what is past', () => {
    const clock = createFakeClock(5);
    const fired: number[] = [];
    clock.setTimer(-100, () => fired.push(clock.now()));
    expect(fired).toEqual([]);
    clock.advance(0);
    expect(fired).toEqual([5]);
  });
});
