import { describeError } from '../platform/observe/describe-error.ts';
import type { Logger } from '../platform/observe/logger.ts';
import type { JobQueue } from '../platform/queue/job-queue.ts';
import type { Cause } from './cause.ts';

export interface DispatcherOptions {
  /** The queue that is meant. */
  readonly queue: JobQueue;
  /** What makes runs at once in this process, for as long as the other cannot be relied on. */
  readonly direct: JobQueue;
  readonly logger: Logger;
}

/** Gets a KeySet reconciled: by the queue, and without it while it is away. No revocation waits for a queue. */
export interface Dispatcher {
  /** Resolves once a reconcile that has not started yet is certain. */
  trigger(key: string, cause: Cause): Promise<void>;
  /** Resolves when a reconcile that started after the call has ended well. */
  triggerAndWait(key: string, cause: Cause, signal: AbortSignal): Promise<void>;
  /** Past the queue, whatever it says of itself: for what it was given and did not do. */
  overtake(key: string, cause: Cause): Promise<void>;
}

export function createDispatcher({ queue, direct, logger }: DispatcherOptions): Dispatcher {
  const trigger = async (key: string, cause: Cause): Promise<void> => {
    if (queue.healthy()) {
      try {
        await queue.enqueue(key, cause);
        return;
      } catch (error) {
        logger.debug({ keySet: key, error: describeError(error) }, 'not enqueued, done directly');
      }
    }
    await direct.enqueue(key, cause);
  };
  return {
    trigger,
    triggerAndWait: (key, cause, signal) =>
      (queue.healthy() ? queue : direct).enqueueAndWait(key, cause, signal),
    overtake: (key, cause) => direct.enqueue(key, cause),
  };
}
