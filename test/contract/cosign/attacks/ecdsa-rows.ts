/** ECDSA: DER, numbers, what is signed. */
import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { element, integer, sequenceOf } from '../../../support/der.ts';
import { signBytes, signRaw } from '../../../support/signing.ts';
import type { AttackRow } from './row.ts';
import { p256, rsa, signature, zero } from './signature-row.ts';

const N = BigInt('0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551');

/** r and s, 32 bytes each. */
const halvesOf = (bytes: Buffer): readonly [Buffer, Buffer] => {
  const raw = signRaw(p256, bytes);
  return [raw.subarray(0, 32), raw.subarray(32)];
};

const toBytes = (value: bigint): Buffer => Buffer.from(value.toString(16).padStart(64, '0'), 'hex');

const toNumber = (bytes: Buffer): bigint => BigInt(`0x${bytes.toString('hex')}`);

/** DER by hand from r and s. */
const der = (
  what: string,
  ids: string,
  code: string,
  build: (r: Buffer, s: Buffer) => Buffer,
): AttackRow =>
  signature(what, { ids, keyward: `deny ${code}` }, (bytes) => build(...halvesOf(bytes)));

export const ECDSA_ROWS: readonly AttackRow[] = [
  signature('ECDSA: n - s in place of s', { ids: 'A110', keyward: 'allow' }, (bytes) => {
    const [r, s] = halvesOf(bytes);
    return sequenceOf(integer(r), integer(toBytes(N - toNumber(s))));
  }),
  signature(
    'ECDSA: r and s side by side (IEEE P1363)',
    {
      ids: 'A109',
      keyward: 'deny SIGNATURE_ENCODING',
      cosign: 'accepts',
      why: 'cosign tries P1363 when the bytes are no ASN.1; it writes DER only',
    },
    (bytes) => signRaw(p256, bytes),
  ),
  der('ECDSA: r = 0', 'A107', 'SIGNATURE_ENCODING', (_, s) => sequenceOf(zero, integer(s))),
  der('ECDSA: s = 0', 'A107', 'SIGNATURE_ENCODING', (r) => sequenceOf(integer(r), zero)),
  der('ECDSA: r = s = 0', 'A107', 'SIGNATURE_ENCODING', () => sequenceOf(zero, zero)),
  der('ECDSA: s = n', 'A107', 'SIGNATURE_INVALID', (r) =>
    sequenceOf(integer(r), integer(toBytes(N))),
  ),
  der('ECDSA: a negative r', 'A107', 'SIGNATURE_ENCODING', (r, s) =>
    sequenceOf(Buffer.concat([Buffer.from([0xff]), r.subarray(1)]), integer(s)),
  ),
  der('ECDSA: a byte after the SEQUENCE', 'A108', 'SIGNATURE_ENCODING', (r, s) =>
    Buffer.concat([sequenceOf(integer(r), integer(s)), zero]),
  ),
  der('ECDSA: a byte inside, after s', 'A108', 'SIGNATURE_ENCODING', (r, s) =>
    element(0x30, element(2, integer(r)), element(2, integer(s)), zero),
  ),
  der('ECDSA: a third INTEGER', 'A108', 'SIGNATURE_ENCODING', (r, s) =>
    sequenceOf(integer(r), integer(s), Buffer.from([1])),
  ),
  der('ECDSA: a needless zero byte before r', 'A108', 'SIGNATURE_ENCODING', (r, s) =>
    sequenceOf(Buffer.concat([zero, zero, integer(r)]), integer(s)),
  ),
  der('ECDSA: a length in the long form', 'A108', 'SIGNATURE_ENCODING', (r, s) => {
    const short = sequenceOf(integer(r), integer(s));
    return Buffer.concat([Buffer.from([0x30, 0x81]), short.subarray(1)]);
  }),
  der('ECDSA: an indefinite length', 'A108', 'SIGNATURE_ENCODING', (r, s) => {
    const body = sequenceOf(integer(r), integer(s)).subarray(2);
    return Buffer.concat([Buffer.from([0x30, 0x80]), body, zero, zero]);
  }),
  der('ECDSA: a SET in place of the SEQUENCE', 'A108', 'SIGNATURE_ENCODING', (r, s) =>
    element(0x31, element(2, integer(r)), element(2, integer(s))),
  ),
  signature('P-256 over SHA-384', { ids: 'A119', keyward: 'deny SIGNATURE_INVALID' }, (bytes) =>
    signBytes(p256, bytes, { hash: 'sha384' }),
  ),
  signature(
    'P-256 over the digest of the digest',
    { ids: 'A123', keyward: 'deny SIGNATURE_INVALID' },
    (bytes) => signBytes(p256, createHash('sha256').update(bytes).digest()),
  ),
  signature(
    'P-256 over the digest in hex',
    { ids: 'A123', keyward: 'deny SIGNATURE_INVALID' },
    (bytes) => signBytes(p256, Buffer.from(createHash('sha256').update(bytes).digest('hex'))),
  ),
  signature(
    'the wrapped halves of an RSA key under a P-256 key',
    { ids: 'A117', keyward: 'deny SIGNATURE_ENCODING' },
    (bytes) => signBytes(rsa, bytes),
  ),
];
