import { delay, type Clock } from '../../platform/lifecycle/clock.ts';

/** 4000 list and get calls per 10 s and vault (azure.md 8.4); keyward takes a tenth, for all clusters that share the vault. */
const CALLS_PER_TEN_SECONDS = 4000 * 0.1;
/** A tenth of that may come at once; the rest is the steady rate, so that no ten seconds see more. */
const BURST_CALLS = CALLS_PER_TEN_SECONDS / 10;
export const SWEEP_CALLS_PER_SECOND = (CALLS_PER_TEN_SECONDS - BURST_CALLS) / 10;
/** Calls that do not wait push those that do at most this far away. */
const LONGEST_DEBT_MS = 5000;

/**
 * A cluster's share of one vault's throttle. It paces the sweep; what reacts to an event, a person or a difference that the sweep has found
 * does not wait, and the sweep makes room for it afterwards.
 */
export interface CallBudget {
  /** Waits for the turn of one call, and pays for it. */
  take(signal: AbortSignal): Promise<void>;
  /** Pays for a call that does not wait. */
  spend(): void;
}

export function createCallBudget(clock: Clock, clustersSharingVault: number): CallBudget {
  const sharers = Math.max(1, clustersSharingVault);
  const gapMs = (1000 * sharers) / SWEEP_CALLS_PER_SECOND;
  const burstMs = Math.max(1, BURST_CALLS / sharers) * gapMs;
  /** When all calls so far are paid for. */
  let paidAt = 0;

  return {
    take: async (signal) => {
      const now = clock.now();
      paidAt = Math.max(paidAt, now) + gapMs;
      const waitMs = paidAt - now - burstMs;
      if (waitMs > 0) await delay(clock, waitMs, signal);
    },
    spend: () => {
      const now = clock.now();
      const next = Math.max(paidAt, now) + gapMs;
      if (next - now - burstMs < LONGEST_DEBT_MS) paidAt = next;
    },
  };
}

/** The budgets of all vaults. */
export function createCallBudgets(
  clock: Clock,
  clustersSharingVault: number,
): (vaultUri: string) => CallBudget {
  const budgets = new Map<string, CallBudget>();
  return (vaultUri) => {
    const budget = budgets.get(vaultUri) ?? createCallBudget(clock, clustersSharingVault);
    budgets.set(vaultUri, budget);
    return budget;
  };
}
