import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { createMetrics } from '../../../platform/observe/metrics.ts';
import { isServiceError } from '../../../platform/observe/service-error.ts';
import { createBullQueue } from '../../../platform/queue/bull-queue.ts';
import type { JobQueue } from '../../../platform/queue/job-queue.ts';
import { describeQueue } from './behaviours.ts';
import { hasRedisServer, startRedisServer, type RedisServer } from './redis-server.ts';
import { createRecorder, SILENT, untilTrue } from './subject.ts';

jest.setTimeout(60_000);
const DYING_WORKER = join(import.meta.dirname, 'dying-worker.ts');

const isThere = hasRedisServer();
if (!isThere) {
  process.stderr.write(
    '\nSKIPPED, NOT CHECKED: the queue on Redis: redis-server is not installed. Run: scripts/install-packages.sh\n\n',
  );
}
const contract = isThere ? describe : describe.skip;

contract('BullMQ on a real Redis', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedisServer();
  });
  afterAll(() => server.kill());
  beforeEach(async () => {
    const client = new Redis(server.url);
    await client.flushall();
    client.disconnect();
  });

  const create = (url = server.url): JobQueue =>
    createBullQueue({ url, logger: SILENT, metrics: createMetrics() });
  describeQueue({ create });

  it('keeps all its keys in one slot of a Redis Cluster', async () => {
    const queue = create();
    const recorder = createRecorder({ pass: true });
    await queue.start(recorder.process);
    await queue.enqueueAndWait('a', 'test', new AbortController().signal);
    const client = new Redis(server.url);
    const keys = await client.keys('*');
    client.disconnect();
    await queue.stop(1000);
    expect(keys.length).toBeGreaterThan(0);
    expect(keys.filter((key) => !key.startsWith('{keyward}:'))).toEqual([]);
  });

  it('leaves what is pending to whoever comes next', async () => {
    const first = create();
    const recorder = createRecorder();
    await first.start(recorder.process);
    await first.enqueue('a', 'one');
    const run = await recorder.at(0);
    await first.enqueue('a', 'two');
    const stopping = first.stop(5000);
    run.end();
    await stopping;
    const next = create();
    const later = createRecorder({ pass: true });
    await next.start(later.process);
    await untilTrue(() => later.runs.length === 1);
    expect(later.runs[0]?.cause).toBe('two');
    await next.stop(1000);
  });

  it('runs again what a killed process had in hand', async () => {
    const child = spawn(process.execPath, [DYING_WORKER, server.url], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const taken = once(child.stdout, 'data');
    const ended = once(child, 'exit');
    const producer = new Queue('reconcile', {
      connection: { url: server.url },
      prefix: '{keyward}',
    });
    await producer.add(
      'reconcile',
      { key: 'a', cause: 'hint' },
      { attempts: 1, deduplication: { id: 'a', keepLastIfActive: true } },
    );
    await producer.close();
    expect(String((await taken)[0])).toBe('took a\n');
    child.kill('SIGKILL');
    await ended;

    const queue = create();
    const recorder = createRecorder({ pass: true });
    await queue.start(recorder.process);
    await untilTrue(() => recorder.runs.length === 1, 40_000);
    expect(recorder.runs[0]?.key).toBe('a');
    await queue.stop(1000);
  });

  it('keeps a bounded number of jobs that ended', async () => {
    const queue = create();
    const recorder = createRecorder({ pass: true });
    await queue.start(recorder.process);
    const forever = new AbortController().signal;
    await Promise.all(
      Array.from({ length: 250 }, (_, index) => queue.enqueueAndWait(`k${index}`, 'test', forever)),
    );
    const client = new Redis(server.url);
    await untilTrue(() => recorder.active().length === 0);
    const kept = await client.zcard('{keyward}:reconcile:completed');
    client.disconnect();
    await queue.stop(1000);
    expect(kept).toBeLessThanOrEqual(100);
  });
});

contract('BullMQ on a Redis that fails', () => {
  it('is not used when it may evict what the queue holds', async () => {
    const server = await startRedisServer('allkeys-lru');
    const queue = createBullQueue({ url: server.url, logger: SILENT, metrics: createMetrics() });
    const refusal: unknown = await queue
      .start(createRecorder().process)
      .catch((error: unknown) => error);
    await queue.stop(0);
    await server.kill();
    expect(isServiceError(refusal, 'QUEUE_CONFIG')).toBe(true);
    expect(String(refusal)).toMatch(
      /maxmemory-policy allkeys-lru .* set maxmemory-policy noeviction/u,
    );
  });

  it('says nothing of a URL that it cannot use, which may hold a password', async () => {
    const url = 'http://:hunter2@redis.example';
    const queue = createBullQueue({ url, logger: SILENT, metrics: createMetrics() });
    const refusal = await queue.start(createRecorder().process).catch(String);
    await queue.stop(0);
    expect(refusal).toContain('redis://');
    expect(refusal).not.toContain('hunter2');
  });

  it('waits for a server that is not there yet, and stops all the same', async () => {
    const server = await startRedisServer();
    await server.kill();
    const early = createBullQueue({ url: server.url, logger: SILENT, metrics: createMetrics() });
    const never = early.start(createRecorder().process).catch((error: unknown) => error);
    expect(early.healthy()).toBe(false);
    await early.stop(0);
    expect(isServiceError(await never, 'QUEUE_STOPPED')).toBe(true);

    const queue = createBullQueue({ url: server.url, logger: SILENT, metrics: createMetrics() });
    const starting = queue.start(createRecorder().process);
    await server.revive();
    await starting;
    expect(queue.healthy()).toBe(true);
    await queue.stop(1000);
    await server.kill();
  });

  it('says so at once when the server goes, works again when it is back, and stops while it is away', async () => {
    const server = await startRedisServer();
    const queue = createBullQueue({ url: server.url, logger: SILENT, metrics: createMetrics() });
    const recorder = createRecorder({ pass: true });
    await queue.start(recorder.process);
    await queue.enqueue('a', 'before');
    await recorder.at(0);

    await server.kill();
    await untilTrue(() => !queue.healthy(), 2000);
    const refusal: unknown = await queue.enqueue('a', 'during').catch((error: unknown) => error);
    expect(isServiceError(refusal, 'QUEUE_UNAVAILABLE')).toBe(true);

    await server.revive();
    await untilTrue(() => queue.healthy(), 20_000);
    await queue.enqueue('a', 'after');
    await untilTrue(() => recorder.runs.some(({ cause }) => cause === 'after'), 20_000);

    await server.kill();
    const began = performance.now();
    await queue.stop(200);
    expect(performance.now() - began).toBeLessThan(5000);
  });

  it('does not let a server that hangs hold up whoever enqueues', async () => {
    const server = await startRedisServer();
    const queue = createBullQueue({ url: server.url, logger: SILENT, metrics: createMetrics() });
    await queue.start(createRecorder({ pass: true }).process);
    server.freeze();
    const began = performance.now();
    const refusal: unknown = await queue.enqueue('a', 'test').catch((error: unknown) => error);
    expect(performance.now() - began).toBeLessThan(3000);
    expect(isServiceError(refusal, 'QUEUE_UNAVAILABLE')).toBe(true);
    expect(queue.healthy()).toBe(false);
    await queue.stop(100);
    server.thaw();
    await server.kill();
  });
});
