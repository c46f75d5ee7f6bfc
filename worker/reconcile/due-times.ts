import type { Clock, Timer } from '../../platform/lifecycle/clock.ts';

/**
 * Reconciles that wait for a date: a version that becomes valid or expires does so at its moment, whenever the next sweep is. They are made
 * anew from every plan, so a new leader has them after its first look.
 */
export interface DueTimes {
  /** The one moment that a KeySet waits for, in milliseconds since the epoch; undefined: none. */
  set(key: string, at: number | undefined): void;
  /** Forgets all. */
  stop(): void;
}

export function createDueTimes(clock: Clock, fire: (key: string) => void): DueTimes {
  const timers = new Map<string, { readonly at: number; readonly timer: Timer }>();

  const arm = (key: string, at: number): void => {
    const timer = clock.setTimer(at - clock.now(), () => {
      timers.delete(key);
      // A timer can be early: by a millisecond, or by days where it cannot be set that far ahead.
      if (clock.now() < at) arm(key, at);
      else fire(key);
    });
    timers.set(key, { at, timer });
  };

  return {
    set: (key, at) => {
      const known = timers.get(key);
      if (known?.at === at) return;
      known?.timer.cancel();
      timers.delete(key);
      if (at !== undefined) arm(key, at);
    },
    stop: () => {
      for (const { timer } of timers.values()) timer.cancel();
      timers.clear();
    },
  };
}
