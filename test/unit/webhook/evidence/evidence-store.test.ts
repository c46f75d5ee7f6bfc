import { expect, it } from '@jest/globals';
import type { Evidence } from '../../../../core/verdict/evidence.ts';
import { createEvidenceStore } from '../../../../webhook/evidence/evidence-store.ts';
import { DIGEST, HEX, legacy, REPOSITORY } from '../../../support/signatures.ts';
import { NOW, unread } from '../../../support/trust.ts';

const places = [`${REPOSITORY}:sha256-${HEX}.sig`, `referrers of ${REPOSITORY}@${DIGEST}`];

function storeOf(lookedAt: readonly string[]) {
  const store = createEvidenceStore({
    maxBytes: 2 ** 20,
    longestAgeMs: 3_600_000,
    onSize: () => undefined,
  });
  const evidence: Evidence = {
    repository: REPOSITORY,
    digest: DIGEST,
    candidates: [legacy(), unread()],
    lookedAt,
    fetchedAt: NOW,
  };
  return { store, evidence };
}

it.each([
  ['two places', places],
  ['a place without the digest', ['somewhere']],
  ['no place', []],
])('what is stored says all that the evidence said, and where was looked: %s', (_, lookedAt) => {
  const { store, evidence } = storeOf(lookedAt);
  store.set('key', evidence);
  const { repository, digest, candidates, fetchedAt, lookedAt: kept } = store.find('key', NOW)!;
  expect({ repository, digest, candidates, fetchedAt, lookedAt: kept }).toEqual(evidence);
});

it('what is stored under one key is found as one object, and under no other key', () => {
  const { store, evidence } = storeOf(places);
  const stored = store.set('key', evidence);
  expect(store.find('key', NOW)).toBe(stored);
  expect(store.find('other', NOW)).toBeUndefined();
});
