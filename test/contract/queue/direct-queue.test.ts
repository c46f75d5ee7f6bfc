import { describe, expect, it, jest } from '@jest/globals';
import { createDirectQueue } from '../../../platform/queue/direct-queue.ts';
import { describeQueue } from './behaviours.ts';
import { createRecorder, SILENT, untilTrue } from './subject.ts';

jest.setTimeout(30_000);

describe('the queue without anything behind it', () => {
  describeQueue({ create: () => createDirectQueue({ logger: SILENT }) });

  it('runs what was enqueued before it started', async () => {
    const queue = createDirectQueue({ logger: SILENT });
    await queue.enqueue('a', 'early');
    const recorder = createRecorder({ pass: true });
    await queue.start(recorder.process);
    await untilTrue(() => recorder.runs.length === 1);
    await queue.stop(0);
  });

  it('makes no more runs at once than it may, in the order of asking', async () => {
    const recorder = createRecorder();
    const queue = createDirectQueue({ logger: SILENT, concurrency: 2 });
    await queue.start(recorder.process);
    for (const key of ['a', 'b', 'c', 'd']) await queue.enqueue(key, 'test');
    expect(recorder.active().map(({ key }) => key)).toEqual(['a', 'b']);
    recorder.runs[0]?.end();
    expect((await recorder.at(2)).key).toBe('c');
    await queue.stop(0);
  });
});
