import type { EventEmitter } from 'node:events';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { createMetrics } from '../../../platform/observe/metrics.ts';
import { isServiceError } from '../../../platform/observe/service-error.ts';
import { createBullQueue, createQueueOn } from '../../../platform/queue/bull-queue.ts';
import { prepare } from '../../../platform/queue/pglite-backend.ts';
import {
  openPgliteDatabase,
  type PgliteDatabase,
} from '../../../platform/queue/pglite-database.ts';
import type { QueueBackend } from '../../../platform/queue/queue-backend.ts';
import { describeQueue } from './behaviours.ts';
import { createRecorder, SILENT, untilTrue } from './subject.ts';

jest.setTimeout(60_000);

describe('BullMQ on PostgreSQL inside the process', () => {
  // One database for all behaviours, emptied for each: starting one takes seconds.
  let database: PgliteDatabase;
  let backend: QueueBackend;
  beforeAll(async () => {
    database = await openPgliteDatabase(new AbortController().signal);
    backend = await prepare(database);
    (backend.connection as unknown as EventEmitter).setMaxListeners(0);
  });
  afterAll(() => database.close());

  const open = async (): Promise<QueueBackend> => {
    const { rows } = await database.query(
      `select string_agg(format('%I', tablename), ', ') as names from pg_tables where schemaname = 'bullmq' and tablename <> 'migration'`,
      [],
    );
    await database.query(`truncate ${(rows[0] as { names: string }).names} cascade`, []);
    return { ...backend, close: async () => undefined };
  };
  describeQueue({
    create: () => createQueueOn(open, { logger: SILENT, metrics: createMetrics() }),
  });

  it('starts and stops on a database of its own', async () => {
    const queue = createBullQueue({ logger: SILENT, metrics: createMetrics() });
    const recorder = createRecorder({ pass: true });
    await queue.start(recorder.process);
    await queue.enqueueAndWait('a', 'test', new AbortController().signal);
    await queue.stop(5000);
    expect(queue.healthy()).toBe(false);
  });

  it('leaves the process to its other work while it starts', async () => {
    const queue = createBullQueue({ logger: SILENT, metrics: createMetrics() });
    const began = performance.now();
    let last = began;
    let longest = 0;
    const ticking = setInterval(() => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }, 5);
    await queue.start(createRecorder().process);
    clearInterval(ticking);
    const took = performance.now() - began;
    await queue.stop(0);
    // On this thread the start would be one block of nearly all that time.
    expect(longest).toBeLessThan(took / 2);
  });

  it('is not healthy any more when its database ends', async () => {
    const own = await openPgliteDatabase(new AbortController().signal);
    const queue = createQueueOn(() => prepare(own), { logger: SILENT, metrics: createMetrics() });
    await queue.start(createRecorder().process);
    expect(queue.healthy()).toBe(true);
    await own.close();
    expect(queue.healthy()).toBe(false);
    const refusal: unknown = await queue.enqueue('a', 'test').catch((error: unknown) => error);
    expect(isServiceError(refusal, 'QUEUE_UNAVAILABLE')).toBe(true);
    await queue.stop(0);
  });

  it('refuses at once, rather than hang, before it has started', async () => {
    const queue = createBullQueue({ logger: SILENT, metrics: createMetrics() });
    const refusal: unknown = await queue.enqueue('a', 'early').catch((error: unknown) => error);
    expect(isServiceError(refusal, 'QUEUE_UNAVAILABLE')).toBe(true);
    await queue.stop(0);
  });

  it('counts runs and shows its depth', async () => {
    const metrics = createMetrics();
    const queue = createBullQueue({ logger: SILENT, metrics, concurrency: 1 });
    const recorder = createRecorder();
    await queue.start(recorder.process);
    const text = () => metrics.registry.metrics();
    expect(await text()).toContain('keyward_queue_healthy 1');
    for (const key of ['a', 'b', 'c']) await queue.enqueue(key, 'test');
    const first = await recorder.at(0);
    let shown = '';
    await untilTrue(() => {
      void text().then((now) => (shown = now));
      return shown.includes('keyward_queue_jobs{state="waiting"} 2');
    });
    first.end();
    (await recorder.at(1)).fail('no');
    (await recorder.at(2)).end();
    await untilTrue(() => {
      void text().then((now) => (shown = now));
      return shown.includes('keyward_queue_runs_total{outcome="ok"} 2');
    });
    expect(shown).toContain('keyward_queue_runs_total{outcome="failed"} 1');
    await queue.stop(0);
  });
});
