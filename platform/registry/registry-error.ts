import type { DenyCode, UnavailableCode } from '../../core/verdict/reasons.ts';
import { ServiceError } from '../observe/service-error.ts';

export type RegistryCode = Extract<
  UnavailableCode,
  | 'REGISTRY_UNREACHABLE'
  | 'REGISTRY_TIMEOUT'
  | 'REGISTRY_THROTTLED'
  | 'REGISTRY_AUTH'
  | 'REGISTRY_BAD_RESPONSE'
  | 'REGISTRY_REDIRECT_REFUSED'
  | 'LIMIT_TIME'
  | 'OVERLOADED'
>;

/** Could not be found out. Says nothing about whether an image is signed. */
export class RegistryError extends ServiceError<RegistryCode> {
  /** As the registry asked, when it did. */
  readonly retryAfterSeconds?: number;

  constructor(
    code: RegistryCode,
    message: string,
    options: { readonly cause?: unknown; readonly retryAfterSeconds?: number } = {},
  ) {
    super(code, message, { retryable: true, cause: options.cause });
    this.name = 'RegistryError';
    if (options.retryAfterSeconds !== undefined) this.retryAfterSeconds = options.retryAfterSeconds;
  }
}

export type ContentCode = Extract<
  DenyCode,
  'CONTENT_DIGEST_MISMATCH' | 'CONTENT_SIZE_MISMATCH' | 'LIMIT_BYTES'
>;

/** The registry answered, and what it gave is not what was asked for: one candidate is bad, others may be good. */
export class ContentError extends ServiceError<ContentCode> {
  constructor(code: ContentCode, message: string) {
    super(code, message, { retryable: false });
    this.name = 'ContentError';
  }
}
