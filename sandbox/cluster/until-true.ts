import { setTimeout as pause } from 'node:timers/promises';

export interface UntilOptions {
  readonly deadlineMs: number;
  readonly everyMs?: number;
  /** Ends the wait early, for instance because the program that was waited for has ended. */
  readonly giveUp?: () => boolean;
}

/** Asks until the answer is true; false when time is up or there is nothing left to wait for. */
export async function untilTrue(
  ask: () => Promise<boolean>,
  { deadlineMs, everyMs = 50, giveUp }: UntilOptions,
): Promise<boolean> {
  const deadline = performance.now() + deadlineMs;
  while (performance.now() < deadline) {
    if (await ask()) return true;
    if (giveUp?.() === true) return false;
    await pause(everyMs);
  }
  return false;
}
