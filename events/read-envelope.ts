import { EventGridDeserializer } from '@azure/eventgrid';
import { malformed } from './hint.ts';
import type { Malformed } from './hint.ts';

export type Envelope =
  { readonly ok: true; readonly type: string; readonly data: unknown } | Malformed;

const CLOUD_FIELDS = ['id', 'source', 'specversion', 'type', 'subject', 'time', 'data'] as const;
const GRID_FIELDS = [
  'id',
  'topic',
  'subject',
  'eventType',
  'eventTime',
  'data',
  'dataVersion',
  'metadataVersion',
] as const;

/** Type and data of one event in either schema (azure.md 2.2, 2.3), as Microsoft's own deserialiser reads it. */
export async function readEnvelope(
  event: unknown,
  deserializer: EventGridDeserializer,
): Promise<Envelope> {
  if (typeof event !== 'object' || event === null || Array.isArray(event)) {
    return malformed('EVENT_ENVELOPE', 'an event is not a JSON object');
  }
  try {
    return Object.hasOwn(event, 'specversion')
      ? await readCloudEvent(event, deserializer)
      : await readGridEvent(event, deserializer);
  } catch {
    // The package throws plain errors that quote the event.
    const detail = 'an event is in neither the CloudEvents 1.0 nor the Event Grid schema';
    return malformed('EVENT_ENVELOPE', detail);
  }
}

async function readCloudEvent(event: object, deserializer: EventGridDeserializer) {
  const input = pickFields(event, CLOUD_FIELDS);
  const [read] = await deserializer.deserializeCloudEvents(input);
  if (read === undefined) throw new TypeError('no event');
  return { ok: true, type: read.type, data: read.data } as const;
}

async function readGridEvent(event: object, deserializer: EventGridDeserializer) {
  const input = pickFields(event, GRID_FIELDS);
  const [read] = await deserializer.deserializeEventGridEvents(input);
  if (read === undefined) throw new TypeError('no event');
  return { ok: true, type: read.eventType, data: read.data } as const;
}

/** Only the fields of the schema, own ones: what a forger adds (`__proto__`, thousands of extensions) goes no further. */
function pickFields(event: object, names: readonly string[]): Record<string, unknown> {
  const picked: Record<string, unknown> = {};
  for (const name of names) {
    if (Object.hasOwn(event, name)) picked[name] = (event as Record<string, unknown>)[name];
  }
  return picked;
}
