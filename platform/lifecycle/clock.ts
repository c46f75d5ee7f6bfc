/** Time as a dependency, so that tests and the sandbox can move it. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls `fire` once after `milliseconds`. A pending timer does not keep the process alive. */
  setTimer(milliseconds: number, fire: () => void): Timer;
}

export interface Timer {
  cancel(): void;
}

/** setTimeout takes a 32-bit delay and fires at once beyond it. */
const LONGEST_TIMER = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  setTimer: (milliseconds, fire) => {
    const timer = setTimeout(fire, Math.min(Math.max(milliseconds, 0), LONGEST_TIMER));
    timer.unref();
    return {
      cancel: () => {
        clearTimeout(timer);
      },
    };
  },
};

/** Resolves after `milliseconds` of this clock, or rejects with the signal's reason. */
export function delay(clock: Clock, milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(signal.reason as Error);
      return;
    }
    const abort = () => {
      timer.cancel();
      reject(signal?.reason as Error);
    };
    const timer = clock.setTimer(milliseconds, () => {
      signal?.removeEventListener('abort', abort);
      resolve();
    });
    signal?.addEventListener('abort', abort, { once: true });
  });
}
