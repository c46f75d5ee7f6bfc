import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { createMetrics } from '../../../platform/observe/metrics.ts';
import { createBullQueue } from '../../../platform/queue/bull-queue.ts';
import { createRedisSender, type QueueSender } from '../../../platform/queue/redis-sender.ts';
import { hasRedisServer, startRedisServer, type RedisServer } from './redis-server.ts';
import { waitUntil } from '../../support/wait-until.ts';
import { createRecorder, SILENT } from './subject.ts';

jest.setTimeout(60_000);

const isThere = hasRedisServer();
if (!isThere)
  process.stderr.write(
    '\nSKIPPED, NOT CHECKED: sending to the queue on Redis: redis-server is not installed. Run: scripts/install-packages.sh\n\n',
  );
const contract = isThere ? describe : describe.skip;

contract('a sender to the queue on a real Redis', () => {
  let server: RedisServer;
  let sender: QueueSender;
  beforeAll(async () => {
    server = await startRedisServer();
    sender = createRedisSender({ url: server.url, logger: SILENT });
  });
  afterEach(async () => {
    await server.kill();
    await server.revive();
  });
  afterAll(async () => {
    await sender.close();
    await server.kill();
  });
  const openQueue = async () => {
    const queue = createBullQueue({ url: server.url, logger: SILENT, metrics: createMetrics() });
    const recorder = createRecorder();
    await queue.start(recorder.process);
    return { queue, recorder };
  };

  const canSend = (key: string) => () =>
    sender.enqueue(key, 'hint').then(
      () => true,
      () => false,
    );

  it('has its jobs run by another process’s queue: one active, one pending for each key', async () => {
    const { queue, recorder } = await openQueue();
    await sender.enqueue('a', 'one');
    const first = await recorder.at(0);
    for (const cause of ['two', 'three', 'four']) await sender.enqueue('a', cause);
    expect(recorder.runs.map(({ cause }) => cause)).toEqual(['one']);
    first.end();
    (await recorder.at(1)).end();
    await queue.stop(2000);
    expect(recorder.runs.map(({ key }) => key)).toEqual(['a', 'a']);
  });

  it('has what it sent before anybody listened run later', async () => {
    await waitUntil(canSend('early'), 'sending');
    const { queue, recorder } = await openQueue();
    const run = await recorder.at(0);
    expect(run).toMatchObject({ key: 'early', cause: 'hint' });
    run.end();
    await queue.stop(2000);
  });

  it('says soon that the server is away, and sends again when it is back', async () => {
    await sender.enqueue('b', 'hint');
    await server.kill();
    const began = performance.now();
    await expect(sender.enqueue('b', 'hint')).rejects.toMatchObject({ retryable: true });
    expect(performance.now() - began).toBeLessThan(3000);
    await server.revive();
    await waitUntil(canSend('b'), 'sending');
  });

  it('uses no server that may forget what it holds, and one that was set right', async () => {
    const forgetful = await startRedisServer('allkeys-lru');
    const refused = createRedisSender({ url: forgetful.url, logger: SILENT });
    await expect(refused.enqueue('a', 'hint')).rejects.toMatchObject({ code: 'QUEUE_CONFIG' });
    await expect(refused.enqueue('a', 'hint')).rejects.toMatchObject({ code: 'QUEUE_CONFIG' });
    await refused.close();
    await forgetful.kill();
  });

  it('closes though the server never answered, and sends nothing afterwards', async () => {
    const nowhere = createRedisSender({ url: 'redis://127.0.0.1:1', logger: SILENT });
    await expect(nowhere.enqueue('a', 'hint')).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
    await nowhere.close();
    await expect(nowhere.enqueue('a', 'hint')).rejects.toMatchObject({ code: 'QUEUE_STOPPED' });
  });
});
