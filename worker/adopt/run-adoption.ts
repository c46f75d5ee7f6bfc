import type { Clock } from '../../platform/lifecycle/clock.ts';
import type { Adopter } from './adopt.ts';

/** What could not be adopted is tried again this often. */
const AGAIN_MS = 5000;

export interface Adoption {
  /** Adopts until the signal aborts. Rejects with its reason. */
  run(signal: AbortSignal): Promise<void>;
  /** Something came or went: soon, not at the next turn. */
  wake(): void;
}

export function createAdoption(adopter: Adopter, clock: Clock): Adoption {
  let isWanted = false;
  let wakeUp = (): void => undefined;

  const rest = (signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      const finish = (): void => {
        timer.cancel();
        signal.removeEventListener('abort', finish);
        wakeUp = () => undefined;
        resolve();
      };
      const timer = clock.setTimer(AGAIN_MS, finish);
      signal.addEventListener('abort', finish, { once: true });
      wakeUp = finish;
      if (isWanted || signal.aborted) finish();
    });

  return {
    run: async (signal) => {
      for (;;) {
        signal.throwIfAborted();
        isWanted = false;
        await adopter.adoptAll(signal);
        await rest(signal);
      }
    },
    wake: () => {
      isWanted = true;
      wakeUp();
    },
  };
}
