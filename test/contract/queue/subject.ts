import { createLogger, type Logger } from '../../../platform/observe/logger.ts';
import type { JobQueue } from '../../../platform/queue/job-queue.ts';

export const SILENT: Logger = createLogger({ level: 'silent', component: 'test' });

/** One run as the test sees it: it lasts until the test ends it. */
export interface Run {
  readonly key: string;
  readonly cause: string;
  readonly signal: AbortSignal;
  end(): void;
  fail(message: string): void;
}

export interface Recorder {
  readonly runs: readonly Run[];
  /** Runs under way. */
  readonly active: () => readonly Run[];
  process(key: string, cause: string, signal: AbortSignal): Promise<void>;
  /** The run with that number (0 is the first), once it has started. */
  at(index: number): Promise<Run>;
}

/** A processor whose runs end when the test says so, or at once when it is told to let them pass. */
export function createRecorder(options: { readonly pass?: boolean } = {}): Recorder {
  const runs: Run[] = [];
  const active = new Set<Run>();
  return {
    runs,
    active: () => [...active],
    process: (key, cause, signal) =>
      new Promise((resolve, reject) => {
        const settle = (action: () => void): void => {
          active.delete(run);
          action();
        };
        const run: Run = {
          key,
          cause,
          signal,
          end: () => {
            settle(resolve);
          },
          fail: (message) => {
            settle(() => {
              reject(new Error(message));
            });
          },
        };
        runs.push(run);
        active.add(run);
        signal.addEventListener('abort', () => {
          run.fail('aborted');
        });
        if (options.pass === true) run.end();
      }),
    at: async (index) => {
      await untilTrue(() => runs.length > index);
      const run = runs[index];
      if (run === undefined) throw new Error(`no run ${index}`);
      return run;
    },
  };
}

/** Polls: nothing here waits for a fixed time. */
export async function untilTrue(check: () => boolean, deadlineMs = 15_000): Promise<void> {
  const began = performance.now();
  while (!check()) {
    if (performance.now() - began > deadlineMs) throw new Error(`not true: ${check.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Starts a queue that is stopped with the test. */
export interface Subject {
  create(): JobQueue;
}
