import { makeSafeText } from './safe-text.ts';

export interface ErrorDescription {
  readonly name: string;
  readonly code?: string;
  readonly message: string;
}

const MESSAGE_LIMIT = 500;

/**
 * An error as short text that is safe to log. Never throws, whatever was thrown.
 *
 * An AggregateError says nothing itself: core-amqp and Node's own connect (happy eyeballs) put the truth in `.errors`, the
 * latest attempt last.
 */
export function describeError(error: unknown): ErrorDescription {
  try {
    return describe(unwrap(error));
  } catch {
    return { name: 'Error', message: 'an error that cannot be described' };
  }
}

function unwrap(error: unknown): unknown {
  let current = error;
  for (let depth = 0; depth < 5 && current instanceof AggregateError; depth += 1) {
    const last: unknown = current.errors.at(-1);
    if (last === undefined) break;
    current = last;
  }
  return current;
}

function describe(error: unknown): ErrorDescription {
  if (!(error instanceof Error)) {
    const text = typeof error === 'string' ? error : `${typeof error} thrown`;
    return { name: 'Error', message: makeSafeText(text, MESSAGE_LIMIT) };
  }
  const code = findCode(error);
  const message = error.message === '' ? describeCause(error.cause) : error.message;
  return {
    name: makeSafeText(error.name, 80),
    ...(code === undefined ? {} : { code }),
    message: makeSafeText(message, MESSAGE_LIMIT),
  };
}

/** undici says only "fetch failed"; the reason is the cause's code. */
function findCode(error: Error): string | undefined {
  let current: unknown = error;
  for (let depth = 0; depth < 5 && current instanceof Error; depth += 1) {
    const code: unknown = (current as { code?: unknown }).code;
    if (typeof code === 'string' && code !== '') return makeSafeText(code, 80);
    current = unwrap(current.cause);
  }
  return undefined;
}

function describeCause(cause: unknown): string {
  return cause instanceof Error ? cause.message : '';
}
