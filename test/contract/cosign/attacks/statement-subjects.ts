/** What a statement is about. */
import { statementOf } from '../../../support/signatures.ts';
import type { Members, Stall } from './offer.ts';
import type { AttackRow, RowOptions } from './row.ts';
import { hexOf, statementText, states } from './statement-row.ts';

const subjects = (
  what: string,
  options: RowOptions,
  subject: (digest: string, stall: Stall) => unknown,
): AttackRow =>
  states(what, options, (digest, stall) =>
    statementOf(digest, { subject: subject(digest, stall) }),
  );

const sha256 = (digest: string): Members => ({ digest: { sha256: hexOf(digest) } });

const MISMATCH = 'deny SUBJECT_MISMATCH';

export const STATEMENT_SUBJECTS: readonly AttackRow[] = [
  subjects(
    'a second subject that is this image',
    { ids: 'A51', keyward: 'allow' },
    (digest, { other }) => [sha256(other.digest), sha256(digest)],
  ),
  subjects('a subject with a name', { ids: 'P8', keyward: 'allow' }, (digest) => [
    { name: 'registry.test/app', ...sha256(digest) },
  ]),
  subjects('no subjects', { ids: 'A52', keyward: MISMATCH }, () => []),
  subjects('subjects that are null', { ids: 'A52', keyward: MISMATCH }, () => null),
  subjects('a subject that is null', { ids: 'A52', keyward: MISMATCH }, () => [null]),
  subjects('a subject without digests', { ids: 'A52', keyward: MISMATCH }, () => [{ digest: {} }]),
  subjects('digests that are null', { ids: 'A52', keyward: MISMATCH }, () => [{ digest: null }]),
  subjects('the digest under sha512', { ids: 'A49', keyward: MISMATCH }, (digest) => [
    { digest: { sha512: hexOf(digest) } },
  ]),
  subjects(
    'the digest in upper case',
    {
      ids: 'A50',
      keyward: MISMATCH,
      cosign: ['accepts', 'refuses'],
      why: 'a digest has one spelling; v3 says the same',
    },
    (digest) => [{ digest: { sha256: hexOf(digest).toUpperCase() } }],
  ),
  subjects('the digest with sha256:', { ids: 'A50', keyward: MISMATCH }, (digest) => [
    { digest: { sha256: digest } },
  ]),
  states('the digest on __proto__', { ids: 'A53', keyward: MISMATCH }, (digest) =>
    statementText(digest).replace('"digest":{', '"digest":{"__proto__":{').replace('}}]', '}}}]'),
  ),
  subjects('a null beside this image', { ids: 'A52', keyward: MISMATCH }, (digest) => [
    sha256(digest),
    null,
  ]),
  subjects(
    '1025 subjects, this image last',
    { ids: 'A54', keyward: 'deny LIMIT_SUBJECTS' },
    (digest, { other }) => [
      ...Array.from({ length: 1024 }, () => sha256(other.digest)),
      sha256(digest),
    ],
  ),
  states(
    'sha256 twice, the right one last',
    { ids: 'A89', keyward: 'deny JSON_DUPLICATE_KEY' },
    (digest, { other }) =>
      statementText(digest).replace('"sha256"', `"sha256":"${hexOf(other.digest)}","sha256"`),
  ),
];

const DROPPED = 'v2.6 does not look at a bundle’s annotations';

export const STATEMENT_ANNOTATIONS: readonly AttackRow[] = [
  subjects(
    'an annotation that is asked for and signed',
    { ids: 'P8', keyward: 'allow', annotation: 'env=prod' },
    (digest) => [{ ...sha256(digest), annotations: { env: 'prod' } }],
  ),
  subjects(
    'an annotation that is asked for, with another value',
    {
      ids: 'A76',
      keyward: 'deny ANNOTATION_MISMATCH',
      annotation: 'env=prod',
      cosign: ['accepts', 'refuses'],
      why: DROPPED,
    },
    (digest) => [{ ...sha256(digest), annotations: { env: 'test' } }],
  ),
  subjects(
    'an annotation that is asked for, on another subject',
    {
      ids: 'A79',
      keyward: 'deny ANNOTATION_MISMATCH',
      annotation: 'env=prod',
      cosign: ['accepts', 'refuses'],
      why: DROPPED,
    },
    (digest, { other }) => [
      { ...sha256(other.digest), annotations: { env: 'prod' } },
      sha256(digest),
    ],
  ),
];
