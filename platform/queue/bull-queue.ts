import { WaitingError, type Processor } from 'bullmq';
import { describeError } from '../observe/describe-error.ts';
import type { Logger } from '../observe/logger.ts';
import type { Metrics } from '../observe/metrics.ts';
import { ServiceError } from '../observe/service-error.ts';
import { addJob, closePair, createPair, type BullPair, type JobData } from './bull-pair.ts';
import type { JobQueue, ProcessJob, QueueErrorCode } from './job-queue.ts';
import { openPglite } from './pglite-backend.ts';
import { createQueueProbe } from './queue-probe.ts';
import type { QueueBackend } from './queue-backend.ts';
import { openRedis } from './redis-backend.ts';
import { createRunWaiters, queueStopped } from './run-waiters.ts';
import { settlesWithin } from './settle-within.ts';

export interface BullQueueOptions {
  /** `redis://` or `rediss://`. Absent: PostgreSQL inside this process, in memory. */
  readonly url?: string;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Runs at once; 8 when absent. */
  readonly concurrency?: number;
}

const ENQUEUE_TIMEOUT_MS = 1000;

/** {@link JobQueue} on BullMQ. */
export function createBullQueue(options: BullQueueOptions): JobQueue {
  const { url, logger } = options;
  return createQueueOn(
    (signal) => (url === undefined ? openPglite(signal) : openRedis(url, { logger, signal })),
    options,
  );
}

/** The same on a backend of the caller's. */
export function createQueueOn(
  open: (signal: AbortSignal) => Promise<QueueBackend>,
  options: Omit<BullQueueOptions, 'url'>,
): JobQueue {
  const logger = options.logger.child({ subsystem: 'queue' });
  const waiters = createRunWaiters();
  const instruments = createInstruments(options.metrics);
  const probe = createQueueProbe(options.metrics, logger);
  const stopping = new AbortController();
  let starting: Promise<void> | undefined;
  let running: BullPair | undefined;

  const createProcessor = (process: ProcessJob): Processor<JobData, void> => {
    const run = waiters.attach(process);
    // BullMQ counts the parameters: only a processor with three gets a signal.
    return async (job, token, given) => {
      const { data } = job;
      const signal = given ?? new AbortController().signal;
      if (stopping.signal.aborted) {
        // A worker that is closing may still fetch one: it belongs to whoever comes next.
        await job.moveToWait(token);
        throw new WaitingError();
      }
      try {
        // A run that heeds no signal must not keep the worker, and so the process, from ending.
        await Promise.race([run(data.key, data.cause, signal), rejectWhenAborted(signal)]);
        instruments.runs.increment({ outcome: 'ok' });
      } catch (error) {
        instruments.runs.increment({ outcome: 'failed' });
        // What the queue stores of it is made safe first, and its stack trace stays here.
        const safe = new Error(describeError(error).message);
        delete safe.stack;
        throw safe;
      }
    };
  };

  const begin = async (process: ProcessJob): Promise<void> => {
    const backend = await open(stopping.signal);
    if (stopping.signal.aborted) {
      await backend.close();
      return;
    }
    running = createPair(backend, createProcessor(process), options.concurrency);
    const { queue, worker } = running;
    const record = (error: unknown): void => {
      probe.recordFault(error);
    };
    queue.on('error', record);
    worker.on('error', record);
    worker.on('stalled', (jobId) => {
      logger.warn({ jobId }, 'a job lost its process and runs again');
    });
    const ready = Promise.all([queue.waitUntilReady(), worker.waitUntilReady()]);
    await Promise.race([ready, whenAborted(stopping.signal)]);
    probe.start(() => queue.getJobCounts('waiting', 'active'));
  };

  const enqueue = async (key: string, cause: string): Promise<void> => {
    if (stopping.signal.aborted) throw queueStopped();
    if (running === undefined || !isHealthy()) throw unavailable();
    const added = addJob(running.queue, { key, cause });
    if (!(await settlesWithin(added, ENQUEUE_TIMEOUT_MS))) {
      const fault = unavailable();
      probe.distrust(fault);
      throw fault;
    }
    await added;
  };

  const isHealthy = (): boolean =>
    running?.backend.isConnected() === true && !stopping.signal.aborted && probe.healthy();

  return {
    enqueue,
    enqueueAndWait: async (key, cause, signal) => {
      const given = new AbortController();
      // Waits from before the job is there: its run may be over before the answer that it was added.
      const done = waiters.wait(key, AbortSignal.any([signal, given.signal]));
      done.catch(() => undefined);
      try {
        await enqueue(key, cause);
      } catch (error) {
        given.abort(error);
      }
      await done;
    },
    start: async (process) => {
      if (starting !== undefined) throw new TypeError('a queue starts once');
      starting = begin(process);
      await starting;
    },
    stop: async (deadlineMs) => {
      stopping.abort(queueStopped());
      probe.stop();
      await starting?.catch(() => undefined);
      if (running !== undefined) await closePair(running, deadlineMs);
      waiters.close();
    },
    healthy: isHealthy,
  };
}

async function whenAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise((resolve) => {
    signal.addEventListener('abort', resolve, { once: true });
  });
}

async function rejectWhenAborted(signal: AbortSignal): Promise<never> {
  await whenAborted(signal);
  throw queueStopped();
}

function unavailable(): ServiceError<QueueErrorCode> {
  return new ServiceError<QueueErrorCode>('QUEUE_UNAVAILABLE', 'the queue cannot be reached', {
    retryable: true,
  });
}

function createInstruments(metrics: Metrics) {
  return {
    runs: metrics.counter({
      name: 'keyward_queue_runs_total',
      help: 'Jobs run, by how they ended',
      labels: { outcome: ['ok', 'failed'] },
    }),
  };
}
