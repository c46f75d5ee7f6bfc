import { setTimeout as pause } from 'node:timers/promises';

/** Asks until the answer is true; throws when it is not within the deadline, which is generous: tests share their machine. */
export async function waitUntil(
  ask: () => boolean | Promise<boolean>,
  what = 'the condition',
  deadlineMs = 20_000,
): Promise<void> {
  const deadline = performance.now() + deadlineMs;
  while (!(await ask())) {
    if (performance.now() > deadline) throw new Error(`${what} did not come true`);
    await pause(2);
  }
}
