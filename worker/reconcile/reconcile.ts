import { KEY_CHANGED } from '../../core/keys/version-states.ts';
import { describeError } from '../../platform/observe/describe-error.ts';
import { isKubeError } from '../../platform/kube/kube-error.ts';
import type { Logger } from '../../platform/observe/logger.ts';
import type { ProcessJob } from '../../platform/queue/job-queue.ts';
import type { EventRecorder } from '../act/event-recorder.ts';
import { performPlan, type Written } from '../act/perform-plan.ts';
import { parseCause, type Cause } from '../cause.ts';
import type { Outcome, WorkerMetrics } from '../metrics.ts';
import {
  observeKeySet,
  type ObservedKeySet,
  type ObserverOptions,
} from '../observe/observe-key-set.ts';
import { planKeySet, type Plan } from '../plan/plan-key-set.ts';
import type { KmpWrite } from '../plan/plan-kmp.ts';
import type { DueTimes } from './due-times.ts';
import type { ReconcileLog } from './reconcile-log.ts';

/** Writes of others that one run lives through before it leaves the KeySet to the next sweep. */
const ATTEMPTS = 5;
/** Somebody else changed, removed or made what was to be written. */
const OVERTAKEN = ['CONFLICT', 'NOT_FOUND', 'ALREADY_EXISTS'] as const;

export interface ReconcilerOptions extends ObserverOptions {
  readonly logger: Logger;
  readonly workerMetrics: WorkerMetrics;
  readonly reconcileLog: ReconcileLog;
  readonly events: EventRecorder;
  readonly dueTimes: DueTimes;
}

/**
 * observe → plan → act for one KeySet. A run rejects when the API server refuses or is away, and when the signal aborts; a vault that cannot
 * be read is a fact that is published, not a failure.
 */
export function createReconciler(options: ReconcilerOptions): ProcessJob {
  const { logger, workerMetrics, reconcileLog, events, dueTimes } = options;

  const runOnce = async (key: string, cause: Cause, signal: AbortSignal): Promise<Outcome> => {
    const observed = await observeKeySet({ key, cause, signal }, options);
    switch (observed.kind) {
      case 'gone':
        dueTimes.set(key, undefined);
        return 'gone';
      case 'invalid':
        logger.warn({ keySet: key, problems: observed.problems }, 'key set is invalid');
        return 'invalid';
      case 'observed':
        return await carryOut(key, cause, observed, signal);
    }
  };

  const carryOut = async (
    key: string,
    cause: Cause,
    observed: ObservedKeySet,
    signal: AbortSignal,
  ): Promise<Outcome> => {
    const plan = planKeySet(observed.observation);
    const { kube } = options;
    let outcome: Outcome = 'unchanged';
    const onWritten = (what: Written): void => {
      if (what === 'status' && plan.writeStatus === 'heartbeat') return;
      outcome = 'changed';
      if (what !== 'status') {
        logProvider(logger, key, plan[what === 'provider' ? 'kmp' : 'generated']);
        return;
      }
      for (const { to } of plan.changes) workerMetrics.stateChanges.increment({ to });
      events.record(observed.observation.keySet, plan.events);
      logStatus(logger, { keySet: key, cause }, plan);
    };
    dueTimes.set(key, plan.nextChangeAt);
    await performPlan(observed, plan, { kube, signal, onWritten });
    return outcome;
  };

  const runAgainOnConflict = async (
    key: string,
    cause: Cause,
    signal: AbortSignal,
  ): Promise<Outcome> => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await runOnce(key, cause, signal);
      } catch (error) {
        // What was to be written went away: looked at anew like any other change.
        if (!OVERTAKEN.some((code) => isKubeError(error, code))) throw error;
        if (attempt === ATTEMPTS) {
          logger.warn({ keySet: key, cause }, 'others keep writing; left to the next sweep');
          return 'conflict';
        }
      }
    }
  };

  return async (key, text, signal) => {
    const cause = parseCause(text);
    const finish = (outcome: Outcome): void => {
      workerMetrics.reconciles.increment({ outcome });
      reconcileLog.record(key, outcome);
    };
    try {
      finish(await runAgainOnConflict(key, cause, signal));
    } catch (error) {
      if (!signal.aborted) {
        finish('failed');
        reconcileLog.reportOnce(key, describeError(error), (fields) => {
          logger.warn({ keySet: key, cause, ...fields }, 'key set could not be reconciled');
        });
      }
      throw error;
    }
  };
}

/** One line per change; the reasons are in the status. */
function logStatus(
  logger: Logger,
  fields: { readonly keySet: string; readonly cause: Cause },
  { status, changes, held }: Plan,
): void {
  const line = {
    event: 'keySetChanged',
    ...fields,
    trusted: status.trusted,
    changes: changes.map(({ name, version, from, to }) => `${name}/${version}: ${from} → ${to}`),
    ...(held.length === 0 ? {} : { held: held.slice(0, 20) }),
    conditions: status.conditions.map(({ type, status: word }) => `${type}=${word}`).join(' '),
  };
  if (status.versions.some(({ reason }) => reason === KEY_CHANGED))
    logger.error(line, 'key set changed; a public key is not the one that was known');
  else if (held.length > 0)
    logger.error(line, 'key set changed; a loss of trust that nobody asked for is held back');
  else logger.info(line, 'key set changed');
}

function logProvider(
  logger: Logger,
  keySet: string,
  write: Pick<KmpWrite, 'kind' | 'added' | 'removed'> | undefined,
): void {
  if (write === undefined) return;
  const { kind, added, removed } = write;
  logger.info({ event: 'providerWritten', keySet, kind, added, removed }, 'provider written');
}
