import type { ErrorDescription } from '../../platform/observe/describe-error.ts';
import type { Clock } from '../../platform/lifecycle/clock.ts';
import type { Outcome } from '../metrics.ts';

export interface LastReconcile {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly outcome: Outcome;
}

/** What came of each KeySet's last reconcile in this process. */
export interface ReconcileLog {
  record(key: string, outcome: Outcome): void;
  last(key: string): LastReconcile | undefined;
  all(): ReadonlyMap<string, LastReconcile>;
  /** Calls `report` unless the same failure of the same KeySet was reported before it last succeeded. */
  reportOnce(
    key: string,
    error: ErrorDescription,
    report: (fields: { readonly error: ErrorDescription }) => void,
  ): void;
  forget(key: string): void;
}

export function createReconcileLog(clock: Clock): ReconcileLog {
  const last = new Map<string, LastReconcile>();
  const reported = new Map<string, string>();
  return {
    record: (key, outcome) => {
      last.set(key, { at: clock.now(), outcome });
      if (outcome !== 'failed') reported.delete(key);
    },
    last: (key) => last.get(key),
    all: () => last,
    reportOnce: (key, error, report) => {
      const text = `${error.code ?? error.name} ${error.message}`;
      if (reported.get(key) === text) return;
      reported.set(key, text);
      report({ error });
    },
    forget: (key) => {
      last.delete(key);
      reported.delete(key);
    },
  };
}
