import { afterEach, describe, expect, it } from '@jest/globals';
import { delay } from '../../../../platform/lifecycle/clock.ts';
import { createFakeClock, type FakeClock } from '../../../../platform/lifecycle/fake-clock.ts';
import { createMetrics } from '../../../../platform/observe/metrics.ts';
import type { Dispatcher } from '../../../../worker/dispatch.ts';
import { createWorkerMetrics } from '../../../../worker/metrics.ts';
import { createCallBudgets } from '../../../../worker/observe/call-budget.ts';
import { createKeyCache } from '../../../../worker/observe/key-cache.ts';
import { createReadLog } from '../../../../worker/observe/read-log.ts';
import { createTargetIndex } from '../../../../worker/observe/targets.ts';
import { createVaultReads } from '../../../../worker/observe/vault-reads.ts';
import { createDueTimes } from '../../../../worker/reconcile/due-times.ts';
import { createReconcileLog } from '../../../../worker/reconcile/reconcile-log.ts';
import { createKeySetSweep } from '../../../../worker/sweep/sweep-key-set.ts';
import { createSweeps } from '../../../../worker/sweep/sweeps.ts';
import { createVaultPaces } from '../../../../worker/sweep/vault-pace.ts';
import { planKeySet } from '../../../../worker/plan/plan-key-set.ts';
import { createFakeVault } from '../fake-vault.ts';
import { createFakeWorld } from '../fake-world.ts';
import {
  followingKeySet,
  keySet,
  kmp,
  NOW,
  observation,
  reading,
  seen,
  SILENT,
  VAULT,
  readPem,
} from '../fixtures.ts';
import type { KeySet } from '../../../../core/keys/key-set.ts';

const running: AbortController[] = [];
afterEach(() => {
  for (const controller of running.splice(0)) controller.abort(new Error('the test ends'));
});

/** A KeySet in step with a vault that shows its first version. */
function inStep(name = 'prod', spec: Partial<KeySet['spec']> = {}): KeySet {
  const set = keySet({ name, spec });
  const { status } = planKeySet(observation({ keySet: set, readings: [reading([seen(1)])] }));
  return { ...set, status };
}

function setUp(...keySets: readonly KeySet[]) {
  const clock = createFakeClock(NOW);
  const vault = createFakeVault(1);
  const world = createFakeWorld();
  world.setKeySets(...keySets);
  const workerMetrics = createWorkerMetrics(createMetrics());
  const reconcileLog = createReconcileLog(clock);
  const readLog = createReadLog();
  const paces = createVaultPaces(clock, 1);
  const asked: string[] = [];
  const dispatcher: Dispatcher = {
    trigger: async (key, cause) => {
      asked.push(`${key} ${cause}`);
    },
    triggerAndWait: async () => undefined,
    overtake: async (key, cause) => {
      asked.push(`${key} ${cause} directly`);
    },
  };
  const life = new AbortController();
  running.push(life);
  const reads: string[] = [];
  const budgetOf = createCallBudgets(clock, 1);
  const vaultReads = createVaultReads({
    vault,
    keyCache: createKeyCache(),
    readPem,
    budgetOf,
    onCall: (cause) => reads.push(`${cause} at ${(clock.now() - NOW) / 1000}`),
    onReading: (made) => {
      readLog.record(made, clock.now());
      const problems = made.kind === 'failed' ? [made.problem] : made.problems;
      for (const { code, retryAfterSeconds } of problems)
        if (code === 'VAULT_THROTTLED') paces.of(VAULT).recordThrottled(retryAfterSeconds);
    },
    signal: life.signal,
  });
  const targets = createTargetIndex(world, clock);
  const common = {
    world,
    readLog,
    targets,
    paces,
    budgetOf,
    clock,
    workerMetrics,
    reconcileLog,
    dueTimes: createDueTimes(clock, (key) => asked.push(`${key} date`)),
    dispatcher,
    vaultReads,
    logger: SILENT,
    random: () => 0,
    clustersSharingVault: 1,
    readPem,
    now: () => clock.now(),
    effectiveSecondsOf: (...ask: Parameters<typeof sweeps.effectiveSecondsOf>) =>
      sweeps.effectiveSecondsOf(...ask),
  };
  const sweeps = createSweeps({ ...common, keySetSweep: createKeySetSweep(common) });
  return {
    clock,
    vault,
    world,
    asked,
    reads,
    reconcileLog,
    sweeps,
    run: () => void sweeps.run(life.signal).catch(() => undefined),
    stop: () => {
      life.abort(new Error('stopped'));
    },
    lists: () => vault.calls.filter((call) => call.startsWith('list')).length,
  };
}

