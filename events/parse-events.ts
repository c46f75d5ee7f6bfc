import { EventGridDeserializer } from '@azure/eventgrid';
import { KEY_HINT_TYPES } from './hint.ts';
import type { Hint, KeyHintType, Malformed } from './hint.ts';
import { readBody } from './read-body.ts';
import { readEnvelope } from './read-envelope.ts';
import { readKey } from './read-key.ts';
import { readVaultName } from './read-vault.ts';

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
    const hint = readHint(envelope);
    if (hint === undefined) ignored.push({ type: envelope.type.slice(0, 128) });
    else if ('ok' in hint) return hint;
    else hints.set(Object.values(hint).join(' '), hint);
  }
  return { ok: true, hints: [...hints.values()], ignored };
}

/** Undefined: of no interest. */
function readHint({ type, data }: { type: string; data: unknown }): Hint | Malformed | undefined {
  const folded = type.trim().toLowerCase();
  if (folded === `${PREFIX}vaultaccesspolicychanged`) {
    const vaultName = readVaultName(data);
    return vaultName === undefined ? undefined : { type: 'VaultAccessPolicyChanged', vaultName };
  }
  const keyType = KEY_HINT_TYPES.find((known) => folded === `${PREFIX}${known.toLowerCase()}`);
  return keyType === undefined ? undefined : readKeyHint(keyType, data);
}

function readKeyHint(type: KeyHintType, data: unknown): Hint | Malformed {
  const key = readKey(data);
  return key.ok ? { type, vaultUri: key.vaultUri, name: key.name } : key;
}
