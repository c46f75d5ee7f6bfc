import { createMessageHandler } from '../events/handle-message.ts';
import type { AcceptHints } from '../events/intake.ts';
import type { HintSource } from '../platform/bus/hint-source.ts';
import type { Kube } from '../platform/kube/kube.ts';
import type { Clock } from '../platform/lifecycle/clock.ts';
import { describeError } from '../platform/observe/describe-error.ts';
import type { Logger } from '../platform/observe/logger.ts';
import type { Metrics } from '../platform/observe/metrics.ts';
import { createDirectQueue } from '../platform/queue/direct-queue.ts';
import type { JobQueue } from '../platform/queue/job-queue.ts';
import type { KeyVault } from '../platform/vault/key-vault.ts';
import { createEventRecorder } from './act/event-recorder.ts';
import { createAdopter } from './adopt/adopt.ts';
import { createAdoption } from './adopt/run-adoption.ts';
import { createDispatcher, type Dispatcher } from './dispatch.ts';
import { createHintIntake } from './hints/accept-hints.ts';
import { createExpiryWarnings } from './hints/warn-near-expiry.ts';
import type { LeaderStatus } from './leader-status.ts';
import { createWorkerMetrics, type WorkerMetrics } from './metrics.ts';
import { createCallBudgets, type CallBudget } from './observe/call-budget.ts';
import type { Circumstances } from './observe/compose-observation.ts';
import { createKeyCache, createPemReader } from './observe/key-cache.ts';
import { createReadLog, type ReadLog } from './observe/read-log.ts';
import { createTargetIndex } from './observe/targets.ts';
import { createVaultReads, type VaultReads } from './observe/vault-reads.ts';
import type { KeyReading } from './observe/vault-reading.ts';
import type { World } from './observe/world.ts';
import type { ReadPem } from './plan/version-facts.ts';
import { createDueTimes } from './reconcile/due-times.ts';
import { createReconcileLog } from './reconcile/reconcile-log.ts';
import { createReconciler } from './reconcile/reconcile.ts';
import { createKeySetSweep } from './sweep/sweep-key-set.ts';
import { createSweeps } from './sweep/sweeps.ts';
import { createVaultPaces, type VaultPaces } from './sweep/vault-pace.ts';
import type { ChangeFeed, ChangeListener } from './watch/change-feed.ts';
import { createChangeFilter } from './watch/changes.ts';

export interface LeadOptions {
  readonly kube: Kube;
  readonly world: World;
  readonly changes: ChangeFeed;
  readonly vault: KeyVault;
  readonly createQueue: () => JobQueue;
  /** Whether the queue outlives this process: then a message may be completed as soon as its hint is in it. */
  readonly isQueueDurable: boolean;
  /** Undefined: no events, the sweep alone. */
  readonly createHintSource: (() => HintSource) | undefined;
  readonly clustersSharingVault: number;
  /** See `holdTrust`. */
  readonly holdAbovePercent: number;
  readonly drainMs: number;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly onStatus: (status: (() => LeaderStatus) | undefined) => void;
  /** What takes hints that come otherwise than by the hint source; undefined: no longer. */
  readonly onIntake: (accept: AcceptHints | undefined) => void;
}

/**
 * Everything that reads a vault or writes to the cluster, from the moment this process leads until the signal aborts. What is under way
 * then has the drain time to end; every write is guarded by a resourceVersion, so a successor that already works is not disturbed.
 */
