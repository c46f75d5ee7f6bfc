import { KEY_STATES } from '../core/keys/key-version.ts';
import type { Metrics } from '../platform/observe/metrics.ts';
import { CAUSES } from './cause.ts';

export const OUTCOMES = ['changed', 'unchanged', 'gone', 'invalid', 'conflict', 'failed'] as const;
/** How a reconcile ended. `conflict`: others kept writing; `failed`: the API server refused or was away. */
export type Outcome = (typeof OUTCOMES)[number];

export type WorkerMetrics = ReturnType<typeof createWorkerMetrics>;

/** Every metric of the worker itself, in one place. */
export function createWorkerMetrics(metrics: Metrics) {
  return {
    reconciles: metrics.counter({
      name: 'keyward_worker_reconciles_total',
      help: 'Reconciles of a KeySet, by how they ended',
      labels: { outcome: OUTCOMES },
    }),
    vaultReads: metrics.counter({
      name: 'keyward_worker_vault_reads_total',
      help: 'Calls to a vault (a list, or a GET of one version), by why and how they ended',
      labels: { cause: CAUSES, outcome: ['ok', 'failed'] },
    }),
    stateChanges: metrics.counter({
      name: 'keyward_worker_state_changes_total',
      help: 'Key versions that came to a state, in published status',
      labels: { to: [...KEY_STATES, 'gone'] },
    }),
    events: metrics.counter({
      name: 'keyward_worker_events_total',
      help: 'Kubernetes Events at KeySets; dropped: too many of one KeySet, or of all',
      labels: { outcome: ['written', 'failed', 'dropped'] },
    }),
    held: metrics.gauge({
      name: 'keyward_worker_held_versions',
      help: 'Key versions that the guard rail keeps trusted until a person decides: alert above 0',
      labels: { key_set: 'open' },
    }),
    tampered: metrics.gauge({
      name: 'keyward_worker_changed_keys',
      help: 'Key versions whose public key is not the one known before: alert above 0',
      labels: { key_set: 'open' },
    }),
    inSync: metrics.gauge({
      name: 'keyward_worker_provider_in_sync',
      help: '1: the Ratify provider that is written for a KeySet lists its trusted versions; 0: it does not, or Ratify could not read them',
      labels: { key_set: 'open' },
    }),
    fullRead: metrics.gauge({
      name: 'keyward_worker_full_read_timestamp_seconds',
      help: 'When all keys of a KeySet were last read without a problem (Unix time): its age is what to alert on',
      labels: { key_set: 'open' },
    }),
    sweepInterval: metrics.gauge({
      name: 'keyward_worker_sweep_interval_seconds',
      help: 'Promised time from a change in a vault, without any event, to its being seen',
      labels: { vault: 'open' },
    }),
    hints: metrics.counter({
      name: 'keyward_worker_hints_total',
      help: 'Hints from events, by whether any KeySet follows the key',
      labels: { result: ['followed', 'ignored'] },
    }),
    nearExpiry: metrics.counter({
      name: 'keyward_worker_near_expiry_warnings_total',
      help: 'Warnings that a followed key nears its expiry; at most one an hour for each key',
    }),
    adoptions: metrics.counter({
      name: 'keyward_worker_adoptions_total',
      help: 'Providers without a KeySet, by what came of adopting them',
      labels: { outcome: ['created', 'waiting', 'failed'] },
    }),
    leading: metrics.gauge({
      name: 'keyward_worker_leading',
      help: '1 while this process reads vaults and writes',
    }),
  };
}
