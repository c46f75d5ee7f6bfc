import { describe, expect, it } from '@jest/globals';
import type { KeyHint } from '../../../../events/hint.ts';
import { createFakeClock } from '../../../../platform/lifecycle/fake-clock.ts';
import { createMetrics } from '../../../../platform/observe/metrics.ts';
import { createStandbyIntake } from '../../../../worker/hints/standby-intake.ts';
import { createWorkerMetrics } from '../../../../worker/metrics.ts';
import { createChangeFeed } from '../../../../worker/watch/change-feed.ts';
import { createRecordingLogger } from '../../../support/recording-logger.ts';
import { createFakeWorld } from '../fake-world.ts';
import { KEY, keySet, VAULT } from '../fixtures.ts';

const hint: KeyHint = { type: 'KeyNewVersionCreated', vaultUri: VAULT, name: KEY };

function setUp() {
  const world = createFakeWorld();
  const changes = createChangeFeed();
  const sent: string[] = [];
  const faults: { next?: Error } = {};
  const accept = createStandbyIntake({
    world,
    changes,
    clock: createFakeClock(),
    logger: createRecordingLogger(),
    workerMetrics: createWorkerMetrics(createMetrics()),
    sender: {
      enqueue: async (key, cause) => {
        if (faults.next !== undefined) throw faults.next;
        sent.push(`${key} ${cause}`);
      },
    },
  });
  return { world, changes, sent, faults, accept };
}

describe('hints in a process that does not lead', () => {
  it('are sent to the queue, for the KeySets that follow the key by now', async () => {
    const { world, changes, sent, accept } = setUp();
    await accept([hint]);
    expect(sent).toEqual([]);
    world.setKeySets(keySet({ name: 'prod' }));
    changes.publish('keySets', ['keyward-system/prod']);
    await accept([hint, { ...hint, name: 'nobodys' }]);
    expect(sent).toEqual(['keyward-system/prod hint']);
  });

  it('are not taken when the queue does not take them', async () => {
    const { world, changes, faults, accept } = setUp();
    world.setKeySets(keySet({ name: 'prod' }));
    changes.publish('keySets', ['keyward-system/prod']);
    faults.next = new Error('the queue is away');
    await expect(accept([hint])).rejects.toThrow('away');
  });
});
