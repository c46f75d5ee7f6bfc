import { describe, expect, it } from '@jest/globals';
import { constants, createHash, privateEncrypt, sign } from 'node:crypto';
import { isSignatureEncoding, verifySignature } from '../../../../core/cosign/verify-signature.ts';
import { wrapHalves } from '../../../../sandbox/signer/signature-encoding.ts';
import { element, integer, sequenceOf } from '../../../support/der.ts';
import {
  HASH_OF,
  searchSignature,
  signBytes,
  signerOf,
  signRaw,
} from '../../../support/signing.ts';

const SIZES = ['RSA-2048', 'RSA-3072', 'RSA-4096'] as const;
type Size = (typeof SIZES)[number];

const message = Buffer.from('the signed bytes');
const check = (size: Size, signature: Uint8Array) =>
  verifySignature(signerOf(size), message, signature);
const half = (raw: Buffer, index: 0 | 1) =>
  raw.subarray((index * raw.length) / 2, ((index + 1) * raw.length) / 2);
const zeros = (count: number) => Buffer.alloc(count);

describe.each(SIZES)('an %s signature', (size) => {
  const raw = signRaw(signerOf(size), message);
  const [left, right] = [half(raw, 0), half(raw, 1)];

  it('is valid as it is, and in the halves that cosign wraps it in (P2)', () => {
    expect(check(size, raw)).toBe('valid');
    expect(check(size, wrapHalves(raw))).toBe('valid');
  });

  it('is invalid for any other bytes, in both forms (A58)', () => {
    const other = Buffer.from('the signed byteſ');
    expect(verifySignature(signerOf(size), other, raw)).toBe('invalid');
    expect(verifySignature(signerOf(size), other, wrapHalves(raw))).toBe('invalid');
  });

  it('is invalid under another key of the size, in both forms', () => {
    const other = signRaw(signerOf(size, 'other'), message);
    expect(check(size, other)).toBe('invalid');
    expect(check(size, wrapHalves(other))).toBe('invalid');
  });

  it.each(
    (['sha1', 'sha256', 'sha384', 'sha512'] as const).filter((hash) => hash !== HASH_OF[size]),
  )('is invalid with %s in place of its hash', (hash) => {
    expect(check(size, signRaw(signerOf(size), message, hash))).toBe('invalid');
  });

  it('is invalid with PSS padding (A112)', () => {
    const pss = sign(HASH_OF[size], message, {
      key: signerOf(size).privateKey,
      padding: constants.RSA_PKCS1_PSS_PADDING,
      saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
    });
    expect(check(size, pss)).toBe('invalid');
  });

  it.each([
    ['a byte too short', raw.subarray(1)],
    ['a byte too long', Buffer.concat([raw, zeros(1)])],
    ['led by a zero byte', Buffer.concat([zeros(1), raw])],
    ['empty', zeros(0)],
    ['half', left],
  ])('that is %s has no form of its own (A111)', (_, signature) => {
    expect(check(size, signature)).toBe('encoding');
  });

  it.each([
    [
      'its first half a byte too long',
      sequenceOf(Buffer.concat([Buffer.from([1]), left]), integer(right)),
    ],
    [
      'its second half a byte too long',
      sequenceOf(integer(left), Buffer.concat([Buffer.from([1]), right])),
    ],
    ['a third integer', sequenceOf(integer(left), integer(right), Buffer.from([1]))],
    ['one integer', sequenceOf(integer(raw))],
    [
      'a negative first half',
      sequenceOf(Buffer.concat([Buffer.from([0x80]), left.subarray(1)]), integer(right)),
    ],
    [
      'a negative second half',
      sequenceOf(integer(left), Buffer.concat([Buffer.from([0xff]), right.subarray(1)])),
    ],
    [
      'needless zero bytes',
      sequenceOf(Buffer.concat([zeros(2), left.subarray(2)]), integer(right)),
    ],
    ['bytes after it', Buffer.concat([wrapHalves(raw), zeros(1)])],
    [
      'bytes inside, after the halves',
      element(0x30, element(0x02, integer(left)), element(0x02, integer(right)), zeros(1)),
    ],
    [
      'octet strings in place of integers',
      element(0x30, element(0x04, left), element(0x04, right)),
    ],
    ['a second wrapping', sequenceOf(integer(wrapHalves(raw)), Buffer.from([1]))],
  ])('wrapped with %s is refused (A115)', (_, signature) => {
    expect(check(size, signature)).toBe('encoding');
  });

  it('wrapped with its halves swapped is invalid (A116)', () => {
    expect(check(size, sequenceOf(integer(right), integer(left)))).toBe('invalid');
  });

  it.each([
    ['zero', sequenceOf(zeros(1), zeros(1))],
    ['one', sequenceOf(zeros(1), Buffer.from([1]))],
    ['the DER of an EC signature (A117)', signBytes(signerOf('P-256'), message)],
  ])('that is %s is invalid', (_, signature) => {
    expect(check(size, signature)).toBe('invalid');
  });
});

