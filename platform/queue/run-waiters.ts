import { ServiceError } from '../observe/service-error.ts';
import type { ProcessJob, QueueErrorCode } from './job-queue.ts';

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Those who wait for a run of a key that starts after they came. */
export interface RunWaiters {
  /** Settles with the first run of the key that starts from now on. */
  wait(key: string, signal: AbortSignal): Promise<void>;
  /** Makes a run settle everybody who came before it started. */
  attach(process: ProcessJob): ProcessJob;
  /** Rejects everybody with code `QUEUE_STOPPED`. */
  close(): void;
}

export function createRunWaiters(): RunWaiters {
  const waiting = new Map<string, Set<Waiter>>();

  return {
    wait: (key, signal) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) {
          reject(signal.reason as Error);
          return;
        }
        const leave = (): void => {
          signal.removeEventListener('abort', abort);
          waiting.get(key)?.delete(waiter);
        };
        const waiter: Waiter = {
          resolve: () => {
            leave();
            resolve();
          },
          reject: (error) => {
            leave();
            reject(error);
          },
        };
        const abort = (): void => {
          waiter.reject(signal.reason);
        };
        signal.addEventListener('abort', abort, { once: true });
        const ofKey = waiting.get(key) ?? new Set();
        waiting.set(key, ofKey.add(waiter));
      }),
    attach: (process) => async (key, cause, signal) => {
      const mine = waiting.get(key) ?? new Set();
      waiting.delete(key);
      try {
        await process(key, cause, signal);
      } catch (error) {
        for (const waiter of mine) waiter.reject(error);
        throw error;
      }
      for (const waiter of mine) waiter.resolve();
    },
    close: () => {
      const all = [...waiting.values()].flatMap((ofKey) => [...ofKey]);
      waiting.clear();
      for (const waiter of all) waiter.reject(queueStopped());
    },
  };
}

export function queueStopped(): ServiceError<QueueErrorCode> {
  return new ServiceError<QueueErrorCode>('QUEUE_STOPPED', 'the queue stopped', {
    retryable: false,
  });
}
