import { EventGridDeserializer } from '@azure/eventgrid';
import { HINT_TYPES } from './hint.ts';
import type { Hint, HintType, Malformed } from './hint.ts';
import { readBody } from './read-body.ts';
import { readEnvelope } from './read-envelope.ts';
import { readKey } from './read-key.ts';

export interface Ignored {
  /** As sent, at most 128 characters: for a log line at debug level, never a metric's label. */
  readonly type: string;
}

export type ParsedEvents =
  | { readonly ok: true; readonly hints: readonly Hint[]; readonly ignored: readonly Ignored[] }
  | Malformed;

const PREFIX = 'microsoft.keyvault.';

/**
 * From a message body to hints. Never throws. A body of which any part is malformed yields no hint at all: the sweep repairs
 * whatever that loses, and nobody has to reason about half a message.
 */
export async function parseEvents(body: unknown): Promise<ParsedEvents> {
  const read = readBody(body);
  if (!read.ok) return read;
  const deserializer = new EventGridDeserializer();
  const hints = new Map<string, Hint>();
  const ignored: Ignored[] = [];
  for (const event of read.events) {
    const envelope = await readEnvelope(event, deserializer);
    if (!envelope.ok) return envelope;
    const type = hintTypeOf(envelope.type);
    if (type === undefined) {
      ignored.push({ type: envelope.type.slice(0, 128) });
      continue;
    }
    const key = readKey(envelope.data);
    if (!key.ok) return key;
    const { vaultUri, name } = key;
    hints.set(`${vaultUri} ${name} ${type}`, { vaultUri, name, type });
  }
  return { ok: true, hints: [...hints.values()], ignored };
}

function hintTypeOf(type: string): HintType | undefined {
  const folded = type.trim().toLowerCase();
  return HINT_TYPES.find((known) => folded === `${PREFIX}${known.toLowerCase()}`);
}
