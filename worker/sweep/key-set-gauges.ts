import { KEY_CHANGED } from '../../core/keys/version-states.ts';
import type { WorkerMetrics } from '../metrics.ts';
import type { Plan } from '../plan/plan-key-set.ts';

/** What the metrics say of each KeySet, from every look at it: a new leader has them after its first. */
export interface KeySetGauges {
  /** `readAt`: when all its keys were last read, in milliseconds since the epoch. */
  show(key: string, plan: Plan, readAt: number | undefined): void;
  /** Forgets all others, and tells which those were. */
  keepOnly(keys: ReadonlyMap<string, unknown>): readonly string[];
}

type Names = 'fullRead' | 'held' | 'tampered' | 'inSync';

export function createKeySetGauges(metrics: Pick<WorkerMetrics, Names>): KeySetGauges {
  const shown = new Set<string>();
  return {
    show: (key, { status, held }, readAt) => {
      const labels = { key_set: key };
      shown.add(key);
      if (readAt !== undefined) metrics.fullRead.set(labels, readAt / 1000);
      metrics.held.set(labels, held.length);
      const changed = status.versions.filter(({ reason }) => reason === KEY_CHANGED);
      metrics.tampered.set(labels, changed.length);
      const sync = status.conditions.find(({ type }) => type === 'ProviderInSync');
      if (sync === undefined || sync.reason === 'NotManaged') metrics.inSync.remove(labels);
      else metrics.inSync.set(labels, sync.status === 'True' ? 1 : 0);
    },
    keepOnly: (keys) => {
      const gone = [...shown].filter((key) => !keys.has(key));
      for (const key of gone) {
        shown.delete(key);
        const labels = { key_set: key };
        for (const gauge of [metrics.fullRead, metrics.held, metrics.tampered, metrics.inSync])
          gauge.remove(labels);
      }
      return gone;
    },
  };
}
