import { describe, expect, it } from '@jest/globals';
import { createHash, generateKeyPairSync } from 'node:crypto';
import { isSignatureEncoding, verifySignature } from '../../../../core/cosign/verify-signature.ts';
import { integer, sequenceOf } from '../../../support/der.ts';
import { HASH_OF, signBytes, signerOf, signRaw } from '../../../support/signing.ts';

const CURVES = ['P-256', 'P-384', 'P-521'] as const;
const ORDERS = {
  'P-256': 'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551',
  'P-384': `${'ff'.repeat(24)}c7634d81f4372ddf581a0db248b0a77aecec196accc52973`,
  'P-521': `01ff${'ff'.repeat(31)}fa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409`,
} as const;

const message = Buffer.from('the signed bytes');
const orderOf = (curve: keyof typeof ORDERS) => Buffer.from(ORDERS[curve], 'hex');

/** r and s of a real signature of the message. */
function halvesOf(curve: keyof typeof ORDERS) {
  const raw = signRaw(signerOf(curve), message);
  return { r: raw.subarray(0, raw.length / 2), s: raw.subarray(raw.length / 2) };
}

const check = (curve: keyof typeof ORDERS, signature: Uint8Array) =>
  verifySignature(signerOf(curve), message, signature);

function subtract(left: Buffer, right: Buffer): Buffer {
  const difference = BigInt(`0x${left.toString('hex')}`) - BigInt(`0x${right.toString('hex')}`);
  return Buffer.from(difference.toString(16).padStart(left.length * 2, '0'), 'hex');
}

describe.each(CURVES)('an ECDSA signature by a key on %s', (curve) => {
  it('is valid in DER, with the hash that goes with the curve (P1)', () => {
    expect(check(curve, signBytes(signerOf(curve), message))).toBe('valid');
  });

  it('is invalid for any other bytes (A58)', () => {
    const signature = signBytes(signerOf(curve), message);
    for (const bytes of ['the signed byte', 'the signed bytes ', 'The signed bytes', '']) {
      expect(verifySignature(signerOf(curve), Buffer.from(bytes), signature)).toBe('invalid');
    }
  });

  it('is invalid under another key of the curve', () => {
    expect(check(curve, signBytes(signerOf(curve, 'other'), message))).toBe('invalid');
  });

  it.each(
    (['sha1', 'sha256', 'sha384', 'sha512'] as const).filter((hash) => hash !== HASH_OF[curve]),
  )('is invalid with %s in place of its hash', (hash) => {
    expect(check(curve, signBytes(signerOf(curve), message, { hash }))).toBe('invalid');
  });

  it('is valid with n - s in place of s: low s is never asked for (A110)', () => {
    const { r, s } = halvesOf(curve);
    const flipped = sequenceOf(integer(r), integer(subtract(orderOf(curve), s)));
    expect(check(curve, sequenceOf(integer(r), integer(s)))).toBe('valid');
    expect(check(curve, flipped)).toBe('valid');
  });

  it.each([
    ['r = 0', 'r', Buffer.from([0]), 'encoding'],
    ['s = 0', 's', Buffer.from([0]), 'encoding'],
    ['r = n', 'r', integer(orderOf(curve)), 'invalid'],
    ['s = n', 's', integer(orderOf(curve)), 'invalid'],
    ['a negative r', 'r', Buffer.from([0x80, 1]), 'encoding'],
    ['a negative s', 's', Buffer.from([0xff]), 'encoding'],
    ['an r longer than the order', 'r', Buffer.alloc(orderOf(curve).length + 1, 1), 'encoding'],
    ['an s longer than the order', 's', Buffer.alloc(orderOf(curve).length + 1, 1), 'encoding'],
  ])('with %s is no signature (A107)', (_, name, content, result) => {
    const { r, s } = halvesOf(curve);
    const parts = { r: integer(r), s: integer(s), [name]: content };
    expect(check(curve, sequenceOf(parts.r, parts.s))).toBe(result);
  });

  it('is not read as raw r and s side by side (A109)', () => {
    expect(check(curve, signRaw(signerOf(curve), message))).toBe('encoding');
  });

  it.each([
    ['a byte after it', (der: Buffer) => Buffer.concat([der, Buffer.from([0])])],
    ['nothing of it', () => Buffer.alloc(0)],
    ['its first byte missing', (der: Buffer) => der.subarray(1)],
    ['its last byte missing', (der: Buffer) => der.subarray(0, -1)],
  ])('with %s is not in DER (A108)', (_, spoil) => {
    expect(check(curve, spoil(signBytes(signerOf(curve), message)))).toBe('encoding');
  });

  it('with needless zero bytes before r or s is not in DER (A108)', () => {
    const { r, s } = halvesOf(curve);
    const padded = (half: Uint8Array) => Buffer.concat([Buffer.from([0, 0]), half]);
    expect(check(curve, sequenceOf(padded(r), integer(s)))).toBe('encoding');
    expect(check(curve, sequenceOf(integer(r), padded(s)))).toBe('encoding');
  });

  it('with a third integer is not in DER (A108)', () => {
    const { r, s } = halvesOf(curve);
    expect(check(curve, sequenceOf(integer(r), integer(s), Buffer.from([1])))).toBe('encoding');
  });

  it('is not the wrapped form of an RSA signature (A117)', () => {
    expect(check(curve, signBytes(signerOf('RSA-2048'), message))).toBe('encoding');
  });

  it('is invalid over the digest, its hex text or its start (A123)', () => {
    const digest = createHash(HASH_OF[curve]).update(message).digest();
    for (const bytes of [digest, Buffer.from(digest.toString('hex')), digest.subarray(0, 16)]) {
      expect(check(curve, signBytes(signerOf(curve), bytes))).toBe('invalid');
    }
  });
});

it('of one curve is invalid under a key of another (B-47)', () => {
  const signature = signBytes(signerOf('P-256'), message);
  expect(verifySignature(signerOf('P-384'), message, signature)).toBe('invalid');
  expect(verifySignature(signerOf('P-256'), message, signBytes(signerOf('P-384'), message))).toBe(
    'encoding',
  );
});

it('is invalid where OpenSSL throws at the key, which proves nothing (A105)', () => {
  const { publicKey } = generateKeyPairSync('x25519');
  const signature = signBytes(signerOf('P-256'), message);
  expect(verifySignature({ publicKey, algorithm: 'P-256' }, message, signature)).toBe('invalid');
});

it('is checked without changing what is given (K-02)', () => {
  const signature = new Uint8Array(signBytes(signerOf('P-256'), message));
  const [bytesBefore, signatureBefore] = [Buffer.from(message), Uint8Array.from(signature)];
  for (const algorithm of ['RSA-2048', 'P-256', 'P-521'] as const) {
    verifySignature(signerOf(algorithm), message, signature);
  }
  expect(signature).toEqual(signatureBefore);
  expect(message).toEqual(bytesBefore);
});

it('is told by its form alone, at no cost: DER of two numbers that fit the curve', () => {
  const signature = signBytes(signerOf('P-384'), message);
  expect(isSignatureEncoding('P-384', signature)).toBe(true);
  expect(isSignatureEncoding('P-521', signature)).toBe(true);
  expect(isSignatureEncoding('P-256', signature)).toBe(false);
  expect(isSignatureEncoding('P-384', sequenceOf(Buffer.from([1]), Buffer.from([1])))).toBe(true);
  expect(isSignatureEncoding('P-384', signRaw(signerOf('P-384'), message))).toBe(false);
});
