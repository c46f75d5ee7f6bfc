import { describeError } from '../observe/describe-error.ts';
import type { Logger } from '../observe/logger.ts';
import type { Metrics } from '../observe/metrics.ts';
import { settlesWithin } from './settle-within.ts';

const INTERVAL_MS = 1000;
const TIMEOUT_MS = 2000;
/** A client that believes itself connected proves nothing (bullmq #3088): only an answer does, and not an old one. */
const BELIEVED_MS = 5000;

const STATES = ['waiting', 'active'] as const;

/** Asks the queue for its depth all the time: what answers is healthy. */
export interface QueueProbe {
  start(count: () => Promise<Readonly<Record<string, number>>>): void;
  /** A fault that the queue reported by itself; logged once until it is over. */
  recordFault(error: unknown): void;
  /** Not healthy until it answers again. */
  distrust(error: unknown): void;
  healthy(): boolean;
  stop(): void;
}

export function createQueueProbe(metrics: Metrics, logger: Logger): QueueProbe {
  const depth = metrics.gauge({
    name: 'keyward_queue_jobs',
    help: 'Jobs in the queue, by state',
    labels: { state: STATES },
  });
  const health = metrics.gauge({
    name: 'keyward_queue_healthy',
    help: '1 while the queue answers; while it does not, the worker works without it',
  });
  let answeredAt = -Infinity;
  let faulty = false;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  health.set({}, 0);

  const healthy = (): boolean => performance.now() - answeredAt < BELIEVED_MS;

  const recordFault = (error: unknown): void => {
    if (stopped) return;
    const fields = { error: describeError(error) };
    if (faulty) logger.debug(fields, 'queue fault');
    else logger.warn(fields, 'the queue has a fault; while it lasts, work goes on without it');
    faulty = true;
  };

  const distrust = (error: unknown): void => {
    answeredAt = -Infinity;
    recordFault(error);
  };

  const ask = async (count: () => Promise<Readonly<Record<string, number>>>): Promise<void> => {
    const counting = count();
    try {
      if (!(await settlesWithin(counting, TIMEOUT_MS))) throw new Error('no answer in time');
      const counts = await counting;
      for (const state of STATES) depth.set({ state }, counts[state] ?? 0);
      answeredAt = performance.now();
      if (faulty) logger.info({}, 'the queue answers again');
      faulty = false;
    } catch (error) {
      recordFault(error);
    }
    health.set({}, healthy() ? 1 : 0);
    if (!stopped) timer = setTimeout(() => void ask(count), INTERVAL_MS);
  };

  return {
    start: (count) => {
      answeredAt = performance.now();
      void ask(count);
    },
    recordFault,
    distrust,
    healthy,
    stop: () => {
      stopped = true;
      clearTimeout(timer);
      health.set({}, 0);
    },
  };
}
