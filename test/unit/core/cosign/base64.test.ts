import { describe, expect, it } from '@jest/globals';
import { decodeBase64 } from '../../../../core/cosign/base64.ts';

describe('standard base64', () => {
  it.each([
    ['', []],
    ['AA==', [0]],
    ['AAE=', [0, 1]],
    ['AAEC', [0, 1, 2]],
    ['+/+/', [0xfb, 0xff, 0xbf]],
    ['/w==', [0xff]],
  ])('%j is decoded', (text, bytes) => {
    expect(decodeBase64(text)).toEqual(Uint8Array.from(bytes));
  });

  it.each([
    ['URL-safe letters', '-_-_'],
    ['no padding', 'AA'],
    ['half its padding', 'AA='],
    ['too much padding', 'AAA=='],
    ['padding alone', '===='],
    ['a single letter', 'A==='],
    ['text after its padding', 'AA==AA=='],
    ['text after one padding sign', 'AAE=AAEC'],
    ['a blank inside', 'AA AA'],
    ['a blank at the end', 'AAEC '],
    ['a line break inside', 'AAEC\nAAEC'],
    ['a line break at the end', 'AAEC\n'],
    ['a carriage return', 'AAEC\r\nAAEC'],
    ['junk inside', 'AA*C'],
    ['junk that fills a group', 'AAEC****'],
    ['a letter outside ASCII', 'AAEÄ'],
    ['non-zero trailing bits of one byte', 'AB=='],
    ['non-zero trailing bits of two bytes', 'AAF='],
    ['a NUL', 'AAE\0'],
  ])('with %s is refused (A96)', (_, text) => {
    expect(decodeBase64(text)).toBeUndefined();
  });

  it('is decoded at the size of the largest bundle', () => {
    const bytes = new Uint8Array(1024 * 1024).fill(0xa5);
    const text = Buffer.from(bytes).toString('base64');
    expect(decodeBase64(text)?.byteLength).toBe(bytes.byteLength);
    expect(decodeBase64(`${text}!`)).toBeUndefined();
  });
});
