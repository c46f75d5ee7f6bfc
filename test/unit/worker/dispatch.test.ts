import { describe, expect, it } from '@jest/globals';
import type { JobQueue } from '../../../platform/queue/job-queue.ts';
import { createDispatcher } from '../../../worker/dispatch.ts';
import { SILENT } from './fixtures.ts';

const forever = new AbortController().signal;

function setUp(isHealthy: boolean, refuses = false) {
  const asked: string[] = [];
  const queueOf = (name: string, healthy: boolean): JobQueue => ({
    enqueue: async (key) => {
      asked.push(`${name} ${key}`);
      if (refuses && name === 'queue') throw new Error('away');
    },
    enqueueAndWait: async (key) => {
      asked.push(`${name} ${key} and wait`);
    },
    start: async () => undefined,
    stop: async () => undefined,
    healthy: () => healthy,
  });
  const dispatcher = createDispatcher({
    queue: queueOf('queue', isHealthy),
    direct: queueOf('direct', true),
    logger: SILENT,
  });
  return { asked, dispatcher };
}

describe('getting a KeySet reconciled', () => {
  it('goes by the queue while it is healthy', async () => {
    const { asked, dispatcher } = setUp(true);
    await dispatcher.trigger('a', 'sweep');
    await dispatcher.triggerAndWait('b', 'hint', forever);
    expect(asked).toEqual(['queue a', 'queue b and wait']);
  });

  it('goes without it while it is not', async () => {
    const { asked, dispatcher } = setUp(false);
    await dispatcher.trigger('a', 'sweep');
    await dispatcher.triggerAndWait('b', 'hint', forever);
    expect(asked).toEqual(['direct a', 'direct b and wait']);
  });

  it('goes without it when it refuses although it calls itself healthy', async () => {
    const { asked, dispatcher } = setUp(true, true);
    await dispatcher.trigger('a', 'sweep');
    expect(asked).toEqual(['queue a', 'direct a']);
  });

  it('goes past it when told to', async () => {
    const { asked, dispatcher } = setUp(true);
    await dispatcher.overtake('a', 'sweep');
    expect(asked).toEqual(['direct a']);
  });
});
