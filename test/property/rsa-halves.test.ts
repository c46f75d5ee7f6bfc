import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseIntegerPair } from '../../core/cosign/der.ts';
import { isSignatureEncoding, verifySignature } from '../../core/cosign/verify-signature.ts';
import { wrapHalves } from '../../sandbox/signer/signature-encoding.ts';
import { runs } from '../support/property.ts';
import { signerOf, signRaw } from '../support/signing.ts';

/** An RSA value of `bytes` bytes, whose halves often begin with zero bytes or with a set bit. */
const rsaValue = (bytes: number) =>
  fc.tuple(half(bytes / 2), half(bytes / 2)).map((halves) => Buffer.concat(halves));
const half = (bytes: number) =>
  fc
    .tuple(
      fc.constantFrom(0, 0, 1, 2, 16, bytes),
      fc.constantFrom(0x00, 0x01, 0x7f, 0x80, 0xff),
      fc.uint8Array({ minLength: bytes, maxLength: bytes }),
    )
    .map(([zeros, first, random]) =>
      Buffer.concat([Buffer.alloc(zeros), Buffer.from([first]), random]).subarray(0, bytes),
    );

it.each([
  ['RSA-2048', 256],
  ['RSA-3072', 384],
  ['RSA-4096', 512],
] as const)(
  'what cosign wraps comes out as it went in, padded on the left: %s',
  (algorithm, bytes) => {
    fc.assert(
      fc.property(rsaValue(bytes), (raw) => {
        const wrapped = wrapHalves(raw);
        const parts = parseIntegerPair(wrapped)?.map((part) =>
          Buffer.concat([Buffer.alloc(bytes / 2 - part.length), part]),
        );
        expect(Buffer.concat(parts ?? [])).toEqual(raw);
        expect(isSignatureEncoding(algorithm, wrapped)).toBe(true);
      }),
      runs(300),
    );
  },
);

it('every signature verifies wrapped and raw, and no other message does (A114)', () => {
  const signer = signerOf('RSA-2048');
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (message) => {
      const raw = signRaw(signer, message);
      expect(verifySignature(signer, message, raw)).toBe('valid');
      expect(verifySignature(signer, message, wrapHalves(raw))).toBe('valid');
      expect(
        verifySignature(signer, Buffer.concat([message, Buffer.from([0])]), wrapHalves(raw)),
      ).toBe('invalid');
    }),
    runs(600),
  );
});

it.each(['RSA-2048', 'P-256', 'P-384', 'P-521'] as const)(
  'no bytes that nobody signed verify, and none throw: %s',
  (algorithm) => {
    const signer = signerOf(algorithm);
    const message = Buffer.from('the signed bytes');
    const good = wrapHalves(signRaw(signer, message));
    const mangled = fc
      .tuple(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 }))
      .map(([at, difference]) => {
        const bytes = Buffer.from(good);
        bytes[at] = (bytes[at] ?? 0) ^ difference;
        return bytes;
      });
    const anything = fc.oneof(mangled, fc.uint8Array({ maxLength: 600 }), rsaValue(256));
    fc.assert(
      fc.property(anything, (signature) => {
        const result = verifySignature(signer, message, signature);
        expect(['invalid', 'encoding']).toContain(result);
        expect(isSignatureEncoding(algorithm, signature)).toBe(result !== 'encoding');
      }),
      runs(300),
    );
  },
);
