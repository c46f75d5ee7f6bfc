import { describe, expect, it } from '@jest/globals';
import type { KeyHint } from '../../../../events/hint.ts';
import { createFakeClock } from '../../../../platform/lifecycle/fake-clock.ts';
import { createMetrics } from '../../../../platform/observe/metrics.ts';
import { createHintIntake } from '../../../../worker/hints/accept-hints.ts';
import { createExpiryWarnings } from '../../../../worker/hints/warn-near-expiry.ts';
import { createRecordingLogger } from '../../../support/recording-logger.ts';
import { createWorkerMetrics } from '../../../../worker/metrics.ts';
import { createTargetIndex } from '../../../../worker/observe/targets.ts';
import { createFakeWorld } from '../fake-world.ts';
import { entry, followingKeySet, HOUR, KEY, keySet, kmp, NOW, VAULT } from '../fixtures.ts';

const hint = (name = KEY, vaultUri = VAULT): KeyHint => ({
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
  return setUpOn(world, { waitForReconcile, fail });
}

function setUpOn(
  world: ReturnType<typeof createFakeWorld>,
  { waitForReconcile = false, fail = false } = {},
) {
  const metrics = createMetrics();
  const workerMetrics = createWorkerMetrics(metrics);
  const clock = createFakeClock(NOW);
  const logger = createRecordingLogger();
  const asked: string[] = [];
  const ask = (how: string) => async (key: string, cause: string) => {
    asked.push(`${how} ${key} ${cause}`);
    if (fail) throw new Error('not certain');
  };
  const accept = createHintIntake({
    targets: createTargetIndex(world, clock),
    dispatcher: { trigger: ask('trigger'), triggerAndWait: ask('wait') },
    workerMetrics,
    warnOfExpiry: createExpiryWarnings({ world, clock, logger, workerMetrics }),
    waitForReconcile: () => waitForReconcile,
    signal: new AbortController().signal,
  });
  return { accept, asked, world, clock, logger, text: () => metrics.registry.metrics() };
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

describe('a hint for a vault', () => {
  const about = (vaultName: string) => ({ type: 'VaultAccessPolicyChanged', vaultName }) as const;

  it('is one reconcile, of the KeySet that follows the fewest of its keys', async () => {
    const world = createFakeWorld();
    const keys = [KEY, 'other', 'third'].map(
      (name) => `azurekms://contoso.vault.azure.net/${name}`,
    );
    world.setKeySets(
      keySet({ name: 'a-wide', spec: { keys } }),
      keySet({ name: 'z-narrow', spec: { keys: keys.slice(0, 1) } }),
    );
    const { accept, asked } = setUpOn(world);
    await accept([about('contoso'), about('contoso')]);
    expect(asked).toEqual(['trigger keyward-system/z-narrow hint']);
  });

  it('that nobody follows costs nothing, also when its name only begins alike', async () => {
    const { accept, asked, text } = setUp(false);
    await accept([about('conto'), about('contoso2'), about('fabrikam')]);
    expect(asked).toEqual([]);
    expect(await text()).toContain('keyward_worker_hints_total{result="ignored"} 3');
  });
});

describe('a key near its expiry', () => {
  const nearExpiry: KeyHint = { ...hint(), type: 'KeyNearExpiry' };
  const expiring = (hours: number, state: 'trusted' | 'disabled' = 'trusted') =>
    entry(hours, { state, expiresOn: new Date(NOW + hours * HOUR).toISOString() });
  const warnings = async ({ text }: ReturnType<typeof setUp>) =>
    /^keyward_worker_near_expiry_warnings_total (\d+)$/mu.exec(await text())?.[1];

  it('is warned of with what published status says, and reconciled like any other', async () => {
    const stage = setUp(false);
    const versions = [expiring(72), expiring(48), expiring(24, 'disabled'), entry(7)];
    stage.world.setKeySets(keySet({ name: 'prod', status: { versions } }));
    await stage.accept([nearExpiry]);
    expect(stage.logger.lines).toEqual([
      {
        level: 'warn',
        message: expect.stringContaining('nears its expiry') as unknown,
        fields: {
          event: 'keyNearExpiry',
          vaultUri: VAULT,
          key: KEY,
          keySets: ['keyward-system/prod', 'keyward-system/akv'],
          expires: '2026-11-03T12:00:00Z',
        },
      },
    ]);
    expect(await warnings(stage)).toBe('1');
    expect(stage.asked).toHaveLength(2);
  });

  it('is warned of once an hour, however often the event is replayed', async () => {
    const stage = setUp(false);
    stage.world.setKeySets(keySet({ name: 'prod', status: { versions: [expiring(48)] } }));
    for (let replay = 0; replay < 20; replay += 1) await stage.accept([nearExpiry]);
    expect(await warnings(stage)).toBe('1');
    stage.clock.advance(HOUR);
    await stage.accept([nearExpiry]);
    expect(await warnings(stage)).toBe('2');
  });

  it.each<[string, Parameters<typeof keySet>[0]]>([
    ['has no version that expires', { status: { versions: [entry(1)] } }],
    ['has expired already', { status: { versions: [expiring(-1)] } }],
    ['is not trusted anyway', { status: { versions: [expiring(48, 'disabled')] } }],
    ['is another one', { status: { versions: [{ ...expiring(48), name: 'other' }] } }],
  ])('is not warned of on the word of an event alone: the key %s', async (_what, change) => {
    const stage = setUp(false);
    stage.world.setKeySets(keySet({ name: 'prod', ...change }));
    await stage.accept([nearExpiry]);
    expect(stage.logger.lines).toEqual([]);
    expect(await warnings(stage)).toBe('0');
  });

  it('is not warned of for other events, nor where nobody follows the key', async () => {
    const stage = setUp(false);
    stage.world.setKeySets(keySet({ name: 'prod', status: { versions: [expiring(48)] } }));
    await stage.accept([hint(), { ...nearExpiry, name: 'nobodys' }]);
    expect(stage.logger.lines).toEqual([]);
  });
});
