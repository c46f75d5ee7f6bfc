import { describe, expect, it } from '@jest/globals';
import type { Hint } from '../../../../events/hint.ts';
import { createFakeClock } from '../../../../platform/lifecycle/fake-clock.ts';
import { createMetrics } from '../../../../platform/observe/metrics.ts';
import { createHintIntake } from '../../../../worker/hints/accept-hints.ts';
import { createWorkerMetrics } from '../../../../worker/metrics.ts';
import { createTargetIndex } from '../../../../worker/observe/targets.ts';
import { createFakeWorld } from '../fake-world.ts';
import { followingKeySet, KEY, keySet, kmp, VAULT } from '../fixtures.ts';

const hint = (name = KEY, vaultUri = VAULT): Hint => ({
  vaultUri,
  name,
  type: 'KeyNewVersionCreated',
});

function setUp(waitForReconcile: boolean, fail = false) {
  const world = createFakeWorld();
  world.setProviders(kmp({ name: 'akv' }));
  world.setKeySets(
    keySet({ name: 'prod' }),
    followingKeySet('akv'),
    keySet({ name: 'b', spec: { keys: ['azurekms://contoso.vault.azure.net/other'] } }),
  );
  const metrics = createMetrics();
  const asked: string[] = [];
  const ask = (how: string) => async (key: string, cause: string) => {
    asked.push(`${how} ${key} ${cause}`);
    if (fail) throw new Error('not certain');
  };
  const accept = createHintIntake({
    targets: createTargetIndex(world, createFakeClock()),
    dispatcher: { trigger: ask('trigger'), triggerAndWait: ask('wait'), overtake: ask('overtake') },
    workerMetrics: createWorkerMetrics(metrics),
    waitForReconcile: () => waitForReconcile,
    signal: new AbortController().signal,
  });
  return { accept, asked, text: () => metrics.registry.metrics() };
}

describe('hints', () => {
  it('become a reconcile of every KeySet that follows the key', async () => {
    const { accept, asked } = setUp(false);
    await accept([hint()]);
    expect(asked.toSorted()).toEqual([
      'trigger keyward-system/akv hint',
      'trigger keyward-system/prod hint',
    ]);
  });

  it('are handed over only when it has ended, where the queue would forget them', async () => {
    const { accept, asked } = setUp(true);
    await accept([hint('other')]);
    expect(asked).toEqual(['wait keyward-system/b hint']);
  });

  it('of one message for one KeySet are one reconcile', async () => {
    const { accept, asked } = setUp(false);
    await accept([hint('other'), { ...hint('other'), type: 'KeyNearExpiry' }]);
    expect(asked).toHaveLength(1);
  });

  it('for a key or a vault that nobody follows cost nothing, and are counted', async () => {
    const { accept, asked, text } = setUp(false);
    await accept([hint('nobodys'), hint(KEY, 'https://evil.vault.azure.net'), hint('other')]);
    expect(asked).toHaveLength(1);
    expect(await text()).toContain('keyward_worker_hints_total{result="ignored"} 2');
    expect(await text()).toContain('keyward_worker_hints_total{result="followed"} 1');
  });

  it('are given back when a reconcile is not certain', async () => {
    for (const waits of [true, false])
      await expect(setUp(waits, true).accept([hint()])).rejects.toThrow('not certain');
  });
});
