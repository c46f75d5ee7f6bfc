import { describe, expect, it } from '@jest/globals';
import type { Candidate, SoundCandidate } from '../../../../core/verdict/evidence.ts';
import { measureEvidence } from '../../../../webhook/evidence/evidence-size.ts';
import { legacy } from '../../../support/signatures.ts';
import { evidenceOf, unread } from '../../../support/trust.ts';

function soundOf(overrides: Partial<SoundCandidate> = {}): SoundCandidate {
  const candidate = legacy();
  if (candidate.kind !== 'sound') throw new Error(candidate.detail);
  return { ...candidate, ...overrides };
}

/** What a candidate adds to the size of empty evidence. */
function added(candidate: Candidate): number {
  return measureEvidence(evidenceOf([candidate])) - measureEvidence(evidenceOf([]));
}

const LONG = 'x'.repeat(100_000);

describe('the size of evidence', () => {
  it('of nothing is not nothing: 100,000 unsigned images take memory too', () => {
    expect(measureEvidence(evidenceOf([]))).toBeGreaterThan(500);
  });

  it('of an image with one legacy signature lets 100,000 of them fit in 300 MiB', () => {
    expect(measureEvidence(evidenceOf([soundOf()])) * 100_000).toBeLessThan(300 * 2 ** 20);
  });

  it.each<[string, Candidate]>([
    ['signed bytes', soundOf({ signedBytes: Buffer.alloc(100_000) })],
    ['a signature', soundOf({ signature: Buffer.alloc(100_000) })],
    ['the reason of a failure', unread({ detail: LONG })],
    [
      'the reason of a rejection',
      {
        kind: 'rejected',
        store: 'referrers',
        manifestDigest: '',
        code: 'MEDIA_TYPE',
        detail: LONG,
      },
    ],
  ])('counts %s, which somebody who may push can choose', (_, candidate) => {
    expect(added(candidate)).toBeGreaterThan(100_000);
  });

  it('counts every candidate', () => {
    const candidate = soundOf();
    expect(measureEvidence(evidenceOf([candidate, candidate]))).toBe(
      measureEvidence(evidenceOf([])) + 2 * added(candidate),
    );
  });
});
