import { describe, expect, it } from '@jest/globals';
import { verifySignature } from '../../../../core/cosign/verify-signature.ts';
import { signBytes, signerOf } from '../../../support/signing.ts';

const MESSAGE = Buffer.from('what was signed');

describe('the hash that a key is said to use', () => {
  it.each(['RSA-3072', 'RSA-4096', 'P-384', 'P-521'] as const)(
    'decides alone, for %s: auto takes the one of its size, sha256 takes SHA-256, and never both (A118)',
    (algorithm) => {
      const signer = signerOf(algorithm);
      const { publicKey } = signer;
      const check = (hash: 'auto' | 'sha256' | undefined, signature: Uint8Array) =>
        verifySignature(
          { publicKey, algorithm, ...(hash === undefined ? {} : { hash }) },
          MESSAGE,
          signature,
        );
      const bySize = signBytes(signer, MESSAGE);
      const bySha256 = signBytes(signer, MESSAGE, { hash: 'sha256' });
      expect(
        [undefined, 'auto' as const, 'sha256' as const].map((hash) => check(hash, bySize)),
      ).toEqual(['valid', 'valid', 'invalid']);
      expect(
        [undefined, 'auto' as const, 'sha256' as const].map((hash) => check(hash, bySha256)),
      ).toEqual(['invalid', 'invalid', 'valid']);
    },
  );
});
