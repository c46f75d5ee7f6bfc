import { describe, expect, it } from '@jest/globals';
import type { Candidate, RejectedCandidate } from '../../../../core/verdict/evidence.ts';
import {
  holdsSame,
  isComplete,
  isEmptyHanded,
  mergeEvidence,
} from '../../../../webhook/evidence/merge-evidence.ts';
import { bundle, legacy } from '../../../support/signatures.ts';
import { signerOf } from '../../../support/signing.ts';
import { evidenceOf, NOW, unread } from '../../../support/trust.ts';

const TAGGED = legacy();
const TAGGED_TOO = legacy({ signer: signerOf('P-256', 'second') });
const LISTED = bundle();
const LISTED_TOO = bundle({ signer: signerOf('P-256', 'second') });
const FALLEN_BACK = bundle({ store: 'fallback-tag' });
const TAG_DOWN = unread({ store: 'signature-tag' });
const LIST_DOWN = unread({ store: 'referrers' });
const FALLBACK_DOWN = unread({ store: 'fallback-tag' });
const LIMIT: RejectedCandidate = {
  kind: 'rejected',
  store: 'referrers',
  manifestDigest: 'sha256:00',
  code: 'LIMIT_REFERRERS',
  detail: 'too many',
};

const EARLIER = NOW - 3_600_000;
const before = (...candidates: readonly Candidate[]) =>
  evidenceOf(candidates, { fetchedAt: EARLIER });
const now = (...candidates: readonly Candidate[]) => evidenceOf(candidates);

describe('what evidence is worth', () => {
  it.each<[string, readonly Candidate[], boolean, boolean]>([
    ['nothing found in both stores', [], true, false],
    ['a signature', [TAGGED], true, false],
    ['a rejected one', [LIMIT], true, false],
    ['a store that did not answer, and nothing in the other', [LIST_DOWN], false, true],
    ['no store that answered', [LIST_DOWN, TAG_DOWN], false, true],
    ['a signature and a store that did not answer', [TAGGED, LIST_DOWN], false, false],
    ['a rejected one and a store that did not answer', [LIMIT, TAG_DOWN], false, false],
  ])('%s', (_, candidates, complete, emptyHanded) => {
    expect(isComplete(now(...candidates))).toBe(complete);
    expect(isEmptyHanded(now(...candidates))).toBe(emptyHanded);
  });
});

describe('a fetch that read everything', () => {
  it.each<[string, readonly Candidate[]]>([
    ['a signature that is gone is gone', []],
    ['a new one is there', [TAGGED, LISTED]],
    ['a rejected one is there', [LIMIT]],
  ])('stands in the place of what was: %s', (_, candidates) => {
    for (const earlier of [undefined, before(TAGGED), before(TAGGED, LIST_DOWN)])
      expect(mergeEvidence(earlier, now(...candidates))).toEqual(now(...candidates));
  });
});

describe('the first fetch', () => {
  it('is taken as it is, with what it could not read', () => {
    expect(mergeEvidence(undefined, now(TAGGED, LIST_DOWN))).toEqual(now(TAGGED, LIST_DOWN));
  });
});

