import type { KeySet } from '../../core/keys/key-set.ts';
import { delay, type Clock } from '../../platform/lifecycle/clock.ts';
import { describeError } from '../../platform/observe/describe-error.ts';
import type { Logger } from '../../platform/observe/logger.ts';
import type { WorkerMetrics } from '../metrics.ts';
import type { CallBudget } from '../observe/call-budget.ts';
import type { ReadLog } from '../observe/read-log.ts';
import type { TargetIndex, Targets } from '../observe/targets.ts';
import type { VaultReads } from '../observe/vault-reads.ts';
import type { World } from '../observe/world.ts';
import type { KeySetSweep } from './sweep-key-set.ts';
import { sweepVault } from './sweep-vault.ts';
import type { VaultPaces } from './vault-pace.ts';

/** KeySets without a vault are looked at this often: for a write that failed, and dates. */
const WITHOUT_VAULT_MS = 5000;
const RESTART_MS = 1000;

export interface SweepsOptions {
  readonly world: World;
  readonly targets: TargetIndex;
  readonly vaultReads: VaultReads;
  readonly keySetSweep: KeySetSweep;
  readonly paces: VaultPaces;
  readonly budgetOf: (vaultUri: string) => CallBudget;
  readonly readLog: ReadLog;
  readonly clock: Clock;
  readonly random: () => number;
  readonly clustersSharingVault: number;
  readonly logger: Logger;
  readonly workerMetrics: WorkerMetrics;
}

/** The timers of the leader: one loop per vault, so that a vault that is slow, throttled or down holds up no other. */
export interface Sweeps {
  /** Sweeps until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
  /** Heeds KeySets and providers that came, changed or went. */
  refresh(): void;
  /** What a KeySet may promise now. */
  effectiveSecondsOf(keySet: KeySet, vaultUris: readonly string[]): number;
}

export function createSweeps(options: SweepsOptions): Sweeps {
  const { world, paces, clock, logger, keySetSweep, readLog } = options;
  const loops = new Map<string, Promise<void>>();
  let heeded: Targets | undefined;
  let running: AbortSignal | undefined;

  const currentTargets = (): Targets => {
    const targets = options.targets.current();
    if (targets === heeded) return targets;
    heeded = targets;
    for (const vault of targets.vaults.values()) paces.of(vault.vaultUri).demand(vault);
    readLog.keepOnly(targets.followers);
    keySetSweep.keepOnly(targets.followers, world.keySets());
    return targets;
  };

  const loopOf = async (vaultUri: string, signal: AbortSignal): Promise<void> => {
    const { vaultReads, random, clustersSharingVault, workerMetrics } = options;
    const pace = paces.of(vaultUri);
    const budget = options.budgetOf(vaultUri);
    const findTarget = () => {
      const target = currentTargets().vaults.get(vaultUri);
      const seconds = pace.current().effectiveSeconds;
      workerMetrics.sweepInterval.set({ vault: vaultUri }, seconds);
      return target;
    };
    const common = { world, vaultReads, keySetSweep, clock, random, clustersSharingVault };
    await keepRunning(signal, () => sweepVault({ ...common, pace, budget, findTarget }, signal));
    loops.delete(vaultUri);
    paces.forget(vaultUri);
    workerMetrics.sweepInterval.remove({ vault: vaultUri });
  };

  /** A fault in a sweep is a fault of keyward's own: logged, and the sweep goes on. Ends when the work does. */
  const keepRunning = async (signal: AbortSignal, work: () => Promise<void>): Promise<void> => {
    for (;;) {
      try {
        await work();
        return;
      } catch (error) {
        if (signal.aborted) return;
        logger.error({ error: describeError(error) }, 'the sweep had a fault and starts again');
        await delay(clock, RESTART_MS, signal).catch(() => undefined);
      }
    }
  };

  const lookWithoutVault = async (signal: AbortSignal): Promise<void> => {
    for (;;) {
      // Lists grow, and with them the calls that a round makes.
      options.targets.markStale();
      for (const key of currentTargets().withoutVault) await keySetSweep.look(key, 'sweep');
      await delay(clock, WITHOUT_VAULT_MS, signal);
      startMissing();
    }
  };

  const startMissing = (): void => {
    if (running === undefined || running.aborted) return;
    for (const vaultUri of currentTargets().vaults.keys()) {
      if (!loops.has(vaultUri)) loops.set(vaultUri, loopOf(vaultUri, running));
    }
  };

  return {
    run: async (signal) => {
      running = signal;
      startMissing();
      await keepRunning(signal, () => lookWithoutVault(signal));
      await Promise.all(loops.values());
    },
    refresh: () => {
      options.targets.markStale();
      const wait = options.targets.freshInMs();
      if (wait === 0) startMissing();
      else clock.setTimer(wait, startMissing);
    },
    effectiveSecondsOf: ({ spec }, vaultUris) => {
      currentTargets();
      return paces.effectiveSeconds(spec.sweepIntervalSeconds, vaultUris);
    },
  };
}
