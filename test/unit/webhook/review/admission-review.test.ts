import { describe, expect, it } from '@jest/globals';
import { formatReview, parseReview } from '../../../../webhook/review/admission-review.ts';
import { podOf, requestOf, reviewOf } from '../../../support/reviews.ts';

const UID = '705ab4f5-6393-11e8-b7cc-42010a800002';
const SOUND = { uid: UID, ...requestOf() };

describe('a body that is no AdmissionReview', () => {
  it.each([
    ['nothing at all', ''],
    ['text', 'hello'],
    ['JSON cut off', reviewOf(SOUND).slice(0, -1)],
    ['brackets without end', '['.repeat(500_000)],
    ['null', 'null'],
    ['a list', '[]'],
    ['an object of another kind', reviewOf(SOUND, { kind: 'SubjectAccessReview' })],
    ['no kind', reviewOf(SOUND, { kind: undefined })],
    ['the beta version', reviewOf(SOUND, { apiVersion: 'admission.k8s.io/v1beta1' })],
    ['no version', reviewOf(SOUND, { apiVersion: undefined })],
    ['no request', reviewOf(undefined)],
    ['a request that is null', reviewOf(null)],
    ['a request that is a list', reviewOf([])],
    ['no UID', reviewOf({ ...SOUND, uid: undefined })],
    ['an empty UID', reviewOf({ ...SOUND, uid: '' })],
    ['a UID that is a number', reviewOf({ ...SOUND, uid: 7 })],
    ['a UID without end', reviewOf({ ...SOUND, uid: 'u'.repeat(257) })],
  ])('is recognised: %s', (_, body) => {
    expect(parseReview(body)).toEqual({
      kind: 'not-a-review',
      detail: expect.stringMatching(/^(?:the body is not JSON|not an AdmissionReview v1: .+)$/u),
    });
  });
});

describe('a review whose request makes no sense', () => {
  it.each([
    ['no operation', { operation: undefined }, 'operation'],
    ['an operation that is a number', { operation: 1 }, 'operation'],
    ['no kind', { kind: undefined }, 'kind'],
    ['a kind that is text', { kind: 'Pod' }, 'kind'],
    ['a kind without its group', { kind: { version: 'v1', kind: 'Pod' } }, 'kind.group'],
    ['no resource', { resource: undefined }, 'resource'],
    ['a namespace that is a list', { namespace: ['team'] }, 'namespace'],
    ['a subresource that is an object', { subResource: {} }, 'subResource'],
    ['a dryRun that is text', { dryRun: 'yes' }, 'dryRun'],
  ])('keeps its UID, so that it can be answered: %s', (_, members, field) => {
    const review = parseReview(reviewOf({ ...SOUND, ...members }));
    expect(review).toMatchObject({ kind: 'malformed', uid: UID });
    expect(review).toHaveProperty('detail', expect.stringContaining(field));
  });

  it('takes nothing from a member named __proto__', () => {
    const inherited = JSON.stringify(requestOf({ operation: 'DELETE' }));
    const body = reviewOf('REQUEST').replace(
      '"REQUEST"',
      `{"uid":"${UID}","__proto__":${inherited}}`,
    );
    expect(parseReview(body)).toMatchObject({ kind: 'malformed', uid: UID });
  });
});

describe('a sound review', () => {
  it('gives its UID and its request', () => {
    const review = parseReview(reviewOf(SOUND));
    expect(review).toMatchObject({ kind: 'review', uid: UID });
    expect(review).toHaveProperty('request', { ...requestOf(), uid: UID });
  });

  it.each([
    ['neither object nor old object', { object: undefined }, {}],
    ['both', { oldObject: podOf(['a']) }, { oldObject: podOf(['a']) }],
    ['a null object, as DELETE has it', { object: null }, { object: null }],
    ['dryRun null', { dryRun: null }, { dryRun: null }],
    ['dryRun true', { dryRun: true }, { dryRun: true }],
    ['a subresource', { subResource: 'scale' }, { subResource: 'scale' }],
  ])('may have %s', (_, members, expected) => {
    const review = parseReview(reviewOf({ ...SOUND, ...members }));
    expect(review).toMatchObject({ kind: 'review', request: expected });
  });

  it('may say more than keyward reads', () => {
    const more = { ...SOUND, userInfo: { username: 'somebody' }, options: null, requestKind: {} };
    expect(parseReview(reviewOf(more))).toMatchObject({ kind: 'review', uid: UID });
  });

  it('passes the object on as it stands', () => {
    const object = { apiVersion: 'v1', kind: 'Pod', spec: { containers: 'no list' }, x: [null, 1] };
    expect(parseReview(reviewOf({ ...SOUND, object }))).toMatchObject({ request: { object } });
  });
});

describe('the answer', () => {
  it('is an AdmissionReview v1 around the response', () => {
    const response = { uid: UID, allowed: true, warnings: ['mind the gap'] };
    expect(JSON.parse(formatReview(response))).toEqual({
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
      response,
    });
  });
});