describe('a fetch that read one store', () => {
  it('keeps what the other held, at the age of the earlier', () => {
    expect(mergeEvidence(before(TAGGED, LISTED), now(TAG_DOWN, LISTED_TOO))).toEqual({
      ...now(LISTED_TOO, TAGGED),
      fetchedAt: EARLIER,
    });
    expect(mergeEvidence(before(TAGGED, LISTED), now(TAGGED_TOO, LIST_DOWN))).toEqual({
      ...now(TAGGED_TOO, LISTED),
      fetchedAt: EARLIER,
    });
  });

  it('is no fresher than the earlier one, also where that store was empty', () => {
    const merged = mergeEvidence(before(TAGGED), now(TAGGED_TOO, LIST_DOWN));
    expect(merged).toEqual({ ...now(TAGGED_TOO), fetchedAt: EARLIER });
    expect(isComplete(merged)).toBe(true);
  });

  it('takes the fallback tag for the same list as the referrers', () => {
    expect(mergeEvidence(before(TAGGED, LISTED), now(TAGGED, FALLBACK_DOWN)).candidates).toEqual([
      TAGGED,
      LISTED,
    ]);
    expect(mergeEvidence(before(TAGGED, FALLEN_BACK), now(TAGGED, LIST_DOWN)).candidates).toEqual([
      TAGGED,
      FALLEN_BACK,
    ]);
  });

  it('joins what it did read of a store with what was there before, each once', () => {
    const merged = mergeEvidence(before(LISTED), now(LISTED, LISTED_TOO, LIST_DOWN, TAGGED));
    expect(merged.candidates).toEqual([LISTED, LISTED_TOO, TAGGED]);
    expect(merged.fetchedAt).toBe(EARLIER);
  });

  it('does not lose that a limit was reached', () => {
    expect(mergeEvidence(before(LIMIT), now(TAGGED, LIST_DOWN)).candidates).toEqual([
      TAGGED,
      LIMIT,
    ]);
  });
});

describe('a store that was read neither now nor before', () => {
  it('stays unavailable: never "no signatures there"', () => {
    const merged = mergeEvidence(before(TAGGED, LIST_DOWN), now(TAGGED_TOO, LIST_DOWN));
    expect(merged.candidates).toEqual([TAGGED_TOO, LIST_DOWN]);
    expect(isComplete(merged)).toBe(false);
  });

  it('does not make old what was read whole now', () => {
    const merged = mergeEvidence(before(TAGGED, LIST_DOWN), now(TAGGED, LIST_DOWN));
    expect(merged.fetchedAt).toBe(NOW);
  });

  it('stays unavailable when the other store takes its turn to fail, and that one keeps its signature', () => {
    const merged = mergeEvidence(before(TAGGED, LIST_DOWN), now(LISTED, LIST_DOWN, TAG_DOWN));
    expect(merged).toEqual({ ...now(LISTED, TAGGED, LIST_DOWN), fetchedAt: EARLIER });
  });

  it('is whole once each store was read, the one then and the other now', () => {
    const merged = mergeEvidence(before(TAGGED, LIST_DOWN), now(LISTED, TAG_DOWN));
    expect(merged).toEqual({ ...now(LISTED, TAGGED), fetchedAt: EARLIER });
  });

  it('tells the newer reason', () => {
    const throttled = unread({ code: 'REGISTRY_THROTTLED' });
    const merged = mergeEvidence(before(TAGGED, LIST_DOWN), now(TAGGED, throttled));
    expect(merged.candidates).toEqual([TAGGED, throttled]);
  });
});

describe('a candidate that is found again', () => {
  it('is the same object, by which its verifications are remembered', () => {
    const [again] = mergeEvidence(before(TAGGED), now({ ...TAGGED })).candidates;
    expect(again).toBe(TAGGED);
  });

  it.each<[string, Partial<Candidate>]>([
    ['another signature', { signature: Uint8Array.of(1) }],
    ['another blob', { blobDigest: 'sha256:11' }],
    ['another manifest', { manifestDigest: 'sha256:11' }],
    ['another store', { store: 'referrers' }],
    ['another hint', { hint: 'sha256:11' }],
  ])('is another with %s', (_, difference) => {
    const other = { ...TAGGED, ...difference } as Candidate;
    const [kept] = mergeEvidence(before(TAGGED), now(other)).candidates;
    expect(kept).toBe(other);
    expect(holdsSame(before(TAGGED), now(other))).toBe(false);
  });
});

describe('holding the same', () => {
  it('is a matter of what is there, in whatever order and whenever it was read', () => {
    expect(holdsSame(before(TAGGED, LISTED), now(LISTED, { ...TAGGED }))).toBe(true);
    expect(holdsSame(before(), now())).toBe(true);
    expect(holdsSame(before(TAGGED), now())).toBe(false);
    expect(holdsSame(before(), now(TAGGED))).toBe(false);
    expect(holdsSame(before(LIMIT), now({ ...LIMIT, detail: 'more' }))).toBe(false);
  });
});
