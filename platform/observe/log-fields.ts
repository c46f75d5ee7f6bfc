import { describeError } from './describe-error.ts';
import { makeSafeText } from './safe-text.ts';

export type LogFields = Readonly<Record<string, unknown>>;

// By name, whatever the value. `publicKeyPem`, `key` and `keyVersion` are not secrets here: public keys are keyward's subject.
const SECRET_NAME =
  /token|secret|password|passwd|credential|authorization|cookie|assertion|connection_?string|shared_?access|private_?key|api_?key/iu;
/** Written by the logger itself: a field of that name would make two answers to "what level is this line". */
const RESERVED = new Set(['level', 'time', 'component', 'message']);
const DEPTH_LIMIT = 4;
const ITEMS_LIMIT = 50;

/** Fields as they may be written: secrets redacted, errors described, text made safe, size bounded. */
export function sanitiseFields(fields: LogFields): Record<string, unknown> {
  const safe: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields).slice(0, ITEMS_LIMIT)) {
    if (value === undefined) continue;
    const safeName = makeSafeText(name, 80);
    safe[RESERVED.has(safeName) ? `field_${safeName}` : safeName] = sanitiseNamed(name, value, 0);
  }
  return safe;
}

function sanitiseNamed(name: string, value: unknown, depth: number): unknown {
  // A count, a flag or an age of tokens is no secret.
  const canHide = typeof value !== 'number' && typeof value !== 'boolean';
  return canHide && SECRET_NAME.test(name) ? '[redacted]' : sanitise(value, depth);
}

function sanitise(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return makeSafeText(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'function' || typeof value === 'symbol') return `[${typeof value}]`;
  return typeof value === 'object' && value !== null ? sanitiseObject(value, depth) : value;
}

function sanitiseObject(value: object, depth: number): unknown {
  if (value instanceof Error) return describeError(value);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  // Also what ends a circular structure.
  if (depth >= DEPTH_LIMIT) return '[nested]';
  if (Array.isArray(value)) {
    return value.slice(0, ITEMS_LIMIT).map((item: unknown) => sanitise(item, depth + 1));
  }
  const safe: Record<string, unknown> = {};
  for (const [name, item] of Object.entries(value).slice(0, ITEMS_LIMIT)) {
    safe[makeSafeText(name, 80)] = sanitiseNamed(name, item, depth + 1);
  }
  return safe;
}
