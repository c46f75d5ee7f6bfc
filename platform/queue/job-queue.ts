/** Does the work of one key. Rejects when the run failed; the signal aborts when the queue can wait no longer. */
export type ProcessJob = (key: string, cause: string, signal: AbortSignal) => Promise<void>;

/**
 * Work by key: at most one run of a key under way and one pending behind it, whoever asks how often. A job carries a key and why,
 * never a payload: the run reads the state anew. Nothing is tried again by the queue itself.
 */
export interface JobQueue {
  /** Resolves once a run of the key that has not started yet is certain. Rejects with a ServiceError, soon, when it is not. */
  enqueue(key: string, cause: string): Promise<void>;
  /**
   * Resolves when a run of the key that STARTED after this call has ended well; rejects when that run failed, when the queue
   * stopped before it ended, and with the signal's reason.
   */
  enqueueAndWait(key: string, cause: string, signal: AbortSignal): Promise<void>;
  /**
   * Resolves once runs are made, which a queue that is out of reach may put off until `stop`. Rejects with code `QUEUE_CONFIG` when
   * the queue can never be used as it is. Once only.
   */
  start(process: ProcessJob): Promise<void>;
  /** No new run; waits at most `deadlineMs` for those under way, then aborts them. Never rejects. What is pending elsewhere stays. */
  stop(deadlineMs: number): Promise<void>;
  /** Whether what is enqueued now can be expected to run soon. */
  healthy(): boolean;
}

/** docs/errors.md says what to do about each. */
export const QUEUE_ERROR_CODES = [
  /** The server behind the queue must be configured otherwise. */
  'QUEUE_CONFIG',
  /** Not started, not reachable, or too slow. */
  'QUEUE_UNAVAILABLE',
  'QUEUE_STOPPED',
] as const;
export type QueueErrorCode = (typeof QUEUE_ERROR_CODES)[number];
