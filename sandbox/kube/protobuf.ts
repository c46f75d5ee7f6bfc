/**
 * `kubectl create namespace|configmap|secret|serviceaccount` sends Kubernetes protobuf whatever the server prefers. This decodes
 * those four kinds (k8s.io/api/core/v1/generated.proto); any other kind or field is answered 415 rather than half understood.
 */
import { unsupportedMediaType } from './status-errors.ts';

export const PROTOBUF_TYPE = 'application/vnd.kubernetes.protobuf';

/** `bytes` becomes base64 text, as in the JSON form; `skip` is read and dropped (empty spec and status, creationTimestamp). */
type FieldType = 'string' | 'bool' | 'strings' | 'textMap' | 'bytesMap' | 'skip' | Message;
interface Message {
  readonly [tag: number]: readonly [name: string, type: FieldType];
}

const OBJECT_META: Message = {
  1: ['name', 'string'],
  2: ['generateName', 'string'],
  3: ['namespace', 'string'],
  4: ['selfLink', 'skip'],
  5: ['uid', 'string'],
  6: ['resourceVersion', 'string'],
  7: ['generation', 'skip'],
  8: ['creationTimestamp', 'skip'],
  11: ['labels', 'textMap'],
  12: ['annotations', 'textMap'],
  14: ['finalizers', 'strings'],
};

const KINDS: Readonly<Record<string, Message>> = {
  Namespace: { 1: ['metadata', OBJECT_META], 2: ['spec', 'skip'], 3: ['status', 'skip'] },
  ServiceAccount: { 1: ['metadata', OBJECT_META] },
  ConfigMap: {
    1: ['metadata', OBJECT_META],
    2: ['data', 'textMap'],
    3: ['binaryData', 'bytesMap'],
    4: ['immutable', 'bool'],
  },
  Secret: {
    1: ['metadata', OBJECT_META],
    2: ['data', 'bytesMap'],
    3: ['type', 'string'],
    4: ['stringData', 'textMap'],
    5: ['immutable', 'bool'],
  },
};

/** k8s.io/apimachinery/pkg/runtime.Unknown, the envelope. */
const ENVELOPE: Message = {
  1: ['typeMeta', { 1: ['apiVersion', 'string'], 2: ['kind', 'string'] }],
  2: ['raw', 'string'],
  3: ['contentEncoding', 'skip'],
  4: ['contentType', 'skip'],
};
const MAGIC = Buffer.from('k8s\0', 'latin1');

function refuse(): never {
  throw unsupportedMediaType(['application/json', 'application/yaml']);
}

interface Field {
  readonly tag: number;
  readonly bytes: Buffer;
  readonly number: number;
}

function readVarint(bytes: Buffer, start: number): { value: number; end: number } {
  let value = 0;
  for (let index = 0; index < 8; index += 1) {
    const byte = bytes[start + index] ?? refuse();
    value += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return { value, end: start + index + 1 };
  }
  return refuse();
}

/** Varints and length-delimited fields: the only wire types these kinds use. */
function readFields(bytes: Buffer): Field[] {
  const fields: Field[] = [];
  let at = 0;
  while (at < bytes.length) {
    const key = readVarint(bytes, at);
    const content = readVarint(bytes, key.end);
    const tag = Math.floor(key.value / 8);
    const wireType = key.value % 8;
    if (wireType !== 0 && wireType !== 2) refuse();
    const end = wireType === 2 ? content.end + content.value : content.end;
    if (end > bytes.length) refuse();
    fields.push({ tag, bytes: bytes.subarray(content.end, end), number: content.value });
    at = end;
  }
  return fields;
}

function readEntry(bytes: Buffer, encoding: 'utf8' | 'base64'): Record<string, string> {
  const fields = readFields(bytes);
  const part = (tag: number): Buffer => fields.find((one) => one.tag === tag)?.bytes ?? Buffer.of();
  return { [part(1).toString('utf8')]: part(2).toString(encoding) };
}

function readValue(type: FieldType, field: Field, before: unknown): unknown {
  if (type === 'skip') return undefined;
  if (type === 'bool') return field.number === 1;
  if (type === 'string') return field.bytes.toString('utf8');
  if (type === 'strings') {
    return [...(Array.isArray(before) ? before : []), field.bytes.toString('utf8')];
  }
  if (type === 'textMap') return { ...(before as object), ...readEntry(field.bytes, 'utf8') };
  if (type === 'bytesMap') return { ...(before as object), ...readEntry(field.bytes, 'base64') };
  return readMessage(field.bytes, type);
}

function readMessage(bytes: Buffer, message: Message): Record<string, unknown> {
  const read: Record<string, unknown> = {};
  for (const field of readFields(bytes)) {
    const [name, type] = message[field.tag] ?? refuse();
    const value = readValue(type, field, read[name]);
    // Go writes empty strings out; they mean "not given".
    if (value !== undefined && value !== '') read[name] = value;
  }
  return read;
}

/** @throws StatusError 415 for what is not one of the four kinds */
export function decodeProtobuf(bytes: Buffer): unknown {
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) refuse();
  const envelope = bytes.subarray(MAGIC.length);
  const { typeMeta } = readMessage(envelope, ENVELOPE) as { typeMeta?: Record<string, string> };
  const raw = readFields(envelope).find((field) => field.tag === 2)?.bytes;
  const message = KINDS[typeMeta?.['kind'] ?? ''];
  if (message === undefined || raw === undefined || typeMeta?.['apiVersion'] !== 'v1') refuse();
  return { ...typeMeta, ...readMessage(raw, message) };
}
