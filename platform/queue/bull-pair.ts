import { Queue, Worker, type Processor } from 'bullmq';
import type { QueueBackend } from './queue-backend.ts';
import { settlesWithin } from './settle-within.ts';

export interface JobData {
  readonly key: string;
  readonly cause: string;
}

export interface BullPair {
  readonly backend: QueueBackend;
  readonly queue: Queue<JobData>;
  readonly worker: Worker<JobData, void>;
}

const JOB_NAME = 'reconcile';
const CLOSE_TIMEOUT_MS = 1000;

// A process that was killed leaves its jobs locked: whoever leads next (a lease takes 15 s) must not wait for them.
const LOCKS = { lockDuration: 10_000, stalledInterval: 5000, maxStalledCount: 1 };
// Jobs that ended tell nothing that the metrics and the log do not: a few stay to be looked at.
const RETENTION = {
  removeOnComplete: { count: 100, age: 3600 },
  removeOnFail: { count: 200, age: 86_400 },
};

/** The end of the queue that adds. */
export function openQueue({ connection, prefix, factory }: QueueBackend): Queue<JobData> {
  // BullMQ's constructors are typed for one backend each.
  const typed = factory as undefined;
  return new Queue(JOB_NAME, { connection, prefix, streams: { events: { maxLen: 500 } } }, typed);
}

/** One pending job per key; one that comes while a job of the key is active runs after it. */
export async function addJob(queue: Queue<JobData>, data: JobData): Promise<void> {
  const deduplication = { id: data.key, keepLastIfActive: true };
  await queue.add(JOB_NAME, data, { attempts: 1, deduplication });
}

/** Both ends of the queue on one backend; the worker begins to fetch at once. */
export function createPair(
  backend: QueueBackend,
  processor: Processor<JobData, void>,
  concurrency = 8,
): BullPair {
  const { connection, prefix } = backend;
  const factory = backend.factory as undefined;
  const queue = openQueue(backend);
  const worker: Worker<JobData, void> = new Worker(
    JOB_NAME,
    processor,
    { connection, prefix, concurrency, drainDelay: 1, runRetryDelay: 1000, ...LOCKS, ...RETENTION },
    factory,
  );
  return { backend, queue, worker };
}

/**
 * BullMQ's `close` waits for runs without limit, and for a server that is away for ever: each step has its time here. What a run
 * could not record is found out by the next worker when the job's lock has run out.
 */
export async function closePair(pair: BullPair, deadlineMs: number): Promise<void> {
  const { backend, queue, worker } = pair;
  if (!backend.isConnected()) worker.cancelAllJobs('shutdown');
  const closed = worker.close(!backend.isConnected());
  if (!(await settlesWithin(closed, deadlineMs))) {
    worker.cancelAllJobs('shutdown');
    if (!(await settlesWithin(closed, CLOSE_TIMEOUT_MS))) stopTimers(worker);
  }
  await settlesWithin(queue.close(), CLOSE_TIMEOUT_MS);
  await settlesWithin(backend.close(), CLOSE_TIMEOUT_MS);
}

/** They would keep the process alive: a `close` that hangs, as with a server that does, never comes to end them. */
function stopTimers(worker: Worker<JobData, void>): void {
  const inner = worker as unknown as {
    readonly lockManager?: { close(): Promise<void> };
    readonly stalledCheckStopper?: () => void;
  };
  inner.lockManager?.close().catch(() => undefined);
  inner.stalledCheckStopper?.();
}
