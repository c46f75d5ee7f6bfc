import type { Logger } from '../../platform/observe/logger.ts';
import type { Clock } from '../../platform/lifecycle/clock.ts';
import type { Cause } from '../cause.ts';
import type { Dispatcher } from '../dispatch.ts';
import type { WorkerMetrics } from '../metrics.ts';
import {
  composeObservation,
  readProviderSource,
  targetOf,
  type Circumstances,
} from '../observe/compose-observation.ts';
import { placeOf } from '../observe/read-log.ts';
import { sourcesOf } from '../observe/sources.ts';
import { narrowReading } from '../observe/vault-reads.ts';
import type { KeyReading } from '../observe/vault-reading.ts';
import { planKeySet } from '../plan/plan-key-set.ts';
import type { DueTimes } from '../reconcile/due-times.ts';
import type { ReconcileLog } from '../reconcile/reconcile-log.ts';
import { createKeySetGauges } from './key-set-gauges.ts';

export interface KeySetSweepOptions extends Circumstances {
  readonly dispatcher: Dispatcher;
  readonly reconcileLog: ReconcileLog;
  readonly dueTimes: DueTimes;
  readonly workerMetrics: WorkerMetrics;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** Finds out, from the local copies and the newest readings, whether a KeySet needs a reconcile, and gets it one. */
export interface KeySetSweep {
  record(reading: KeyReading): void;
  look(key: string, cause: Cause): Promise<void>;
  /** Forgets keys and KeySets that are there no more. */
  keepOnly(places: ReadonlyMap<string, unknown>, keys: ReadonlyMap<string, unknown>): void;
}

export function createKeySetSweep(options: KeySetSweepOptions): KeySetSweep {
  const { world, dispatcher, reconcileLog, workerMetrics, readLog, dueTimes, clock, logger } =
    options;
  const latest = new Map<string, KeyReading>();
  /** When a reconcile was asked for that was not seen to end since. */
  const asked = new Map<string, number>();
  const shown = createKeySetGauges(workerMetrics);

  /** Whether the same plan again would write something. Undefined: not all of its keys have been read yet. */
  const needsReconcile = (key: string): boolean | undefined => {
    const keySet = world.keySet(key);
    if (keySet === undefined) return undefined;
    const provider = world.providerOf(keySet);
    const sources = sourcesOf(keySet, readProviderSource(provider));
    const readings = sources.flatMap((source) => {
      const reading = latest.get(placeOf(source));
      return reading === undefined ? [] : [narrowReading(reading, source)];
    });
    if (readings.length < sources.length) return undefined;
    const place = targetOf(keySet, provider);
    const target = place === undefined ? undefined : world.providerAt(place);
    const plan = planKeySet(composeObservation({ keySet, provider, target, readings }, options));
    shown.show(key, plan, readLog.fullReadAt(sources));
    dueTimes.set(key, plan.nextChangeAt);
    return plan.writeStatus !== 'no' || plan.kmp !== undefined || plan.generated !== undefined;
  };

  return {
    record: (reading) => {
      latest.set(placeOf(reading.source), reading);
    },
    look: async (key, cause) => {
      if (needsReconcile(key) !== true) {
        asked.delete(key);
        return;
      }
      const askedAt = asked.get(key);
      const endedAt = reconcileLog.last(key)?.at ?? -Infinity;
      asked.set(key, clock.now());
      if (askedAt === undefined || endedAt >= askedAt) {
        await dispatcher.trigger(key, cause);
        return;
      }
      logger.warn({ keySet: key }, 'the queue did not do it in a whole round: done directly');
      await dispatcher.overtake(key, cause);
    },
    keepOnly: (places, keys) => {
      for (const place of latest.keys()) if (!places.has(place)) latest.delete(place);
      for (const key of asked.keys()) if (!keys.has(key)) asked.delete(key);
      for (const key of shown.keepOnly(keys)) dueTimes.set(key, undefined);
      for (const key of reconcileLog.all().keys()) if (!keys.has(key)) reconcileLog.forget(key);
    },
  };
}
