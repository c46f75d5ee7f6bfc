import { describeError } from '../observe/describe-error.ts';
import { AddressRefused } from './network/lookup.ts';
import { ContentError, RegistryError, type RegistryCode } from './registry-error.ts';

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
  const options = { cause: failure };
  if (caller?.aborted === true) {
    return new RegistryError('LIMIT_TIME', `no time left while asking ${where}`, options);
  }
  if (call.aborted || isTimeout(failure)) {
    return new RegistryError('REGISTRY_TIMEOUT', `${where} did not answer in time`, options);
  }
  if (failure instanceof AddressRefused) {
    // Of that reach are hosts that the registry named; the others are registries that an image or the operator named.
    const code = failure.reach === 'public' ? 'REGISTRY_REDIRECT_REFUSED' : 'REGISTRY_UNREACHABLE';
    return new RegistryError(code, failure.message, options);
  }
  const [code, message] = describeTransport(failure, where);
  return new RegistryError(code, message, options);
}

function describeTransport(failure: unknown, where: string): readonly [RegistryCode, string] {
  const { code, message } = describeError(failure);
  if (code === 'UND_ERR_MAX_ORIGINS_REACHED') return ['OVERLOADED', 'too many registries at once'];
  if (code?.startsWith('HPE_') === true || code === 'UND_ERR_HEADERS_OVERFLOW') {
    return ['REGISTRY_BAD_RESPONSE', `${where} broke HTTP: ${code}`];
  }
  const proxy = /^Proxy response \(\d{3}\)/u.exec(message)?.[0];
  return ['REGISTRY_UNREACHABLE', `${where} cannot be reached: ${proxy ?? code ?? message}`];
}

/** The last is of a signal of our own that neither the caller nor the exchange holds: a token that several wait for. */
function isTimeout(failure: unknown): boolean {
  const { code } = describeError(failure);
  const isOwn = failure instanceof DOMException && failure.name === 'TimeoutError';
  return TIMEOUT_CODES.has(code) || isOwn;
}

/** A kept-alive connection may be closed by the server just as we write to it: worth one more try, as nothing was answered. */
export function isStaleConnection(failure: unknown): boolean {
  const { code } = describeError(failure);
  return code === 'UND_ERR_SOCKET' || code === 'ECONNRESET' || code === 'EPIPE';
}
