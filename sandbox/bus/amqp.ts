import rhea from 'rhea';
import type { Connection, Delivery, Receiver, Sender } from 'rhea';

/**
 * The one place that knows rhea's untyped corners: constructors missing from its typings, and the `local.attach` frame that a
 * peer must fill before its own attach goes out.
 */
export interface AmqpMessage {
  readonly message_id?: string | number | Buffer;
  readonly correlation_id?: string | number | Buffer;
  readonly content_type?: string;
  readonly subject?: string;
  readonly to?: string;
  readonly reply_to?: string;
  readonly body?: unknown;
  readonly delivery_count?: number;
  readonly application_properties?: Readonly<Record<string, unknown>>;
  readonly message_annotations?: Readonly<Record<string, unknown>>;
}

export interface Disposition {
  readonly condition: string;
  readonly description: string;
}

interface Composite {
  described(): unknown;
}
interface MessageCodec {
  encode(message: AmqpMessage): Buffer;
  decode(bytes: Buffer): AmqpMessage;
  data_section(data: Buffer): unknown;
  accepted(): Composite;
  modified(fields: Readonly<Record<string, unknown>>): Composite;
  rejected(fields: Readonly<Record<string, unknown>>): Composite;
}
const codec = rhea.message as unknown as MessageCodec;

// rhea takes a boolean in its one-octet encoding (0x56, AMQP 1.0 part 1 section 1.6.2) for a number. Microsoft's Python SDK writes
// that one: a property `true` would come out as 1, and a deferral would be taken for an abandonment.
const { by_code: types } = rhea.types as unknown as { by_code: Record<number, object> };
Object.assign(types[0x56] ?? {}, {
  read: (buffer: Buffer, offset: number) => buffer.readUInt8(offset) === 1,
});

export const encodeMessage = (message: AmqpMessage): Buffer => codec.encode(message);
export const decodeMessage = (bytes: Buffer): AmqpMessage => ({ ...codec.decode(bytes) });
export const dataSection = (data: Buffer): unknown => codec.data_section(data);

export const asInt = (value: number): unknown => rhea.types.wrap_int(value);
export const asLong = (value: number): unknown => rhea.types.wrap_long(value);
export const asTimestamp = (milliseconds: number): unknown =>
  rhea.types.wrap_timestamp(milliseconds);
export const asSymbol = (text: string): unknown => rhea.types.wrap_symbol(text);
export const asUuid = (bytes: Buffer): unknown => rhea.types.wrap_uuid(bytes);
/** An AMQP array of timestamps (one constructor, then the values): a list would not be understood. */
export const asTimestamps = (values: readonly number[]): unknown =>
  rhea.types.wrap_array([...values], 0x83, undefined);

/** Settles a delivery that the client left unsettled, with the state that it expects back. */
export function settleAccepted(delivery: Delivery): void {
  delivery.update(true, codec.accepted().described());
}
export function settleModified(delivery: Delivery): void {
  delivery.update(true, codec.modified({}).described());
}
/** With an error: could not be done. Without: done, a dead-lettering confirmed by its own outcome. */
export function settleRejected(delivery: Delivery, error?: Disposition): void {
  delivery.update(true, codec.rejected(error === undefined ? {} : { error }).described());
}

/** Repeats the settle modes that the client asked for (azure.md 7.4); only before our attach has been written. */
export function repeatSettleModes(sender: Sender): void {
  const { local } = sender as unknown as { local: { attach: Record<string, unknown> } };
  local.attach['snd_settle_mode'] = sender.snd_settle_mode;
  local.attach['rcv_settle_mode'] = sender.rcv_settle_mode;
}

/** Credit that the client has granted and that was not yet used by a transfer already written. */
export function creditOf(sender: Sender): number {
  return (sender as unknown as { credit: number }).credit;
}

/** rhea keeps heartbeat timers until it sees the end of the stream; a destroyed socket never tells it. */
export function forgetSocket(connection: Connection): void {
  const { socket } = connection as unknown as {
    socket?: { emit(name: string): boolean; destroy(): void };
  };
  socket?.emit('end');
  socket?.destroy();
}
export function endSocket(connection: Connection): void {
  (connection as unknown as { socket?: { end(): void } }).socket?.end();
}

/** `amqp://host:port/queue/$management` or `queue/$management` → `queue/$management`. */
export function addressOf(terminus: { readonly address?: string } | null | undefined): string {
  const address = terminus?.address ?? '';
  return address.replace(/^[a-z]+:\/\/[^/]*\//iu, '').replace(/\?.*$/u, '');
}

/** The reply link of a request: by the target address it named, or by its name (what core-amqp does for `$cbs`). */
export function findReplyLink(
  request: Receiver,
  from: string,
  replyTo?: string,
): Sender | undefined {
  const found = request.session.find_sender((link: Sender) => {
    if (addressOf(link.source).toLowerCase() !== from.toLowerCase()) return false;
    return replyTo === undefined || link.name === replyTo || link.target?.address === replyTo;
  });
  return found;
}
