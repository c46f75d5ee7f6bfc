import type { HintSourceState } from '../platform/bus/hint-source.ts';
import { formatTime } from '../core/keys/time.ts';
import type { LastReconcile } from './reconcile/reconcile-log.ts';

/** What a leader knows of its own work. */
export interface LeaderStatus {
  readonly queueHealthy: boolean;
  /** Undefined: no events are configured. */
  readonly bus: HintSourceState | undefined;
  readonly reconciles: ReadonlyMap<string, LastReconcile>;
  /** The promised seconds, by vault. */
  readonly sweepSeconds: ReadonlyMap<string, number>;
}

/** `/statusz`: small, and nothing in it that a log may not hold. */
export function describeStatus(
  status: LeaderStatus | undefined,
): Readonly<Record<string, unknown>> {
  if (status === undefined) return { leader: false };
  const { queueHealthy, bus, reconciles, sweepSeconds } = status;
  return {
    leader: true,
    queue: { healthy: queueHealthy },
    bus: bus === undefined ? null : describeBus(bus),
    vaults: [...sweepSeconds].map(([vaultUri, effectiveSweepSeconds]) => ({
      vaultUri,
      effectiveSweepSeconds,
    })),
    keySets: [...reconciles].map(([name, { at, outcome }]) => ({
      name,
      lastReconcile: formatTime(at),
      outcome,
    })),
  };
}

function describeBus(state: HintSourceState) {
  const { connected, failedAttempts, lastSuccessAt, lastMessageAt, lastError } = state;
  return {
    connected,
    ...(failedAttempts === 0 ? {} : { failedAttempts }),
    ...(lastSuccessAt === undefined ? {} : { lastSuccess: formatTime(lastSuccessAt) }),
    ...(lastMessageAt === undefined ? {} : { lastMessage: formatTime(lastMessageAt) }),
    ...(lastError === undefined
      ? {}
      : { lastError: { code: lastError.code, at: formatTime(lastError.at) } }),
  };
}
