import { ServiceError } from '../observe/service-error.ts';

export const KUBE_ERROR_CODES = [
  'NOT_FOUND',
  'CONFLICT',
  'ALREADY_EXISTS',
  'FORBIDDEN',
  'INVALID',
  'GONE',
  'THROTTLED',
  'UNREACHABLE',
  'TIMEOUT',
  'BAD_RESPONSE',
] as const;
export type KubeErrorCode = (typeof KUBE_ERROR_CODES)[number];

/** The API server's refusal, or why it could not be asked. The message is the server's own. */
export class KubeError extends ServiceError<KubeErrorCode> {
  readonly status: number | undefined;
  /** Of the API server's own `Status`; undefined when something else answered, a proxy perhaps. */
  readonly reason: string | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(
    code: KubeErrorCode,
    message: string,
    details: { status?: number; reason?: string; retryAfterSeconds?: number; cause?: unknown } = {},
  ) {
    super(code, message, { retryable: RETRYABLE.has(code), cause: details.cause });
    this.name = 'KubeError';
    this.status = details.status;
    this.reason = details.reason;
    this.retryAfterSeconds = details.retryAfterSeconds;
  }
}

const RETRYABLE: ReadonlySet<KubeErrorCode> = new Set([
  'CONFLICT',
  'GONE',
  'THROTTLED',
  'UNREACHABLE',
  'TIMEOUT',
  'BAD_RESPONSE',
]);

export function isKubeError(error: unknown, code?: KubeErrorCode): error is KubeError {
  return error instanceof KubeError && (code === undefined || error.code === code);
}

/** Translates an error answer: the body is a `Status` object, or whatever a proxy in between sent. */
export function kubeErrorFromStatus(
  status: number,
  body: string,
  retryAfter: string | undefined,
): KubeError {
  const parsed = parseStatus(body);
  const message = parsed.message ?? `the API server answered ${status}`;
  const seconds = Number(retryAfter ?? Number.NaN);
  return new KubeError(codeOf(status, parsed.reason), message, {
    status,
    ...(parsed.reason === undefined ? {} : { reason: parsed.reason }),
    ...(Number.isFinite(seconds) && seconds >= 0 ? { retryAfterSeconds: seconds } : {}),
  });
}

/** Translates what undici, the TLS layer or an abort threw. */
export function kubeErrorFromThrown(error: unknown, server: string): KubeError {
  if (error instanceof KubeError) return error;
  const code = codeOfThrown(error);
  const timedOut = code === 'TimeoutError' || (code?.endsWith('_TIMEOUT') ?? false);
  const words = timedOut ? 'timed out' : `failed (${code ?? 'unknown cause'})`;
  return new KubeError(
    timedOut ? 'TIMEOUT' : 'UNREACHABLE',
    `the request to the API server ${server} ${words}`,
    { cause: error },
  );
}

function codeOfThrown(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { code, name } = error as { code?: unknown; name?: unknown };
  if (typeof code === 'string') return code;
  return typeof name === 'string' ? name : undefined;
}

function codeOf(status: number, reason: string | undefined): KubeErrorCode {
  switch (status) {
    case 401:
    case 403:
      return 'FORBIDDEN';
    case 404:
      return 'NOT_FOUND';
    case 409:
      return reason === 'AlreadyExists' ? 'ALREADY_EXISTS' : 'CONFLICT';
    case 410:
      return 'GONE';
    case 408:
    case 504:
      return 'TIMEOUT';
    case 429:
      return 'THROTTLED';
    default:
      if (status >= 500) return 'UNREACHABLE';
      return status >= 400 ? 'INVALID' : 'BAD_RESPONSE';
  }
}

function parseStatus(body: string): { reason?: string; message?: string } {
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value !== 'object' || value === null) return {};
    const { reason, message } = value as { reason?: unknown; message?: unknown };
    return {
      ...(typeof reason === 'string' ? { reason } : {}),
      ...(typeof message === 'string' && message !== '' ? { message } : {}),
    };
  } catch {
    return {};
  }
}
