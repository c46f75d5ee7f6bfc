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
  /** How long the registry wants to be left alone: its Retry-After header as it stands, when there was one. */
  readonly retryAfter?: string;

  constructor(
    code: RegistryCode,
    message: string,
    options: { readonly cause?: unknown; readonly retryAfter?: string } = {},
  ) {
    super(code, message, { retryable: true, cause: options.cause });
    this.name = 'RegistryError';
    if (options.retryAfter !== undefined) this.retryAfter = options.retryAfter;
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
