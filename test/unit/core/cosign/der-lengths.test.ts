/** Lengths in DER: one form for each, and no other. */
import { expect, it } from '@jest/globals';
import { parseIntegerPair } from '../../../../core/cosign/der.ts';

const integer = Buffer.concat([Buffer.from([2, 98]), Buffer.alloc(98, 1)]);
/** A pair of 200 bytes, behind the bytes that say how long it is. */
const pair = (...length: readonly number[]) =>
  parseIntegerPair(Buffer.concat([Buffer.from([0x30, ...length]), integer, integer]));

it('a pair of 200 bytes has its length in one byte behind 81', () => {
  expect(pair(0x81, 200)).toEqual([integer.subarray(2), integer.subarray(2)]);
});

it.each([
  ['no form', [200]],
  ['the indefinite form', [0x80, 200]],
  ['the indefinite form alone', [0x80]],
  ['two bytes', [0x82, 0, 200]],
  ['two bytes behind 83', [0x83, 200]],
  ['two bytes behind 84', [0x84, 200]],
  ['three bytes', [0x83, 0, 0, 200]],
  ['four bytes', [0x84, 0, 0, 0, 200]],
  ['a byte more than there is', [0x81, 201]],
  ['a byte less than there is', [0x81, 199]],
])('not in %s', (_, length) => {
  expect(pair(...length)).toBeUndefined();
});

const long = Buffer.concat([Buffer.from([2, 0x81, 200]), Buffer.alloc(200, 1)]);
const longPair = (...length: readonly number[]) =>
  parseIntegerPair(Buffer.concat([Buffer.from([0x30, ...length]), long, long]));

it('a pair of 406 bytes has its length in two bytes behind 82, and not behind another', () => {
  expect(longPair(0x82, 1, 150)).toHaveLength(2);
  for (const first of [0x80, 0x81, 0x83, 0x84, 0x92, 0xff])
    expect(longPair(first, 1, 150)).toBeUndefined();
});

it.each([[[]], [[0x30]], [[0x30, 0x81]], [[0x30, 0x82]], [[0x30, 0x82, 1]], [[0x30, 3, 2, 1, 1]]])(
  'what ends too early is refused: %p',
  (bytes) => {
    expect(parseIntegerPair(Uint8Array.from(bytes))).toBeUndefined();
  },
);