/** Lets time go by in small steps, with all that is due done at each. */
async function pass(clock: FakeClock, seconds: number): Promise<void> {
  for (let step = 0; step < seconds * 20; step += 1) {
    clock.advance(50);
    for (let turn = 0; turn < 60; turn += 1) await Promise.resolve();
  }
}

describe('a sweep', () => {
  it('reads at once, and then at least as often as it promises', async () => {
    const { clock, run, lists, reads } = setUp(inStep());
    run();
    await pass(clock, 21);
    expect(lists()).toBe(5);
    const times = reads.map((read) => Number(read.split(' ').at(-1)));
    for (const [index, at] of times.entries())
      if (index > 0) expect(at - (times[index - 1] ?? 0)).toBeLessThanOrEqual(5);
    expect(reads[0]).toMatch(/^start/u);
    expect(reads.at(-1)).toMatch(/^sweep/u);
  });

  it('asks for no reconcile while nothing would be written', async () => {
    const { clock, run, asked } = setUp(inStep());
    run();
    await pass(clock, 12);
    expect(asked).toEqual([]);
  });

  it('asks for one when a version was disabled, within the interval', async () => {
    const { clock, run, vault, asked } = setUp(inStep());
    run();
    await pass(clock, 1);
    vault.versions.set(1, { enabled: false });
    await pass(clock, 5);
    expect(asked).toEqual(['keyward-system/prod sweep']);
  });

  it('asks for one when a date has come, without any change in the vault', async () => {
    const expiresOn = NOW + 7000;
    const readings = [reading([seen(1, { expiresOn })])];
    const set = keySet({ spec: { expiredKeys: 'Deny' } });
    const { status } = planKeySet(observation({ keySet: set, readings }));
    const { clock, run, vault, asked } = setUp({ ...set, status });
    vault.versions.set(1, { expiresOn });
    run();
    await pass(clock, 6.5);
    expect(asked).toEqual([]);
    await pass(clock, 5.5);
    // At its moment; the sweep finds it too, for a leader that was not there then.
    expect(asked).toEqual(['keyward-system/prod date', 'keyward-system/prod sweep']);
  });

  it('asks for a provider that was to be made and is not, although the status says so already', async () => {
    const annotations = { 'keyward.dev/manage': 'generate' };
    const [source, set] = [kmp({ annotations }), followingKeySet('akv')];
    const target = {
      place: { kind: 'KeyManagementProvider', name: 'akv-keyward', mode: 'generate' },
      found: 'missing',
    } as const;
    const readings = [reading([seen(1)])];
    const { status } = planKeySet(observation({ keySet: set, kmp: source, target, readings }));
    const { clock, world, asked, run, sweeps } = setUp({ ...set, status });
    world.setProviders(source);
    sweeps.refresh();
    clock.advance(1000);
    run();
    await pass(clock, 1);
    expect(asked).toEqual(['keyward-system/akv start']);
  });

  it('reads a key once for all KeySets that follow it', async () => {
    const { clock, run, lists } = setUp(inStep('a'), inStep('b'), inStep('c'));
    run();
    await pass(clock, 3);
    expect(lists()).toBe(1);
  });

  it('goes by the smallest interval of the vault’s KeySets', async () => {
    const slow = setUp(inStep('a', { sweepIntervalSeconds: 60 }));
    slow.run();
    await pass(slow.clock, 30);
    expect(slow.lists()).toBe(1);
    const quick = setUp(
      inStep('a', { sweepIntervalSeconds: 60 }),
      inStep('b', { sweepIntervalSeconds: 2 }),
    );
    quick.run();
    await pass(quick.clock, 10);
    expect(quick.lists()).toBeGreaterThanOrEqual(5);
    expect(quick.sweeps.effectiveSecondsOf(inStep('a'), [VAULT])).toBe(2);
  });

  it('heeds a shorter interval without waiting for the long one to end', async () => {
    const { clock, run, world, lists, sweeps } = setUp(inStep('a', { sweepIntervalSeconds: 3600 }));
    run();
    await pass(clock, 10);
    expect(lists()).toBe(1);
    world.setKeySets(inStep('a', { sweepIntervalSeconds: 5 }));
    sweeps.refresh();
    await pass(clock, 3);
    expect(lists()).toBe(2);
  });

  it('begins with a vault when the first KeySet follows a key there, and ends with the last', async () => {
    const { clock, run, world, lists, sweeps } = setUp();
    run();
    await pass(clock, 6);
    expect(lists()).toBe(0);
    world.setKeySets(inStep());
    sweeps.refresh();
    await pass(clock, 1);
    expect(lists()).toBe(1);
    world.setKeySets();
    sweeps.refresh();
    await pass(clock, 20);
    expect(lists()).toBe(1);
    world.setKeySets(inStep());
    sweeps.refresh();
    await pass(clock, 1);
    expect(lists()).toBe(2);
  });

  it('promises less while answers are slow, but not for the first one, which has a connection to make', async () => {
    const { clock, run, vault, sweeps } = setUp(inStep());
    const promised = () => sweeps.effectiveSecondsOf(inStep(), [VAULT]);
    vault.hold = () => delay(clock, 3000);
    run();
    await pass(clock, 4);
    expect(promised()).toBe(5);
    await pass(clock, 5);
    expect(promised()).toBeGreaterThanOrEqual(6);
  });

  it('waits as long as a throttled vault says, and promises less for a while', async () => {
    const { clock, run, vault, lists, sweeps } = setUp(inStep());
    vault.fail('VAULT_THROTTLED', 'list', 20);
    run();
    await pass(clock, 1);
    vault.fail(undefined);
    expect(sweeps.effectiveSecondsOf(inStep(), [VAULT])).toBe(25);
    await pass(clock, 17);
    expect(lists()).toBe(1);
    await pass(clock, 10);
    expect(lists()).toBe(2);
  });

  it('waits longer than any stretch when the vault says so, and does not take that for slowness', async () => {
    const { clock, run, vault, lists, sweeps } = setUp(inStep());
    run();
    await pass(clock, 1);
    vault.fail('VAULT_THROTTLED', 'list', 100);
    await pass(clock, 5);
    vault.fail(undefined);
    const before = lists();
    await pass(clock, 95);
    expect(lists()).toBe(before);
    await pass(clock, 10);
    expect(lists()).toBe(before + 1);
    // What is left of the stretch after more than a minute, and nothing else.
    expect(sweeps.effectiveSecondsOf(inStep(), [VAULT])).toBe(37);
  });

  it('asks for a reconcile that says that the vault cannot be read', async () => {
    const { clock, run, vault, asked } = setUp(inStep());
    run();
    await pass(clock, 1);
    vault.fail('VAULT_UNREACHABLE');
    await pass(clock, 5);
    expect(asked).toEqual(['keyward-system/prod sweep']);
  });

  it('confirms public keys that only a status vouches for, one a round', async () => {
    const { clock, run, vault } = setUp(inStep());
    run();
    await pass(clock, 11);
    expect(vault.calls.filter((call) => call.startsWith('get')).length).toBe(1);
  });

  it('goes past a queue that did not do in a whole round what it was given', async () => {
    const { clock, run, vault, asked, reconcileLog } = setUp(inStep());
    run();
    await pass(clock, 1);
    vault.versions.set(1, { enabled: false });
    await pass(clock, 10);
    expect(asked.slice(0, 2)).toEqual([
      'keyward-system/prod sweep',
      'keyward-system/prod sweep directly',
    ]);
    reconcileLog.record('keyward-system/prod', 'conflict');
    await pass(clock, 5);
    expect(asked.at(-1)).toBe('keyward-system/prod sweep');
  });

  it('looks at KeySets without any key in a vault, too', async () => {
    const set = keySet({ spec: { providerRef: { kind: 'KeyManagementProvider', name: 'gone' } } });
    const { clock, run, asked } = setUp(set);
    run();
    await pass(clock, 1);
    expect(asked).toEqual(['keyward-system/prod sweep']);
  });

  it('ends with its signal', async () => {
    const { clock, run, lists, stop } = setUp(inStep());
    run();
    await pass(clock, 1);
    stop();
    await pass(clock, 20);
    expect(lists()).toBe(1);
  });
});