describe('a wrapped RSA signature with leading zero bytes is valid (A114)', () => {
  it.each([
    ['in its first half', (raw: Buffer) => raw[0] === 0],
    ['in its second half', (raw: Buffer) => raw[128] === 0],
  ])('%s', (_, isWanted) => {
    const signer = signerOf('RSA-2048');
    const { bytes, raw } = searchSignature(signer, isWanted);
    const wrapped = wrapHalves(raw);
    expect(wrapped.length).toBeLessThan(268);
    expect(verifySignature(signer, bytes, wrapped)).toBe('valid');
    expect(verifySignature(signer, bytes, raw)).toBe('valid');
  });

  it('and is refused with the zero bytes on the wrong side: halves are padded on the left (K-04)', () => {
    const signer = signerOf('RSA-2048');
    const { bytes, raw } = searchSignature(signer, (candidate) => candidate[0] === 0);
    const shifted = Buffer.concat([raw.subarray(1, 128), zeros(1), half(raw, 1)]);
    expect(verifySignature(signer, bytes, shifted)).toBe('invalid');
    expect(verifySignature(signer, bytes, wrapHalves(raw))).toBe('valid');
  });
});

describe('RSA signatures of different sizes do not mix (A116)', () => {
  it.each([
    ['RSA-3072', 'RSA-2048', 'encoding'],
    ['RSA-4096', 'RSA-2048', 'encoding'],
    ['RSA-2048', 'RSA-3072', 'invalid'],
    ['RSA-2048', 'RSA-4096', 'invalid'],
  ] as const)('the wrapped form of %s under %s', (made, offered, result) => {
    expect(check(offered, signBytes(signerOf(made), message))).toBe(result);
  });

  it.each([
    ['RSA-3072', 'RSA-2048'],
    ['RSA-2048', 'RSA-3072'],
    ['RSA-2048', 'RSA-4096'],
  ] as const)('the raw form of %s under %s', (made, offered) => {
    expect(check(offered, signRaw(signerOf(made), message))).toBe('encoding');
  });
});

describe('what a PKCS#1 signature says is compared whole', () => {
  const signer = signerOf('RSA-2048');
  const digest = createHash('sha256').update(message).digest();
  const sha256 = Buffer.from('300d06096086480165030402010500', 'hex');
  const sha1 = Buffer.from('300906052b0e03021a0500', 'hex');
  const infoOf = (algorithm: Buffer, value: Uint8Array) =>
    element(0x30, algorithm, element(0x04, value));
  const encrypt = (content: Buffer) =>
    privateEncrypt({ key: signer.privateKey, padding: constants.RSA_PKCS1_PADDING }, content);

  it('the right DigestInfo made by hand is valid', () => {
    expect(check('RSA-2048', encrypt(infoOf(sha256, digest)))).toBe('valid');
  });

  it.each([
    ['the digest under another algorithm (A113)', infoOf(sha1, digest)],
    [
      'another digest under its own algorithm (A113)',
      infoOf(sha1, createHash('sha1').update(message).digest()),
    ],
    ['a truncated digest (A123)', infoOf(sha256, digest.subarray(0, 16))],
    ['the hex text of the digest (A123)', infoOf(sha256, Buffer.from(digest.toString('hex')))],
    [
      'the digest of the digest (A123)',
      infoOf(sha256, createHash('sha256').update(digest).digest()),
    ],
    ['the bare digest', digest],
    ['bytes after the DigestInfo', Buffer.concat([infoOf(sha256, digest), zeros(8)])],
  ])('%s is invalid', (_, content) => {
    expect(check('RSA-2048', encrypt(content))).toBe('invalid');
  });
});

it('is told by its form alone, at no cost: the length of the key, or two halves that fit', () => {
  const raw = signRaw(signerOf('RSA-2048'), message);
  expect(isSignatureEncoding('RSA-2048', raw)).toBe(true);
  expect(isSignatureEncoding('RSA-2048', wrapHalves(raw))).toBe(true);
  expect(isSignatureEncoding('RSA-3072', wrapHalves(raw))).toBe(true);
  expect(isSignatureEncoding('RSA-3072', raw)).toBe(false);
  expect(isSignatureEncoding('RSA-2048', raw.subarray(1))).toBe(false);
});
