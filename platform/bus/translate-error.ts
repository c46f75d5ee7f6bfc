import { describeError } from '../observe/describe-error.ts';
import { ServiceError, isServiceError } from '../observe/service-error.ts';
import type { BusErrorCode } from './hint-source.ts';

const CODES = new Map<string, { code: BusErrorCode; retryable: boolean }>(
  Object.entries({
    UnauthorizedAccess: { code: 'BUS_UNAUTHORIZED', retryable: false },
    MessagingEntityNotFound: { code: 'BUS_QUEUE_NOT_FOUND', retryable: false },
    MessagingEntityDisabled: { code: 'BUS_QUEUE_NOT_FOUND', retryable: false },
    ServiceBusy: { code: 'BUS_THROTTLED', retryable: true },
    QuotaExceeded: { code: 'BUS_THROTTLED', retryable: true },
    ServiceTimeout: { code: 'BUS_TIMEOUT', retryable: true },
    TimeoutError: { code: 'BUS_TIMEOUT', retryable: true },
    MessageLockLost: { code: 'BUS_LOCK_LOST', retryable: true },
    MessageNotFound: { code: 'BUS_LOCK_LOST', retryable: true },
  }),
);

/**
 * The one place that knows the SDK's errors. After a retry the SDK throws an AggregateError without code or message
 * (azure.md 6.3, trap 3); `describeError` takes the newest of its errors.
 */
export function translateBusError(error: unknown): ServiceError<BusErrorCode> {
  if (isServiceError<BusErrorCode>(error)) return error;
  const { code = '', name, message } = describeError(error);
  const known = CODES.get(code) ?? CODES.get(name) ?? { code: 'BUS_UNREACHABLE', retryable: true };
  return new ServiceError(known.code, hideSecrets(message), {
    retryable: known.retryable,
    cause: error,
  });
}

/** The SDK does not quote keys today; that it never will is not ours to promise. */
export function hideSecrets(text: string): string {
  return text.replace(
    /(?<name>SharedAccess(?:Key|Signature)|sig)(?<sign>=|\s+)[^;&\s]+/giu,
    '$<name>$<sign>[redacted]',
  );
}
