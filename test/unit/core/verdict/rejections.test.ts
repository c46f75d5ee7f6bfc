import { describe, expect, it } from '@jest/globals';
import type { Candidate, RejectedCandidate } from '../../../../core/verdict/evidence.ts';
import type { DenyCode } from '../../../../core/verdict/reasons.ts';
import { findLimit, findRejection, unreadCandidates } from '../../../../core/verdict/rejections.ts';
import { tryPolicy } from '../../../../core/verdict/try-policy.ts';
import { legacy } from '../../../support/signatures.ts';
import { signerOf } from '../../../support/signing.ts';
import {
  evidenceOf,
  NOW,
  policyOf,
  trustIn,
  unread,
  verifies,
  versionOf,
} from '../../../support/trust.ts';

const rejected = (
  code: DenyCode,
  overrides: Partial<RejectedCandidate> = {},
): RejectedCandidate => ({
  kind: 'rejected',
  store: 'referrers',
  manifestDigest: 'sha256:m',
  code,
  detail: `because of ${code}`,
  ...overrides,
});
const sound = legacy({ signer: signerOf('P-256', 'stranger') });

function find(candidates: readonly Candidate[], versions = [versionOf()]) {
  const evidence = evidenceOf(candidates);
  const trial = tryPolicy(policyOf(), { evidence, trust: trustIn(versions), now: NOW, verifies });
  return findRejection(evidence, trial);
}

describe('the most telling rejection', () => {
  it('is none where there was no candidate', () => {
    expect(find([])).toBeUndefined();
    expect(find([unread()])).toBeUndefined();
  });

  it.each<[string, readonly DenyCode[], DenyCode]>([
    ['one alone', ['MEDIA_TYPE'], 'MEDIA_TYPE'],
    ['of content before one of the manifest', ['MANIFEST_MALFORMED', 'JSON_FIELD'], 'JSON_FIELD'],
    [
      'of claims before one of parsing',
      ['JSON_MALFORMED', 'CLAIM_DIGEST_MISMATCH', 'MEDIA_TYPE'],
      'CLAIM_DIGEST_MISMATCH',
    ],
    [
      'of the statement before one of the bundle',
      ['BUNDLE_KEY_MATERIAL', 'SUBJECT_MISMATCH'],
      'SUBJECT_MISMATCH',
    ],
  ])('is that of the latest check: %s', (_, codes, expected) => {
    for (const ordered of [codes, codes.toReversed()]) {
      const found = find(ordered.map((code) => rejected(code)));
      expect(found).toMatchObject({ code: expected, detail: `because of ${expected}` });
      expect(found?.codes.toSorted()).toEqual([...codes].toSorted());
    }
  });

  it('is that of a well-formed signature before any other', () => {
    expect(find([rejected('SUBJECT_MISMATCH'), sound, rejected('SUBJECT_MISMATCH')])).toMatchObject(
      {
        code: 'SIGNATURE_INVALID',
        codes: ['SIGNATURE_INVALID', 'SUBJECT_MISMATCH'],
      },
    );
  });

  it.each([
    ['the store', { store: 'fallback-tag' }, { store: 'referrers' }],
    ['the manifest', { manifestDigest: 'sha256:a' }, { manifestDigest: 'sha256:b' }],
    ['the words', { detail: 'a' }, { detail: 'b' }],
  ] as const)('is the same for any order where codes are equal: by %s', (_, first, second) => {
    const pair = [rejected('MEDIA_TYPE', first), rejected('MEDIA_TYPE', second)];
    const [expected] = pair;
    expect(find(pair)?.detail).toBe(expected?.detail);
    expect(find(pair.toReversed())?.detail).toBe(expected?.detail);
  });
});

describe('a signature that no key made', () => {
  it.each([
    ['one of the keys makes such signatures', [signerOf('P-521'), signerOf('P-256')]],
    ['it could be the short halves of an RSA key', [signerOf('RSA-2048')]],
    ['there is no key to tell by', []],
  ])('is invalid where %s', (_, signers) => {
    const versions = signers.map((signer) => versionOf(signer));
    expect(find([sound], versions)).toMatchObject({ code: 'SIGNATURE_INVALID' });
  });

  it('is invalid where only some of the keys make such signatures', () => {
    const wrapped = legacy({ signer: signerOf('RSA-2048', 'stranger') });
    const versions = [versionOf(signerOf('P-256')), versionOf(signerOf('RSA-2048'))];
    expect(find([wrapped], versions)).toMatchObject({ code: 'SIGNATURE_INVALID' });
    expect(find([wrapped], versions.toReversed())).toMatchObject({ code: 'SIGNATURE_INVALID' });
  });

  it('has no form of its own where none of the keys makes such signatures', () => {
    const wrapped = legacy({ signer: signerOf('RSA-2048') });
    expect(
      find([wrapped], [versionOf(signerOf('P-256')), versionOf(signerOf('P-521'))]),
    ).toMatchObject({
      code: 'SIGNATURE_ENCODING',
    });
    expect(find([wrapped, sound], [versionOf(signerOf('P-256'))])).toMatchObject({
      code: 'SIGNATURE_INVALID',
    });
  });
});

describe('a cap that was exceeded', () => {
  it.each([
    'LIMIT_BYTES',
    'LIMIT_LAYERS',
    'LIMIT_REFERRERS',
    'LIMIT_PAGES',
    'LIMIT_DEPTH',
    'LIMIT_SUBJECTS',
    'LIMIT_TLOG',
  ] as const)('is found among other rejections: %s', (code) => {
    expect(
      findLimit(evidenceOf([rejected('SUBJECT_MISMATCH'), sound, rejected(code)])),
    ).toMatchObject({ code });
  });

  it('is not found where none was', () => {
    expect(
      findLimit(evidenceOf([rejected('SUBJECT_MISMATCH'), sound, unread({ code: 'LIMIT_TIME' })])),
    ).toBeUndefined();
  });
});

it('unread candidates are told apart from all others', () => {
  const one = unread();
  expect(unreadCandidates(evidenceOf([sound, one, rejected('MEDIA_TYPE')]))).toEqual([one]);
});
