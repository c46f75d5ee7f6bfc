import { delay, type Clock } from '../lifecycle/clock.ts';
import { describeError } from '../observe/describe-error.ts';
import type { Logger } from '../observe/logger.ts';
import { isKubeError } from './kube-error.ts';
import type { Kube, KubeObject } from './kube.ts';
import { RESOURCES } from './resources.ts';

export interface LeaseElectorOptions {
  readonly kube: Kube;
  readonly namespace: string;
  readonly name: string;
  /** Unique to this process. */
  readonly identity: string;
  /** How long a silent leader is believed; default 15. */
  readonly durationSeconds?: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface LeaseElector {
  /**
   * Competes until the signal aborts. `lead` runs while this process leads; its signal aborts at loss or stop and it must then
   * end soon. The lease is released only after `lead` ended, so two leaders never overlap on a clean stop.
   */
  run(signal: AbortSignal, lead: (signal: AbortSignal) => Promise<void>): Promise<void>;
  isLeader(): boolean;
}

interface LeaseSpec {
  readonly holderIdentity?: string | null;
  readonly leaseDurationSeconds?: number | null;
  readonly acquireTime?: string | null;
  readonly renewTime?: string | null;
  readonly leaseTransitions?: number | null;
}

/**
 * Leader election on a Lease, by compare-and-swap on its resourceVersion. Another holder's clock is never read: a lease is
 * expired when it has not changed for its duration by this process's own clock (as client-go does).
 */
export function createLeaseElector(options: LeaseElectorOptions): LeaseElector {
  const { kube, namespace, name, identity, clock, logger } = options;
  const durationSeconds = options.durationSeconds ?? 15;
  const place = { namespace, name };
  let observed: { version: string; at: number } | undefined;
  let held: KubeObject | undefined;
  /** When the last write that worked was sent: others may have seen it that early, so its time counts from then. */
  let renewedAt = 0;
  let isLeading = false;

  const specFor = (current: LeaseSpec | undefined): LeaseSpec => {
    const now = new Date(clock.now()).toISOString().replace('Z', '000Z');
    const isMine = current?.holderIdentity === identity;
    const transitions = current?.leaseTransitions ?? 0;
    return {
      holderIdentity: identity,
      leaseDurationSeconds: durationSeconds,
      acquireTime: isMine ? (current.acquireTime ?? now) : now,
      renewTime: now,
      leaseTransitions: current === undefined || isMine ? transitions : transitions + 1,
    };
  };

  const tryAcquire = async (signal: AbortSignal): Promise<boolean> => {
    const lease = await kube.get(RESOURCES.leases, { ...place, signal });
    renewedAt = clock.now();
    if (lease === undefined) {
      const fresh = { metadata: place, spec: specFor(undefined) };
      held = await kube.create(RESOURCES.leases, fresh, { signal });
      return true;
    }
    const spec = specOf(lease);
    const version = lease.metadata.resourceVersion ?? '';
    if (observed?.version !== version) observed = { version, at: clock.now() };
    const holder = spec.holderIdentity ?? '';
    const silentMs = clock.now() - observed.at;
    const isFree =
      holder === '' ||
      holder === identity ||
      silentMs >= (spec.leaseDurationSeconds ?? durationSeconds) * 1000;
    if (!isFree) return false;
    held = await kube.replace(RESOURCES.leases, { ...lease, spec: specFor(spec) }, { signal });
    return true;
  };

  const acquire = async (signal: AbortSignal): Promise<void> => {
    for (;;) {
      try {
        if (await tryAcquire(signal)) return;
      } catch (error) {
        if (signal.aborted) throw error;
        if (!isKubeError(error, 'CONFLICT') && !isKubeError(error, 'ALREADY_EXISTS'))
          logger.warn({ lease: name, error: describeError(error) }, 'cannot compete for the lease');
      }
      await delay(clock, (durationSeconds * 1000) / 15, signal);
    }
  };

  /**
   * Returns when leadership is lost; rejects when the signal aborts. Two thirds of the duration after the last write that worked
   * it is lost, whatever a request still does: this process stops before another may start.
   */
  const renewUntilLost = async (signal: AbortSignal): Promise<void> => {
    const leftMs = () => renewedAt + (durationSeconds * 2000) / 3 - clock.now();
    for (;;) {
      await delay(clock, Math.min((durationSeconds * 1000) / 5, leftMs()), signal);
      if (leftMs() <= 0) return;
      const expired = new AbortController();
      const timer = clock.setTimer(leftMs(), () => {
        expired.abort(new Error('the lease was not renewed in time'));
      });
      const isHeld = await renewOnce(signal, expired.signal).finally(() => {
        timer.cancel();
      });
      if (!isHeld) return;
    }
  };

  /** False when the lease is lost; true when it was renewed, or may be the next time. */
  const renewOnce = async (stop: AbortSignal, expired: AbortSignal): Promise<boolean> => {
    const lease = held;
    if (lease === undefined) return false;
    const signal = AbortSignal.any([stop, expired]);
    const sentAt = clock.now();
    try {
      const spec = specFor(specOf(lease));
      const writing = kube.replace(RESOURCES.leases, { ...lease, spec }, { signal });
      held = await untilAborted(writing, signal);
      renewedAt = sentAt;
      return true;
    } catch (error) {
      if (stop.aborted) throw error;
      logger.warn({ lease: name, error: describeError(error) }, 'cannot renew the lease');
      if (expired.aborted) return false;
      const isChanged = isKubeError(error, 'CONFLICT') || isKubeError(error, 'NOT_FOUND');
      return !isChanged || (await reread(signal, stop));
    }
  };

  /** The lease was changed or deleted: an own write whose answer was lost is no loss of leadership, all else is. */
  const reread = async (signal: AbortSignal, stop: AbortSignal): Promise<boolean> => {
    try {
      const reading = kube.get(RESOURCES.leases, { ...place, signal });
      held = await untilAborted(reading, signal);
    } catch (error) {
      if (stop.aborted) throw error;
      return true;
    }
    return held !== undefined && specOf(held).holderIdentity === identity;
  };

  /** Reads first: the answer of the last renewal may have been cut off by the stop itself. */
  const release = async (): Promise<void> => {
    held = undefined;
    observed = undefined;
    try {
      const lease = await kube.get(RESOURCES.leases, place);
      if (lease === undefined || specOf(lease).holderIdentity !== identity) return;
      const spec = { ...specOf(lease), holderIdentity: '', leaseDurationSeconds: 1 };
      await kube.replace(RESOURCES.leases, { ...lease, spec });
    } catch (error) {
      logger.debug({ lease: name, error: describeError(error) }, 'cannot release the lease');
    }
  };

  const leadOnce = async (signal: AbortSignal, lead: (signal: AbortSignal) => Promise<void>) => {
    const ended = new AbortController();
    const leading = AbortSignal.any([signal, ended.signal]);
    isLeading = true;
    logger.info({ lease: name, identity }, 'leading');
    const renewing = renewUntilLost(leading).catch(() => undefined);
    const work = lead(leading);
    try {
      await Promise.race([renewing, work]);
    } finally {
      isLeading = false;
      ended.abort(new Error('leadership ended'));
      try {
        await work;
      } finally {
        await renewing;
        await release();
        logger.info({ lease: name, identity }, 'no longer leading');
      }
    }
  };

  return {
    isLeader: () => isLeading,
    run: async (signal, lead) => {
      while (!signal.aborted) {
        try {
          await acquire(signal);
        } catch (error) {
          if (signal.aborted) return;
          throw error;
        }
        await leadOnce(signal, lead);
      }
    },
  };
}

/** The operation's outcome, or the signal's reason at once, although the operation may not heed it. */
async function untilAborted<T>(operation: Promise<T>, signal: AbortSignal): Promise<T> {
  let abort = (): void => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    abort = () => {
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
  });
  try {
    return await Promise.race([operation, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

function specOf(lease: KubeObject): LeaseSpec {
  return (lease['spec'] as LeaseSpec | undefined) ?? {};
}
