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
  it('is by the key that made the signature and by no other', () => {
    const { memo, trials } = createSetup();
    const verifies = memo.withBudget(10);
    const candidate = candidateOf();
    expect([GOOD, BAD, RSA].map((key) => verifies(candidate, key))).toEqual([true, false, false]);
    expect(trials).toEqual(['valid', 'invalid', 'invalid']);
  });

  it('of what is no signature at all fails like any other', () => {
    const { memo, trials } = createSetup();
    const candidate = { ...candidateOf(), signature: Uint8Array.of(1, 2, 3) };
    for (const key of [GOOD, RSA]) {
      expect(memo.withBudget(1)(candidate, key)).toBe(false);
      expect(memo.withBudget(0)(candidate, key)).toBe(false);
    }
    expect(trials).toEqual(['encoding', 'encoding']);
  });

  it('is made once for a candidate and a key, whatever its outcome', () => {
    const { memo, trials } = createSetup();
    const candidate = candidateOf();
    for (let review = 0; review < 3; review += 1)
      expect([GOOD, BAD].map((key) => memo.withBudget(10)(candidate, key))).toEqual([true, false]);
    expect(trials).toHaveLength(2);
  });

  it('is made anew for another candidate, equal as it may be', () => {
    const { memo, trials } = createSetup();
    const verifies = memo.withBudget(10);
    verifies(candidateOf(), GOOD);
    verifies(candidateOf(), GOOD);
    expect(trials).toHaveLength(2);
  });

  it('of one candidate says nothing of another', () => {
    const { memo } = createSetup();
    const verifies = memo.withBudget(10);
    const candidate = candidateOf();
    expect(verifies(candidate, GOOD)).toBe(true);
    const forged = { ...candidate, signedBytes: Buffer.from('something else') };
    expect(verifies(forged, GOOD)).toBe(false);
  });

  it('is remembered for the key itself: the same key in another key set needs no trial', () => {
    const { memo, trials } = createSetup();
    const verifies = memo.withBudget(10);
    const candidate = candidateOf();
    verifies(candidate, GOOD);
    expect(verifies(candidate, { ...GOOD, keySet: 'team/copy', name: 'other' })).toBe(true);
    expect(trials).toHaveLength(1);
  });

  it('works on the bytes without changing them (K-02)', () => {
    const { memo } = createSetup();
    const candidate = candidateOf();
    const before = [candidate.signature, candidate.signedBytes].map((bytes) => Buffer.from(bytes));
    const verifies = memo.withBudget(10);
    for (const key of [RSA, BAD, GOOD]) verifies(candidate, key);
    expect([candidate.signature, candidate.signedBytes].map((bytes) => Buffer.from(bytes))).toEqual(
      before,
    );
  });
});

describe('the budget of trials', () => {
  it('leaves what lies beyond it unknown: neither verified nor not', () => {
    const { memo, trials } = createSetup();
    const verifies = memo.withBudget(1);
    const candidate = candidateOf();
    expect(verifies(candidate, BAD)).toBe(false);
    expect(verifies(candidate, GOOD)).toBe('unknown');
    expect(trials).toHaveLength(1);
  });

  it('is not spent on what is remembered', () => {
    const { memo } = createSetup();
    const candidate = candidateOf();
    memo.withBudget(2)(candidate, BAD);
    const verifies = memo.withBudget(1);
    expect(verifies(candidate, BAD)).toBe(false);
    expect(verifies(candidate, GOOD)).toBe(true);
  });

  it('lets the next question go on where this one ended', () => {
    const { memo } = createSetup();
    const candidate = candidateOf();
    const outcomes = Array.from({ length: 3 }, () => {
      const verifies = memo.withBudget(1);
      return [RSA, BAD, GOOD].map((key) => verifies(candidate, key));
    });
    expect(outcomes).toEqual([
      [false, 'unknown', 'unknown'],
      [false, false, 'unknown'],
      [false, false, true],
    ]);
  });

  it('of nothing is no verification at all', () => {
    const { memo, trials } = createSetup();
    for (const limit of [0, -1])
      expect(memo.withBudget(limit)(candidateOf(), GOOD)).toBe('unknown');
    expect(trials).toEqual([]);
  });
});
