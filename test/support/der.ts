import { Buffer } from 'node:buffer';

/** Hand-made DER, right or wrong as the caller wants it. */
export function element(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  return Buffer.concat([Buffer.from([tag]), shortestLength(content.length), content]);
}

/** A SEQUENCE of INTEGERs with exactly these content bytes. */
export function sequenceOf(...integers: readonly Uint8Array[]): Buffer {
  return element(0x30, ...integers.map((content) => element(0x02, content)));
}

/** A number as the content of an INTEGER: minimal, with a sign byte where it needs one. */
export function integer(magnitude: Uint8Array): Buffer {
  const first = magnitude.findIndex((byte) => byte !== 0);
  const minimal = first < 0 ? Buffer.from([0]) : Buffer.from(magnitude.subarray(first));
  return (minimal[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), minimal]) : minimal;
}

function shortestLength(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  return length < 0x100
    ? Buffer.from([0x81, length])
    : Buffer.from([0x82, length >> 8, length & 0xff]);
}
