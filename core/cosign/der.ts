const SEQUENCE = 0x30;
const INTEGER = 0x02;

/**
 * Strict DER of one SEQUENCE of exactly two INTEGERs, both non-negative and minimally encoded, lengths in their shortest form,
 * nothing trailing: the only ASN.1 that signatures need. Returns the magnitudes without sign byte, or undefined.
 */
export function parseIntegerPair(der: Uint8Array): readonly [Uint8Array, Uint8Array] | undefined {
  const outer = readElement(der, SEQUENCE);
  if (outer === undefined || outer.rest.byteLength > 0) return undefined;
  const first = readElement(outer.content, INTEGER);
  if (first === undefined) return undefined;
  const second = readElement(first.rest, INTEGER);
  if (second === undefined || second.rest.byteLength > 0) return undefined;
  const a = magnitude(first.content);
  const b = magnitude(second.content);
  return a === undefined || b === undefined ? undefined : [a, b];
}

function readElement(
  bytes: Uint8Array,
  tag: number,
): { content: Uint8Array; rest: Uint8Array } | undefined {
  const length = readLength(bytes);
  if (bytes[0] !== tag || length === undefined) return undefined;
  const end = length.offset + length.value;
  if (end > bytes.byteLength) return undefined;
  return { content: bytes.subarray(length.offset, end), rest: bytes.subarray(end) };
}

/**
 * Definite lengths up to two bytes (65,535): no signature of a supported key is longer. A byte that is missing reads as one that is
 * refused, or makes the element longer than what there is.
 */
function readLength(bytes: Uint8Array): { value: number; offset: number } | undefined {
  const [, first = 0x80, second = 0, third = 0] = bytes;
  if (first < 0x80) return { value: first, offset: 2 };
  if (first === 0x81 && second >= 0x80) return { value: second, offset: 3 };
  if (first === 0x82 && second > 0) return { value: second * 256 + third, offset: 4 };
  return undefined;
}

function magnitude(content: Uint8Array): Uint8Array | undefined {
  const [first, second] = content;
  if (first === undefined || first >= 0x80) return undefined;
  if (first !== 0) return content;
  if (second === undefined) return new Uint8Array();
  return second >= 0x80 ? content.subarray(1) : undefined;
}
