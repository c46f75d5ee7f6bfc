import type { Dispatcher } from 'undici';
import { describeError } from '../observe/describe-error.ts';
import { ContentError, RegistryError } from './registry-error.ts';

type Headers = Dispatcher.ResponseData['headers'];

/** A header's single value; a repeated header counts by its first. */
export function readHeader(headers: Headers, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value : value?.[0];
}

/** Reads a body and stops at `maxBytes`: a server may send without end (A128). Nothing is inflated (A129). */
export async function readBody(
  response: Dispatcher.ResponseData,
  maxBytes: number,
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response.body as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxBytes) {
      throw new ContentError('LIMIT_BYTES', `the answer is larger than ${maxBytes} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}

const ERROR_BODY_LIMIT = 64 * 1024;

/** Lets go of a body that nobody will read, so that its connection can serve again. */
export async function discardBody(response: Dispatcher.ResponseData): Promise<void> {
  try {
    await response.body.dump({ limit: ERROR_BODY_LIMIT });
  } catch {
    // The connection is gone, which is as good.
  }
}

/** What an answer that is neither 200 nor 404 means. */
export function errorOfStatus(response: Dispatcher.ResponseData, where: string): RegistryError {
  const status = response.statusCode;
  if (status === 429) {
    const retryAfterSeconds = parseRetryAfter(readHeader(response.headers, 'retry-after'));
    return new RegistryError(
      'REGISTRY_THROTTLED',
      `${where} answered 429 (too many requests)`,
      retryAfterSeconds === undefined ? {} : { retryAfterSeconds },
    );
  }
  if (status === 401 || status === 403) {
    return new RegistryError('REGISTRY_AUTH', `${where} answered ${status}`);
  }
  if (status === 408) return new RegistryError('REGISTRY_TIMEOUT', `${where} answered 408`);
  if (status >= 500)
    return new RegistryError('REGISTRY_UNREACHABLE', `${where} answered ${status}`);
  return new RegistryError('REGISTRY_BAD_RESPONSE', `${where} answered ${status}`);
}

function parseRetryAfter(value: string | undefined): number | undefined {
  return value !== undefined && /^\d{1,6}$/u.test(value) ? Number(value) : undefined;
}

const TIMEOUT_CODES: ReadonlySet<string | undefined> = new Set([
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'ETIMEDOUT',
]);

export interface Deadlines {
  /** The caller's: its budget for the image ran out. */
  readonly caller: AbortSignal | undefined;
  /** Of this exchange alone. */
  readonly call: AbortSignal;
}

/** The one place where a foreign failure becomes ours. */
export function errorOfFailure(
  failure: unknown,
  where: string,
  { caller, call }: Deadlines,
): RegistryError | ContentError {
  if (failure instanceof RegistryError || failure instanceof ContentError) return failure;
  if (caller?.aborted === true) {
    return new RegistryError('LIMIT_TIME', `no time left while asking ${where}`);
  }
  const { code, message } = describeError(failure);
  const options = { cause: failure };
  if (call.aborted || TIMEOUT_CODES.has(code)) {
    return new RegistryError('REGISTRY_TIMEOUT', `${where} did not answer in time`, options);
  }
  if (code === 'ADDRESS_REFUSED') {
    return new RegistryError('REGISTRY_REDIRECT_REFUSED', message, options);
  }
  if (code === 'UND_ERR_MAX_ORIGINS_REACHED') {
    return new RegistryError('OVERLOADED', 'too many registries at once', options);
  }
  const words = code ?? message;
  if (code?.startsWith('HPE_') === true || code === 'UND_ERR_HEADERS_OVERFLOW') {
    return new RegistryError('REGISTRY_BAD_RESPONSE', `${where} broke HTTP: ${words}`, options);
  }
  return new RegistryError('REGISTRY_UNREACHABLE', `${where} cannot be reached: ${words}`, options);
}

/** A kept-alive connection may be closed by the server just as we write to it: worth one more try, as nothing was answered. */
export function isStaleConnection(failure: unknown): boolean {
  const { code } = describeError(failure);
  return code === 'UND_ERR_SOCKET' || code === 'ECONNRESET' || code === 'EPIPE';
}
