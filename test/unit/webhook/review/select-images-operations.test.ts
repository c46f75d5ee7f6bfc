import { describe, expect, it } from '@jest/globals';
import { selectImages } from '../../../../webhook/review/select-images.ts';
import { IMAGE, objectOf, podOf, podSpecOf, requestOf } from '../../../support/reviews.ts';

const NOTHING_STARTS = { kind: 'skip', why: 'no-image-starts' };

describe('operations', () => {
  it.each(['DELETE', 'CONNECT'])('%s starts no image, whatever it carries', (operation) => {
    for (const object of [undefined, null, {}, podOf([IMAGE])])
      expect(selectImages(requestOf({ operation, object }))).toEqual(NOTHING_STARTS);
  });

  it.each(['', 'create', 'PATCH', '*', 'APPLY', 'constructor'])(
    'of an unknown word are malformed, never waved through: %j (B-29)',
    (operation) => {
      expect(selectImages(requestOf({ operation }))).toMatchObject({
        kind: 'malformed',
        detail: expect.stringContaining(JSON.stringify(operation)),
      });
    },
  );
});

describe('subresources', () => {
  it.each([
    ['binding', 'Binding', 'CREATE'],
    ['eviction', 'Eviction', 'CREATE'],
    ['scale', 'Scale', 'UPDATE'],
  ])('%s, whose object is a %s, holds no image', (subResource, kind, operation) => {
    const object = { apiVersion: 'v1', kind, metadata: { name: 'asked' } };
    expect(selectImages(requestOf({ kind, subResource, operation, object }))).toEqual(
      NOTHING_STARTS,
    );
  });

  it.each(['binding', 'eviction', 'scale'])(
    '%s does not excuse an object that does hold images',
    (subResource) => {
      const request = requestOf({ subResource, operation: 'CREATE' });
      expect(selectImages(request)).toMatchObject({ kind: 'judge', images: [{ image: IMAGE }] });
    },
  );

  it('do not excuse one another', () => {
    const request = requestOf({ kind: 'Scale', subResource: 'binding', object: {} });
    expect(selectImages(request)).toMatchObject({ kind: 'malformed' });
  });

  it.each(['status', 'resize', 'ephemeralcontainers', 'anything'])(
    '%s is judged like the object itself: unchanged images pass, new ones are judged (B-26)',
    (subResource) => {
      const change = { operation: 'UPDATE', subResource, oldObject: podOf(['a']) };
      expect(selectImages(requestOf({ ...change, object: podOf(['a']) }))).toMatchObject({
        kind: 'skip',
      });
      expect(selectImages(requestOf({ ...change, object: podOf(['b']) }))).toMatchObject({
        kind: 'judge',
        images: [{ image: 'b' }],
      });
    },
  );
});

describe('a request whose kind is not that of its object', () => {
  it.each([
    ['a Pod in a request for a Deployment', 'Deployment', podOf([IMAGE])],
    ['a Deployment in a request for a Pod', 'Pod', objectOf('Deployment', podSpecOf([IMAGE]))],
    ['a Scale in a request for a Pod', 'Pod', { apiVersion: 'autoscaling/v1', kind: 'Scale' }],
    ['an object without a kind', 'Pod', { ...podOf([IMAGE]), kind: undefined }],
    ['a kind that is a number', 'Pod', { ...podOf([IMAGE]), kind: 1 }],
    ['a kind that cannot be shown', 'Pod', { ...podOf([IMAGE]), kind: { toString: 1 } }],
    ['a kind in other letters', 'Pod', { ...podOf([IMAGE]), kind: 'pod' }],
  ])('is malformed: %s', (_, kind, object) => {
    for (const operation of ['CREATE', 'UPDATE'])
      expect(selectImages(requestOf({ kind, operation, object, oldObject: object }))).toMatchObject(
        { kind: 'malformed' },
      );
  });

  it('is told in one line, whatever the object calls itself', () => {
    const object = { ...podOf([IMAGE]), kind: 'Pod"\nallowed: true' };
    const selection = selectImages(requestOf({ object }));
    expect(selection).toMatchObject({
      kind: 'malformed',
      detail: expect.not.stringContaining('\n'),
    });
  });
});
