import type { ServiceBusReceivedMessage, ServiceBusReceiver } from '@azure/service-bus';
import { translateBusError } from './translate-error.ts';

/** A fifth of the shortest lock that Service Bus allows; bounds the renewals when this machine's clock is ahead. */
const SHORTEST_INTERVAL_MS = 1000;

/**
 * Renews a message's lock, by its own lock token, until released. The SDK's renewal goes by message id: two messages with one id
 * stop each other's timer, one without an id cannot be settled at all (azure.md 6.3, traps 4 and 5). A renewal that fails is tried
 * again for as long as the lock lasts (trap 7), and told of once.
 */
export function keepLock(
  message: ServiceBusReceivedMessage,
  receiver: Pick<ServiceBusReceiver, 'renewMessageLock'>,
  onFault: (error: unknown) => void,
): { release(): void } {
  let released = false;
  let hasFailed = false;
  let timer: NodeJS.Timeout | undefined;
  const schedule = () => {
    const until = message.lockedUntilUtc;
    if (released || until === undefined) return;
    // Half of what is left: one failed or slow renewal still leaves time for another.
    const delay = Math.max((until.getTime() - Date.now()) / 2, SHORTEST_INTERVAL_MS);
    timer = setTimeout(() => {
      renew().catch(onFault);
    }, delay);
    // A handler that never ends must not keep the process from ending.
    timer.unref();
  };
  const renew = async () => {
    try {
      await receiver.renewMessageLock(message);
      hasFailed = false;
    } catch (error) {
      if (released) return;
      if (!hasFailed) onFault(error);
      hasFailed = true;
      if (isLockGone(message, error)) return;
    }
    schedule();
  };
  schedule();
  return {
    release: () => {
      released = true;
      clearTimeout(timer);
    },
  };
}

function isLockGone({ lockedUntilUtc }: ServiceBusReceivedMessage, error: unknown): boolean {
  const isPast = lockedUntilUtc === undefined || lockedUntilUtc.getTime() <= Date.now();
  return isPast || translateBusError(error).code === 'BUS_LOCK_LOST';
}
