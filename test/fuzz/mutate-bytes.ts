import { Buffer } from 'node:buffer';
import type { Random } from './random.ts';

/** What breaks parsers: signs of JSON, of base64, of DER and of PEM, numbers at limits, and bytes that are no text. */
const TOKENS: readonly Buffer[] = [
  ['{', '}', '[', ']', '"', ':', ',', '\\', '\\u0000', '\\ud800', '\\u0061', 'null', 'true'],
  ['"__proto__":{},', '"constructor":1,', '"a":1,"a":2,', '{"":', '[[[[[[[[', '9'.repeat(400)],
  ['-1', '1e400', '0x10', '-0', '1.5', '9007199254740993', ' ', '\n', '\t', '=', '==', '*', '_'],
  ['sha256:', 'sha512:', '@', '/', '//', '..', ':443', 'azurekms://', 'docker.io/', 'LATEST'],
  ['-----BEGIN PUBLIC KEY-----\n', '-----END PUBLIC KEY-----\n', 'PRIVATE KEY', ';a=b'],
  ['rel="next"', '<https://x/>', '\u{1F600}', '\u202e', '\u2028', 'ſ', 'K', 'İ'],
]
  .flat()
  .map((text) => Buffer.from(text, 'utf8'))
  .concat([
    Buffer.from([0xef, 0xbb, 0xbf]),
    Buffer.from([0xff]),
    Buffer.from([0xc0, 0x80]),
    Buffer.from([0xed, 0xa0, 0x80]),
    Buffer.from([0]),
    Buffer.from([0x30, 0x80]),
    Buffer.from([0x30, 0x84, 0xff, 0xff, 0xff, 0xff]),
    Buffer.from([0x1f, 0x8b]),
  ]);

type Edit = (bytes: Buffer, random: Random, other: Buffer) => Buffer;

const splice = (bytes: Buffer, at: number, length: number, insertion: Uint8Array): Buffer =>
  Buffer.concat([bytes.subarray(0, at), insertion, bytes.subarray(at + length)]);

const EDITS: readonly Edit[] = [
  (bytes, random) => {
    const changed = Buffer.from(bytes);
    const at = random.below(changed.length);
    changed[at] = (changed[at] ?? 0) ^ (1 << random.below(8));
    return changed;
  },
  (bytes, random) => splice(bytes, random.below(bytes.length), 1, Buffer.from([random.below(256)])),
  (bytes, random) => splice(bytes, random.below(bytes.length + 1), 0, random.pick(TOKENS)),
  (bytes, random) => {
    const token = random.pick(TOKENS);
    return splice(bytes, random.below(bytes.length), token.length, token);
  },
  // Something cut out, something twice, something from elsewhere.
  (bytes, random) =>
    splice(bytes, random.below(bytes.length), 1 + random.below(32), Buffer.alloc(0)),
  (bytes, random) => {
    const at = random.below(bytes.length);
    return splice(bytes, at, 0, bytes.subarray(at, at + 1 + random.below(64)));
  },
  (bytes, random, other) => {
    const from = random.below(other.length + 1);
    const piece = other.subarray(from, from + 1 + random.below(128));
    return splice(bytes, random.below(bytes.length + 1), random.below(64), piece);
  },
  (bytes, random) => bytes.subarray(0, random.below(bytes.length + 1)),
  (bytes, random) => bytes.subarray(random.below(bytes.length + 1)),
];

/** One to eight edits of `bytes`; `other` lends pieces. */
export function mutateBytes(bytes: Buffer, random: Random, other: Buffer): Buffer {
  let mutated = bytes;
  for (let edits = 1 + random.below(8); edits > 0; edits -= 1) {
    mutated = mutated.length === 0 ? Buffer.from(random.pick(TOKENS)) : mutated;
    mutated = random.pick(EDITS)(mutated, random, other);
  }
  return mutated;
}
