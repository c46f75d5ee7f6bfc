import { createSecretKey } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { TrustedKey } from '../../../../core/keys/trust-view.ts';
import type { SoundCandidate } from '../../../../core/verdict/evidence.ts';
import { createVerificationMemo } from '../../../../webhook/evidence/verification-memo.ts';
import { legacy } from '../../../support/signatures.ts';
import { signerOf } from '../../../support/signing.ts';
import { trustIn, versionOf } from '../../../support/trust.ts';

const [GOOD, BAD, RSA] = [
  signerOf(),
  signerOf('P-256', 'second'),
  signerOf('RSA-2048', 'memo'),
].map((signer): TrustedKey => {
  const key = trustIn([versionOf(signer)]).keySets.get('keyward-system/prod')?.keys[0];
  if (key === undefined) throw new Error('no key');
  return key;
}) as [TrustedKey, TrustedKey, TrustedKey];

function candidateOf(): SoundCandidate {
  const candidate = legacy();
  if (candidate.kind !== 'sound') throw new Error(candidate.detail);
  return candidate;
}

function createSetup() {
  const trials: string[] = [];
  const memo = createVerificationMemo((result) => trials.push(result));
  return { memo, trials };
}

describe('a verification', () => {
  it('is by the key that made the signature and by no other', async () => {
    const { memo, trials } = createSetup();
    const candidate = candidateOf();
    const outcomes = [];
    for (const key of [GOOD, BAD, RSA]) outcomes.push(await memo.attempt(candidate, key));
    expect(outcomes).toEqual([true, false, false]);
    expect(trials).toEqual(['valid', 'invalid', 'invalid']);
  });

  it('of what is no signature at all fails like any other', async () => {
    const { memo, trials } = createSetup();
    const candidate = { ...candidateOf(), signature: Uint8Array.of(1, 2, 3) };
    for (const key of [GOOD, RSA]) expect(await memo.attempt(candidate, key)).toBe(false);
    for (const key of [GOOD, RSA]) expect(memo.recall(candidate, key)).toBe(false);
    expect(trials).toEqual(['encoding', 'encoding']);
  });

  it('is not known before it was made: neither good nor bad', async () => {
    const { memo } = createSetup();
    const candidate = candidateOf();
    await memo.attempt(candidate, GOOD);
    expect(memo.recall(candidate, GOOD)).toBe(true);
    expect(memo.recall(candidate, BAD)).toBeUndefined();
    expect(memo.recall(candidateOf(), GOOD)).toBeUndefined();
  });

  it('is made once however many ask at once', async () => {
    const { memo, trials } = createSetup();
    const candidate = candidateOf();
    const asked = Array.from({ length: 5 }, () => memo.attempt(candidate, GOOD));
    expect(await Promise.all(asked)).toEqual([true, true, true, true, true]);
    expect(trials).toEqual(['valid']);
  });

  it('is made anew for another candidate, equal as it may be', async () => {
    const { memo, trials } = createSetup();
    await memo.attempt(candidateOf(), GOOD);
    await memo.attempt(candidateOf(), GOOD);
    expect(trials).toHaveLength(2);
  });

  it('of one candidate says nothing of another', async () => {
    const { memo } = createSetup();
    const candidate = candidateOf();
    expect(await memo.attempt(candidate, GOOD)).toBe(true);
    const forged = { ...candidate, signedBytes: Buffer.from('something else') };
    expect(await memo.attempt(forged, GOOD)).toBe(false);
  });

  it('is remembered for the key itself: the same key in another key set needs no trial', async () => {
    const { memo } = createSetup();
    const candidate = candidateOf();
    await memo.attempt(candidate, GOOD);
    expect(memo.recall(candidate, { ...GOOD, keySet: 'team/copy', name: 'other' })).toBe(true);
  });

  it('under another hash is another question', async () => {
    const { memo } = createSetup();
    const candidate = candidateOf();
    await memo.attempt(candidate, GOOD);
    expect(memo.recall(candidate, { ...GOOD, hash: 'sha256' })).toBeUndefined();
    expect(memo.recall(candidate, { ...GOOD, hash: 'auto' })).toBe(true);
  });

  it('works on the bytes without changing them (K-02)', async () => {
    const { memo } = createSetup();
    const candidate = candidateOf();
    const before = [candidate.signature, candidate.signedBytes].map((bytes) => Buffer.from(bytes));
    for (const key of [RSA, BAD, GOOD]) await memo.attempt(candidate, key);
    expect([candidate.signature, candidate.signedBytes].map((bytes) => Buffer.from(bytes))).toEqual(
      before,
    );
  });

  it.each([
    ['of no key at all', {} as never],
    ['of a secret key', createSecretKey(Buffer.alloc(32))],
  ])('with an odd key, %s, is invalid and no fault (A105)', async (_, publicKey) => {
    const { memo } = createSetup();
    expect(await memo.attempt(candidateOf(), { ...GOOD, publicKey })).toBe(false);
  });
});
