import { describeError } from '../observe/describe-error.ts';
import type { Logger } from '../observe/logger.ts';
import type { JobQueue, ProcessJob } from './job-queue.ts';
import { createRunWaiters, queueStopped } from './run-waiters.ts';
import { settlesWithin } from './settle-within.ts';

export interface DirectQueueOptions {
  readonly logger: Logger;
  /** Runs at once; 4 when absent. */
  readonly concurrency?: number;
}

/** For runs that were aborted to say so. */
const LAST_WORDS_MS = 1000;

/**
 * A queue without anything behind it: runs are made at once in this process, and what is pending is lost with it. What keeps a
 * worker working while its real queue is away: nobody's revocation waits for a queue.
 */
export function createDirectQueue(options: DirectQueueOptions): JobQueue {
  const { logger, concurrency = 4 } = options;
  const waiters = createRunWaiters();
  const stopping = new AbortController();
  /** Insertion order is the order of runs. Of a key under way: the cause of the run that follows. */
  const pending = new Map<string, string>();
  const running = new Map<string, Promise<void>>();
  let run: ProcessJob | undefined;
  let stopped = false;

  const work = (): void => {
    if (run === undefined || stopped) return;
    for (const [key, cause] of pending) {
      if (running.size >= concurrency) return;
      if (running.has(key)) continue;
      pending.delete(key);
      running.set(key, runOnce(run, key, cause));
    }
  };

  const runOnce = async (process: ProcessJob, key: string, cause: string): Promise<void> => {
    try {
      await process(key, cause, stopping.signal);
    } catch (error) {
      logger.debug({ key, cause, error: describeError(error) }, 'run failed');
    }
    running.delete(key);
    work();
  };

  const add = (key: string, cause: string): void => {
    if (!pending.has(key)) pending.set(key, cause);
    work();
  };

  return {
    enqueue: async (key, cause) => {
      if (stopped) throw queueStopped();
      add(key, cause);
    },
    enqueueAndWait: async (key, cause, signal) => {
      if (stopped) throw queueStopped();
      const done = waiters.wait(key, signal);
      add(key, cause);
      await done;
    },
    start: async (process) => {
      if (run !== undefined) throw new TypeError('a queue starts once');
      run = waiters.attach(process);
      work();
    },
    stop: async (deadlineMs) => {
      stopped = true;
      pending.clear();
      const ended = Promise.all(running.values());
      if (!(await settlesWithin(ended, deadlineMs))) {
        stopping.abort(queueStopped());
        await settlesWithin(ended, LAST_WORDS_MS);
      }
      waiters.close();
    },
    healthy: () => run !== undefined && !stopped,
  };
}
