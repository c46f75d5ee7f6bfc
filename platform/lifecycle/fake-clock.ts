import type { Clock } from './clock.ts';

export interface FakeClock extends Clock {
  /** Moves time forward, firing due timers in order of their time; those set meanwhile fire too when they fall due. */
  advance(milliseconds: number): void;
  /** Timers not yet fired or cancelled. */
  pending(): number;
}

/** A clock that stands still until told. */
export function createFakeClock(start = Date.UTC(2026, 10, 1)): FakeClock {
  let now = start;
  let nextId = 0;
  const timers = new Map<number, { readonly at: number; readonly fire: () => void }>();

  const findDue = (limit: number): [number, { at: number; fire: () => void }] | undefined =>
    [...timers]
      .filter(([, { at }]) => at <= limit)
      .sort(([firstId, first], [secondId, second]) => first.at - second.at || firstId - secondId)
      .at(0);

  return {
    now: () => now,
    setTimer: (milliseconds, fire) => {
      const id = nextId;
      nextId += 1;
      timers.set(id, { at: now + Math.max(milliseconds, 0), fire });
      return {
        cancel: () => {
          timers.delete(id);
        },
      };
    },
    advance: (milliseconds) => {
      const limit = now + milliseconds;
      for (let due = findDue(limit); due !== undefined; due = findDue(limit)) {
        const [id, timer] = due;
        timers.delete(id);
        now = timer.at;
        timer.fire();
      }
      now = limit;
    },
    pending: () => timers.size,
  };
}
