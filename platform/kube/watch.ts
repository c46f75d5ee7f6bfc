import { KubeError } from './kube-error.ts';
import type { KubeObject, WatchEvent } from './kube.ts';

/** One object is at most 1.5 MiB in etcd; managed fields and encoding make it longer. */
const LINE_LIMIT_BYTES = 16 * 1024 * 1024;

/**
 * Reads a watch response: one JSON event a line. Unlike client-node's reader it never passes over what it cannot read: a lost
 * event could be a lost revocation, so rubbish, an ERROR event or a cut line rejects and the caller lists again.
 */
export async function* readWatchEvents(
  body: AsyncIterable<Uint8Array>,
): AsyncGenerator<WatchEvent> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let rest = '';
  for await (const chunk of body) {
    const lines = (rest + decode(decoder, chunk)).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > LINE_LIMIT_BYTES)
      throw new KubeError('BAD_RESPONSE', 'a watch event is too long');
    for (const line of lines) if (line.trim() !== '') yield parseWatchEvent(line);
  }
  if (rest.trim() !== '') throw new KubeError('BAD_RESPONSE', 'the watch ended inside an event');
}

function decode(decoder: InstanceType<typeof TextDecoder>, chunk: Uint8Array): string {
  try {
    return decoder.decode(chunk, { stream: true });
  } catch (error) {
    throw new KubeError('BAD_RESPONSE', 'a watch event is not UTF-8', { cause: error });
  }
}

function parseWatchEvent(line: string): WatchEvent {
  const { type, object } = parseLine(line);
  if (type === 'ERROR') throw errorOf(object);
  if (type !== 'BOOKMARK') return { type, object: requireObject(object) };
  const resourceVersion = versionOf(object);
  if (resourceVersion === undefined)
    throw new KubeError('BAD_RESPONSE', 'a bookmark holds no resourceVersion');
  return { type, resourceVersion };
}

function requireObject(object: KubeObject | undefined): KubeObject {
  if (typeof object?.metadata?.name === 'string' && versionOf(object) !== undefined) return object;
  throw new KubeError('BAD_RESPONSE', 'a watch event holds no object');
}

function errorOf(object: KubeObject | undefined): KubeError {
  const code = object?.['code'];
  const message = object?.['message'];
  return new KubeError(
    code === 410 ? 'GONE' : 'BAD_RESPONSE',
    typeof message === 'string' ? message : 'the watch failed',
  );
}

const TYPES = ['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR'] as const;

function parseLine(line: string): {
  type: (typeof TYPES)[number];
  object: KubeObject | undefined;
} {
  try {
    const { type: word, object } = JSON.parse(line) as { type?: unknown; object?: unknown };
    const type = TYPES.find((each) => each === word);
    if (type === undefined) throw new KubeError('BAD_RESPONSE', 'a watch event has no known type');
    return {
      type,
      object: typeof object === 'object' && object !== null ? (object as KubeObject) : undefined,
    };
  } catch (error) {
    if (error instanceof KubeError) throw error;
    throw new KubeError('BAD_RESPONSE', 'a watch event is not JSON', { cause: error });
  }
}

function versionOf(object: KubeObject | undefined): string | undefined {
  const version = object?.metadata?.resourceVersion;
  return typeof version === 'string' && version !== '' ? version : undefined;
}
