import { asLong, asTimestamp, dataSection, decodeMessage, encodeMessage } from './amqp.ts';
import type { AmqpMessage } from './amqp.ts';
import type { StoredMessage } from './queue.ts';

/** Message format of a batch: the outer message's data sections are complete messages (azure.md 7.3). */
export const BATCH_FORMAT = 0x80013700;

/** A lock token in RFC 4122 order (management requests) ↔ in .NET GUID order (delivery tags): its own inverse. */
export function swapGuidOrder(bytes: Buffer): Buffer {
  const swapped = Buffer.from(bytes);
  swapped.subarray(0, 4).reverse();
  swapped.subarray(4, 6).reverse();
  swapped.subarray(6, 8).reverse();
  return swapped;
}

/** What a client may not decide: its own delivery count and the broker's annotations are dropped. */
export function admitMessage(message: AmqpMessage): AmqpMessage {
  const { delivery_count: _count, message_annotations: annotations, ...rest } = message;
  const kept = Object.entries(annotations ?? {}).filter(([name]) => !BROKER_ANNOTATIONS.has(name));
  return { ...rest, message_annotations: Object.fromEntries(kept) };
}

const BROKER_ANNOTATIONS = new Set([
  'x-opt-sequence-number',
  'x-opt-enqueued-time',
  'x-opt-enqueue-sequence-number',
  'x-opt-locked-until',
  'x-opt-deadletter-source',
]);

/** The messages of one transfer: one, or those of a batch. */
export function decodeTransfer(message: AmqpMessage | Buffer, format: number): AmqpMessage[] {
  const outer = Buffer.isBuffer(message) ? decodeMessage(message) : { ...message };
  if (format !== BATCH_FORMAT) return [admitMessage(outer)];
  const content = (outer.body as { content: Buffer | Buffer[] }).content;
  const sections = Array.isArray(content) ? content : [content];
  return sections.map((section) => admitMessage(decodeMessage(section)));
}

/** The message as a client receives it. */
export function presentMessage(
  stored: StoredMessage,
  about: { readonly lockedUntil?: number; readonly deadLetterSource?: string },
): AmqpMessage {
  return {
    ...stored.message,
    delivery_count: stored.deliveryCount,
    message_annotations: {
      ...stored.message.message_annotations,
      'x-opt-sequence-number': asLong(stored.sequenceNumber),
      'x-opt-enqueued-time': asTimestamp(stored.enqueuedAt),
      'x-opt-enqueue-sequence-number': asLong(0),
      ...(about.lockedUntil === undefined
        ? {}
        : { 'x-opt-locked-until': asTimestamp(about.lockedUntil) }),
      ...(about.deadLetterSource === undefined
        ? {}
        : { 'x-opt-deadletter-source': about.deadLetterSource }),
    },
  };
}

/** A message as bytes, for `peek-message`. */
export function encodeStored(stored: StoredMessage): Buffer {
  return encodeMessage(presentMessage(stored, {}));
}

export function withApplicationProperties(
  message: AmqpMessage,
  properties: Readonly<Record<string, unknown>>,
): AmqpMessage {
  if (Object.keys(properties).length === 0) return message;
  return {
    ...message,
    application_properties: { ...message.application_properties, ...properties },
  };
}

export interface PlainMessage {
  readonly messageId?: string;
  readonly contentType?: string;
  readonly applicationProperties?: Readonly<Record<string, string | number | boolean>>;
}

/** A message as a sender that is no AMQP client (Event Grid) would leave it: its body in one data section. */
export function composeMessage(body: unknown, options: PlainMessage): AmqpMessage {
  const bytes = Buffer.isBuffer(body)
    ? body
    : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body), 'utf8');
  return {
    body: dataSection(bytes),
    ...(options.messageId === undefined ? {} : { message_id: options.messageId }),
    ...(options.contentType === undefined ? {} : { content_type: options.contentType }),
    ...(options.applicationProperties === undefined
      ? {}
      : { application_properties: options.applicationProperties }),
  };
}

/** The body as text, for a person or a test that looks into a queue. */
export function bodyText(message: AmqpMessage): string {
  const { body } = message;
  const content =
    typeof body === 'object' && body !== null && 'content' in body ? body.content : body;
  if (Buffer.isBuffer(content)) return content.toString('utf8');
  return typeof content === 'string' ? content : JSON.stringify(content);
}
