import { describe, expect, it } from '@jest/globals';
import type { SoundCandidate } from '../../../../core/verdict/evidence.ts';
import { packCandidate } from '../../../../webhook/evidence/packed-candidate.ts';
import { bundle, legacy } from '../../../support/signatures.ts';

function sound(candidate: ReturnType<typeof legacy>): SoundCandidate {
  if (candidate.kind !== 'sound') throw new Error(candidate.detail);
  return candidate;
}

/** Every property read, as plain bytes and values. */
function readAll(candidate: SoundCandidate) {
  const { kind, store, format, manifestDigest, blobDigest, hint, claims } = candidate;
  const { digest, reference, annotations } = claims;
  return {
    kind,
    store,
    format,
    manifestDigest,
    blobDigest,
    hint,
    signedBytes: Buffer.from(candidate.signedBytes).toString('hex'),
    signature: Buffer.from(candidate.signature).toString('hex'),
    claims: { digest, reference, annotations: [...annotations] },
  };
}

describe('a packed candidate', () => {
  it.each([
    ['a legacy signature', sound(legacy())],
    ['a bundle', sound(bundle())],
  ])('of %s says all that the candidate says', (_, candidate) => {
    expect(readAll(packCandidate(candidate))).toEqual(readAll(candidate));
  });

  it('is refused a digest that it could not give back', () => {
    const candidate = sound(legacy());
    for (const blobDigest of ['sha256:12', `sha512:${'a'.repeat(64)}`, ''])
      expect(() => packCandidate({ ...candidate, blobDigest })).toThrow(TypeError);
  });

  it('keeps no part of the response that it was read from', () => {
    const candidate = sound(legacy());
    const response = Buffer.concat([candidate.signature, candidate.signedBytes]);
    const cut = candidate.signature.length;
    const [signature, signedBytes] = [response.subarray(0, cut), response.subarray(cut)];
    const packed = packCandidate({ ...candidate, signature, signedBytes });
    response.fill(0);
    expect(readAll(packed)).toEqual(readAll(candidate));
  });

  it('gives bytes that nobody can change for the next verdict', () => {
    const candidate = sound(legacy());
    const packed = packCandidate(candidate);
    packed.signedBytes.fill(0);
    packed.signature.fill(0);
    expect(readAll(packed)).toEqual(readAll(candidate));
  });
});
