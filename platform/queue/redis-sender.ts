import type { Queue } from 'bullmq';
import type { Logger } from '../observe/logger.ts';
import { ServiceError } from '../observe/service-error.ts';
import { addJob, openQueue, type JobData } from './bull-pair.ts';
import type { JobQueue, QueueErrorCode } from './job-queue.ts';
import type { QueueBackend } from './queue-backend.ts';
import { openRedis } from './redis-backend.ts';
import { queueStopped } from './run-waiters.ts';
import { settlesWithin } from './settle-within.ts';

export interface QueueSender extends Pick<JobQueue, 'enqueue'> {
  close(): Promise<void>;
}

const ENQUEUE_TIMEOUT_MS = 1000;

/**
 * Adds to the queue that another process works off: its runs are made by whoever leads. The connection is opened with the first job,
 * and kept.
 */
export function createRedisSender(options: {
  readonly url: string;
  readonly logger: Logger;
}): QueueSender {
  const closing = new AbortController();
  let opening: Promise<{ backend: QueueBackend; queue: Queue<JobData> }> | undefined;

  const open = async () => {
    const { url, logger } = options;
    const backend = await openRedis(url, { logger, signal: closing.signal });
    const queue = openQueue(backend);
    queue.on('error', () => undefined);
    return { backend, queue };
  };
  const add = async (data: JobData): Promise<void> => {
    opening ??= open();
    try {
      const { queue } = await opening;
      await addJob(queue, data);
    } catch (error) {
      // A server that was refused may have been set right meanwhile.
      await opening.catch(() => {
        opening = undefined;
      });
      throw error;
    }
  };
  return {
    enqueue: async (key, cause) => {
      if (closing.signal.aborted) throw queueStopped();
      const added = add({ key, cause });
      if (!(await settlesWithin(added, ENQUEUE_TIMEOUT_MS))) throw tooSlow();
      await added;
    },
    close: async () => {
      closing.abort(queueStopped());
      const opened = await opening?.catch(() => undefined);
      if (opened === undefined) return;
      await settlesWithin(opened.queue.close(), ENQUEUE_TIMEOUT_MS);
      await settlesWithin(opened.backend.close(), ENQUEUE_TIMEOUT_MS);
    },
  };
}

function tooSlow(): ServiceError<QueueErrorCode> {
  return new ServiceError<QueueErrorCode>('QUEUE_UNAVAILABLE', 'the queue cannot be reached', {
    retryable: true,
  });
}
