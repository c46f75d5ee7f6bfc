import { setTimeout as pause } from 'node:timers/promises';

/**
 * Asks `check` again and again until it gives a value; gives the value and how long it took. After `deadlineMs` gives undefined: a step
 * then says what it waited for.
 */
export async function until<T>(
  check: () => Promise<T | undefined>,
  { deadlineMs, everyMs = 10 }: { deadlineMs: number; everyMs?: number },
): Promise<{ value: T; ms: number } | undefined> {
  const began = performance.now();
  for (;;) {
    const value = await check();
    const ms = performance.now() - began;
    if (value !== undefined) return { value, ms };
    if (ms > deadlineMs) return undefined;
    await pause(everyMs);
  }
}
