export interface ServiceErrorOptions {
  /** Whether the same call may succeed later without anybody changing anything. */
  readonly retryable: boolean;
  readonly cause?: unknown;
}

/**
 * A fault of a neighbour, translated once by its adapter. `code` comes from the adapter's closed union
 * (docs/errors.md); the message is safe to log and to show.
 */
export class ServiceError<Code extends string = string> extends Error {
  readonly code: Code;
  readonly retryable: boolean;

  constructor(code: Code, message: string, options: ServiceErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'ServiceError';
    this.code = code;
    this.retryable = options.retryable;
  }
}

/** True for a {@link ServiceError}; with `code`, only for that one. */
export function isServiceError<Code extends string>(
  value: unknown,
  code?: Code,
): value is ServiceError<Code> {
  return value instanceof ServiceError && (code === undefined || value.code === code);
}
