import { malformed } from './hint.ts';
import type { Malformed } from './hint.ts';

export const MAX_BODY_BYTES = 1_048_576;
/** Event Grid's own limit for output batching. */
export const MAX_EVENTS = 5000;

export type Body = { readonly ok: true; readonly events: readonly unknown[] } | Malformed;

/**
 * The events of one message body. Event Grid sends one object, the documentation shows an array, and depending on the content
 * type (which was missing for years) a client hands over an object, bytes or text (azure.md 4.4).
 */
export function readBody(body: unknown): Body {
  if (!(body instanceof Uint8Array) && typeof body !== 'string') return listEvents(body);
  const size = typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength;
  if (size > MAX_BODY_BYTES) {
    return malformed('EVENT_TOO_LARGE', `the body is larger than ${MAX_BODY_BYTES} bytes`);
  }
  try {
    return listEvents(parseText(body));
  } catch {
    return malformed('EVENT_NOT_JSON', 'the body is not UTF-8 JSON');
  }
}

function parseText(body: Uint8Array | string): unknown {
  const text =
    typeof body === 'string' ? body : new TextDecoder('utf-8', { fatal: true }).decode(body);
  const value: unknown = JSON.parse(text.replace(/^\uFEFF/u, ''));
  // A sender that gave its SDK a string has it encoded once more.
  return typeof value === 'string' ? JSON.parse(value) : value;
}

function listEvents(value: unknown): Body {
  const events: readonly unknown[] = Array.isArray(value) ? value : [value];
  return events.length > MAX_EVENTS
    ? malformed('EVENT_BATCH_TOO_LARGE', `the message has more than ${MAX_EVENTS} events`)
    : { ok: true, events };
}
