import { describe, expect, it } from '@jest/globals';
import { KubeError } from '../../../../platform/kube/kube-error.ts';
import type { WatchEvent } from '../../../../platform/kube/kube.ts';
import { readWatchEvents } from '../../../../platform/kube/watch.ts';

const object = { kind: 'KeySet', metadata: { name: 'prüfung', resourceVersion: '5' } };
const line = (type: string, content: unknown = object) =>
  `${JSON.stringify({ type, object: content })}\n`;

async function* chunksOf(chunks: readonly (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield await Promise.resolve(Buffer.from(chunk));
}

async function read(...chunks: (string | Uint8Array)[]) {
  const events: WatchEvent[] = [];
  try {
    for await (const event of readWatchEvents(chunksOf(chunks))) events.push(event);
  } catch (error) {
    if (!(error instanceof KubeError)) throw error;
    return { events, code: error.code, message: error.message };
  }
  return { events };
}

describe('a watch', () => {
  it.each(['ADDED', 'MODIFIED', 'DELETED'])('tells what was %s', async (type) => {
    expect(await read(line(type))).toEqual({ events: [{ type, object }] });
  });

  it('tells how far a bookmark goes', async () => {
    const bookmark = { kind: 'KeySet', metadata: { resourceVersion: '77' } };
    expect(await read(line('BOOKMARK', bookmark))).toEqual({
      events: [{ type: 'BOOKMARK', resourceVersion: '77' }],
    });
  });

  it('is read however its bytes are cut, letters included', async () => {
    const bytes = Buffer.from(line('ADDED') + line('MODIFIED') + line('DELETED'));
    const single = Array.from(bytes, (byte) => Uint8Array.of(byte));
    const { events } = await read(...single);
    expect(events).toEqual(['ADDED', 'MODIFIED', 'DELETED'].map((type) => ({ type, object })));
    expect(await read(bytes)).toEqual({ events });
  });

  it('passes over empty lines and ends of lines of another system', async () => {
    const text = `\n${line('ADDED').replace('\n', '\r\n')}\n  \n`;
    expect(await read(text)).toEqual({ events: [{ type: 'ADDED', object }] });
  });

  it('that ends between events has ended well, also when nothing came', async () => {
    expect(await read()).toEqual({ events: [] });
    expect(await read('\n')).toEqual({ events: [] });
  });

  it.each<[string, string | Uint8Array]>([
    ['a cut event', line('MODIFIED').slice(0, 40)],
    ['a complete event without its end of line', line('MODIFIED').trim()],
    ['what is not JSON', '<html>\n'],
    ['JSON that is no object', '5\n'],
    ['null', 'null\n'],
    ['an event without a type', '{"object":{}}\n'],
    ['an unknown type', line('RENAMED')],
    ['an event without an object', '{"type":"ADDED"}\n'],
    ['an object that is null', line('ADDED', null)],
    ['an object without metadata', line('ADDED', {})],
    ['an object without a name', line('DELETED', { metadata: { resourceVersion: '5' } })],
    ['an object without a version', line('MODIFIED', { metadata: { name: 'x' } })],
    ['a version that is a number', line('ADDED', { metadata: { name: 'x', resourceVersion: 5 } })],
    ['a bookmark without a version', line('BOOKMARK', { metadata: {} })],
    ['a bookmark with an empty version', line('BOOKMARK', { metadata: { resourceVersion: '' } })],
    ['bytes that are not UTF-8', Uint8Array.of(0x7b, 0xff, 0x0a)],
  ])('stops at %s, and what came before counts', async (_what, rubbish) => {
    const outcome = await read(line('ADDED'), rubbish);
    expect(outcome).toMatchObject({ code: 'BAD_RESPONSE', events: [{ type: 'ADDED', object }] });
  });

  it.each([
    [410, 'GONE'],
    [500, 'BAD_RESPONSE'],
    [undefined, 'BAD_RESPONSE'],
    ['410', 'BAD_RESPONSE'],
  ])('stops at an ERROR event of code %j with %s', async (status, code) => {
    const failure = { kind: 'Status', code: status, message: 'too old resource version' };
    expect(await read(line('ADDED'), line('ERROR', failure), line('MODIFIED'))).toMatchObject({
      code,
      message: 'too old resource version',
      events: [{ type: 'ADDED' }],
    });
  });

  it('stops at an ERROR event that says nothing', async () => {
    expect(await read('{"type":"ERROR"}\n')).toMatchObject({
      code: 'BAD_RESPONSE',
      message: 'the watch failed',
    });
  });

  it('stops at an event without end before memory does', async () => {
    const megabyte = 'x'.repeat(1024 * 1024);
    const outcome = await read('{"', ...Array.from({ length: 17 }, () => megabyte));
    expect(outcome).toMatchObject({ code: 'BAD_RESPONSE', message: 'a watch event is too long' });
  });
});
