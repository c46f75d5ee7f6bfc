import type { Dispatcher } from 'undici';
import { ContentError, RegistryError } from './registry-error.ts';

type Headers = Dispatcher.ResponseData['headers'];

/** A header's single value; a repeated header counts by its first. */
export function readHeader(headers: Headers, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value : value?.[0];
}

/** All values of a repeated header, joined as HTTP allows. */
export function readHeaders(headers: Headers, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value : value?.join(', ');
}

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

export function isRedirect(status: number): boolean {
  return REDIRECTS.has(status);
}

/**
 * Reads a body and stops at `maxBytes`: a server may send without end (A128). One that says so beforehand is not read at all. Nothing is
 * inflated (A129).
 */
export async function readBody(
  response: Dispatcher.ResponseData,
  maxBytes: number,
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  const refuseBeyond = (bytes: number): void => {
    if (bytes <= maxBytes) return;
    // Nobody reads it: without a listener its end, which is an error to undici, would be the end of the process.
    response.body.once('error', () => undefined).destroy();
    throw new ContentError('LIMIT_BYTES', `the answer is larger than ${maxBytes} bytes`);
  };
  refuseBeyond(Number(readHeader(response.headers, 'content-length') ?? 0));
  for await (const chunk of response.body as AsyncIterable<Buffer>) {
    length += chunk.length;
    refuseBeyond(length);
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
  const retryAfter = readHeader(response.headers, 'retry-after');
  const wish = retryAfter === undefined ? {} : { retryAfter };
  if (status === 429) {
    return new RegistryError(
      'REGISTRY_THROTTLED',
      `${where} answered 429 (too many requests)`,
      wish,
    );
  }
  if (status === 401 || status === 403) {
    return new RegistryError('REGISTRY_AUTH', `${where} answered ${status}`);
  }
  if (status === 408) return new RegistryError('REGISTRY_TIMEOUT', `${where} answered 408`);
  if (status >= 500)
    return new RegistryError('REGISTRY_UNREACHABLE', `${where} answered ${status}`, wish);
  return new RegistryError('REGISTRY_BAD_RESPONSE', `${where} answered ${status}`);
}