export async function lead(options: LeadOptions, signal: AbortSignal): Promise<void> {
  const { kube, world, clock, logger } = options;
  // Reads outlast the signal by the drain time: what is under way may need them.
  const draining = new AbortController();
  const ending = new AbortController();
  const leading = AbortSignal.any([signal, ending.signal]);
  const workerMetrics = createWorkerMetrics(options.metrics);
  const paces = createVaultPaces(clock, options.clustersSharingVault);
  const targets = createTargetIndex(world, clock);
  const readLog = createReadLog();
  const reconcileLog = createReconcileLog(clock);
  const readPem = createPemReader();
  const budgetOf = createCallBudgets(clock, options.clustersSharingVault);
  const vaultReads = openVault(options, {
    workerMetrics,
    readLog,
    readPem,
    paces,
    budgetOf,
    signal: draining.signal,
  });
  const queue = options.createQueue();
  const direct = createDirectQueue({ logger });
  const dispatcher = createDispatcher({ queue, direct, logger });
  // What is not certain here is found by the sweep.
  const dueTimes = createDueTimes(clock, (key) => {
    dispatcher.trigger(key, 'date').catch(() => undefined);
  });
  const events = createEventRecorder({
    kube,
    clock,
    logger,
    workerMetrics,
    signal: draining.signal,
  });
  const circumstances: Circumstances = {
    world,
    readLog,
    readPem,
    holdAbovePercent: options.holdAbovePercent,
    now: () => clock.now(),
    effectiveSecondsOf: (keySet, vaultUris) => sweeps.effectiveSecondsOf(keySet, vaultUris),
  };
  const common = {
    ...options,
    ...circumstances,
    workerMetrics,
    reconcileLog,
    vaultReads,
    events,
    dueTimes,
  };
  const keySetSweep = createKeySetSweep({ ...common, dispatcher });
  const sweeps = createSweeps({ ...common, keySetSweep, paces, budgetOf, targets });
  const reconcile = createReconciler({ ...common, kube });
  const adoption = createAdoption(createAdopter({ ...common, kube }), clock);
  const hints = options.createHintSource?.();
  const accept = createHintIntake({
    targets,
    dispatcher,
    workerMetrics,
    warnOfExpiry: createExpiryWarnings({ world, clock, logger, workerMetrics }),
    waitForReconcile: () => !options.isQueueDurable || !queue.healthy(),
    signal: draining.signal,
  });

  const refresh = (): void => {
    sweeps.refresh();
    adoption.wake();
  };
  const unsubscribe = options.changes.subscribe(createListener(world, dispatcher, refresh));
  options.onStatus(() => ({
    queueHealthy: queue.healthy(),
    bus: hints?.state(),
    reconciles: reconcileLog.all(),
    sweepSeconds: paces.all(),
  }));
  workerMetrics.leading.set({}, 1);
  await direct.start(reconcile);
  options.onIntake(accept);
  const background = [
    startInBackground('queue', () => queue.start(reconcile), { logger, signal: leading }),
    startInBackground(
      'events',
      async () => await hints?.start(createMessageHandler({ ...options, accept })),
      { logger, signal: leading },
    ),
  ];
  const work = [sweeps.run(leading), adoption.run(leading)];
  try {
    await Promise.all(work);
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    ending.abort(new Error('leading ends'));
    options.onIntake(undefined);
    workerMetrics.leading.set({}, 0);
    unsubscribe();
    dueTimes.stop();
    const endsAt = clock.now() + options.drainMs;
    const left = (): number => Math.max(0, endsAt - clock.now());
    await hints?.stop(left());
    await Promise.all([queue.stop(left()), direct.stop(left())]);
    draining.abort(new Error('no longer leading'));
    await Promise.allSettled([...work, ...background]);
    options.onStatus(undefined);
  }
}

function openVault(
  options: LeadOptions,
  parts: {
    readonly workerMetrics: WorkerMetrics;
    readonly readLog: ReadLog;
    readonly readPem: ReadPem;
    readonly paces: VaultPaces;
    readonly budgetOf: (vaultUri: string) => CallBudget;
    readonly signal: AbortSignal;
  },
): VaultReads {
  const { vault, clock } = options;
  const { workerMetrics, readLog, readPem, paces, budgetOf, signal } = parts;
  return createVaultReads({
    vault,
    keyCache: createKeyCache(),
    readPem,
    budgetOf,
    onCall: (cause, outcome) => {
      workerMetrics.vaultReads.increment({ cause, outcome });
    },
    onReading: (reading) => {
      readLog.record(reading, clock.now());
      reportThrottling(reading, paces);
    },
    signal,
  });
}

function reportThrottling(reading: KeyReading, paces: VaultPaces): void {
  const problems = reading.kind === 'failed' ? [reading.problem] : reading.problems;
  for (const { vaultUri, code, retryAfterSeconds } of problems)
    if (code === 'VAULT_THROTTLED') paces.of(vaultUri).recordThrottled(retryAfterSeconds);
}

function createListener(world: World, dispatcher: Dispatcher, refresh: () => void): ChangeListener {
  const filter = createChangeFilter(world);
  return (kind, keys) => {
    const { keySets, followed } = filter.findConsequences(kind, keys);
    if (followed) refresh();
    // What is not certain here is found by the sweep.
    for (const key of keySets) dispatcher.trigger(key, 'change').catch(() => undefined);
  };
}

/** Reconciling waits neither for the queue nor for events, and goes on without either. */
async function startInBackground(
  what: string,
  start: () => Promise<void>,
  { logger, signal }: { readonly logger: Logger; readonly signal: AbortSignal },
): Promise<void> {
  try {
    await start();
  } catch (error) {
    if (signal.aborted) return;
    logger.error({ what, error: describeError(error) }, 'cannot be used; work goes on without it');
  }
}
