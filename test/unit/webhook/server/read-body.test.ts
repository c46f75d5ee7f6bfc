import { PassThrough } from 'node:stream';
import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { BODY_LIMIT, readBody } from '../../../../webhook/server/read-body.ts';

const CHUNK = Buffer.alloc(1024 * 1024, 'a');

function incoming(headers: Record<string, string> = {}) {
  const stream = new PassThrough();
  const body = readBody(Object.assign(stream, { headers }) as unknown as IncomingMessage);
  return { stream, body };
}

async function read(chunks: readonly (Buffer | string)[], headers?: Record<string, string>) {
  const { stream, body } = incoming(headers);
  for (const chunk of chunks) stream.write(chunk);
  stream.end();
  return body;
}

describe('a body', () => {
  it('is its text, in however many pieces it comes', async () => {
    expect(await read(['{"a":', '1}'])).toBe('{"a":1}');
    expect(await read([])).toBe('');
  });

  it('may be cut inside a character', async () => {
    const bytes = Buffer.from('"é€😀"');
    const pieces = [...bytes].map((byte) => Buffer.of(byte));
    expect(await read(pieces)).toBe('"é€😀"');
  });

  it.each([
    ['a byte that is none', Buffer.of(0x7b, 0xff, 0x7d)],
    ['a character cut off at the end', Buffer.from('"€').subarray(0, 3)],
    ['an overlong slash', Buffer.of(0xc0, 0xaf)],
    ['half a surrogate pair', Buffer.of(0xed, 0xa0, 0x80)],
    ['UTF-16', Buffer.from('{}', 'utf16le').swap16().subarray(0, 3).fill(0xfe, 0, 1)],
  ])('that is not UTF-8 is refused, never repaired: %s', async (_, bytes) => {
    expect(await read([bytes])).toEqual({ fault: 'not-utf8' });
    expect(await read(['{}'])).toBe('{}');
  });
});

describe('a body without end', () => {
  it('of exactly seven MiB is taken', async () => {
    expect(BODY_LIMIT).toBe(7 * 1024 * 1024);
    const body = await read(Array.from({ length: 7 }, () => CHUNK));
    expect(body).toHaveLength(BODY_LIMIT);
    const length = { 'content-length': String(BODY_LIMIT) };
    expect(await read(['x'], length)).toBe('x');
  });

  it('is refused by its declared length, before a byte is read', async () => {
    const { stream, body } = incoming({ 'content-length': String(BODY_LIMIT + 1) });
    expect(await body).toEqual({ fault: 'too-large' });
    expect(stream.listenerCount('data')).toBe(0);
  });

  it.each([{}, { 'content-length': '5' }, { 'content-length': 'many' }])(
    'is refused when it comes, whatever was declared: %j',
    async (headers) => {
      const { stream, body } = incoming(headers);
      for (let count = 0; count < 7; count += 1) stream.write(CHUNK);
      stream.write('x');
      // It has not ended: the answer does not wait for that.
      expect(await body).toEqual({ fault: 'too-large' });
    },
  );
});

describe('a client that goes away', () => {
  it('leaves a body cut off', async () => {
    const { stream, body } = incoming();
    stream.write('{"half":');
    stream.destroy();
    expect(await body).toEqual({ fault: 'cut-off' });
  });

  it('with an error leaves it cut off too', async () => {
    const { stream, body } = incoming();
    stream.destroy(new Error('ECONNRESET'));
    expect(await body).toEqual({ fault: 'cut-off' });
  });
});
