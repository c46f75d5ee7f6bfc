import { describe, expect, it } from '@jest/globals';
import { selectImages } from '../../../../webhook/review/select-images.ts';
import { objectOf, podOf, podSpecOf, requestOf, WORKLOADS } from '../../../support/reviews.ts';

interface Update {
  readonly kind?: string;
  readonly from: unknown;
  readonly to: unknown;
  readonly subResource?: string;
}

function update({ kind = 'Pod', from, to, ...rest }: Update) {
  const request = { kind, operation: 'UPDATE', object: to, oldObject: from, ...rest };
  return selectImages(requestOf(request));
}

/** The images to judge of an UPDATE, or why there are none. */
function outcome(change: Update): readonly string[] | string {
  const selection = update(change);
  if (selection.kind === 'judge') return selection.images.map(({ image }) => image);
  return selection.kind === 'skip' ? selection.why : selection.kind;
}

const UNCHANGED = 'images-unchanged';

describe('UPDATE of a Pod', () => {
  it.each([
    ['finalizers', { metadata: { name: 'asked', finalizers: [] } }],
    ['labels', { metadata: { name: 'asked', labels: { a: 'b' } } }],
    ['status', { status: { phase: 'Running' } }],
    ['a deletion under way', { metadata: { deletionTimestamp: '2026-11-01T00:00:00Z' } }],
  ])('needs no verdict when only %s changes', (_, members) => {
    const from = podOf(['a', 'b']);
    expect(outcome({ from, to: { ...from, ...members } })).toBe(UNCHANGED);
  });

  it('judges the image that is new, and only that', () => {
    expect(outcome({ from: podOf(['a', 'b']), to: podOf(['a', 'c']) })).toEqual(['c']);
  });

  it('judges a new image all the same when the pod is being deleted (B-22)', () => {
    const metadata = {
      name: 'asked',
      finalizers: ['example.com/hold'],
      deletionTimestamp: '2026-11-01T00:00:00Z',
    };
    const from = { ...podOf(['a']), metadata };
    expect(outcome({ from, to: { ...podOf(['b']), metadata } })).toEqual(['b']);
  });

  it('judges the debugger of `kubectl debug`, not the pod that it looks into (B-17)', () => {
    const change = {
      from: podOf(['revoked']),
      to: podOf(['revoked'], { ephemeralContainers: [{ name: 'debugger', image: 'tools' }] }),
      subResource: 'ephemeralcontainers',
    };
    expect(outcome(change)).toEqual(['tools']);
  });

  it('judges a second debugger with the image of a container', () => {
    const debug = (...images: string[]) =>
      podOf(['a'], { ephemeralContainers: images.map((image) => ({ name: image, image })) });
    expect(outcome({ from: debug('t'), to: debug('t', 'a') })).toEqual(['a']);
  });

  it('needs no verdict when the list of containers shrinks and the rest moves up (B-27)', () => {
    expect(outcome({ from: podOf(['a', 'b', 'c']), to: podOf(['b', 'c']) })).toBe(UNCHANGED);
  });

  it('counts: one more of the same image is new', () => {
    expect(outcome({ from: podOf(['a', 'b']), to: podOf(['a', 'a']) })).toEqual(['a']);
    expect(outcome({ from: podOf(['a']), to: podOf(['a', 'a', 'a']) })).toEqual(['a', 'a']);
  });

  it('knows containers by place, not by name (B-27)', () => {
    const named = (name: string, image: string) => ({ name, image });
    const from = podOf([], { containers: [named('x', 'a'), named('y', 'b')] });
    const to = podOf([], { containers: [named('x', 'a'), named('x', 'evil')] });
    expect(outcome({ from, to })).toEqual(['evil']);
  });

  it.each([
    ['an init container', 'initContainers', [{ name: 'i', image: 'b' }]],
    ['an image volume', 'volumes', [{ name: 'v', image: { reference: 'b' } }]],
    ['an ephemeral container', 'ephemeralContainers', [{ name: 'e', image: 'b' }]],
  ])('takes an image moved to %s for a new one', (_, list, items) => {
    expect(outcome({ from: podOf(['a', 'b']), to: podOf(['a'], { [list]: items }) })).toEqual([
      'b',
    ]);
  });

  it('takes another spelling of the same image for a new one', () => {
    expect(outcome({ from: podOf(['nginx']), to: podOf(['docker.io/nginx']) })).toEqual([
      'docker.io/nginx',
    ]);
  });
});

describe('an old object that cannot be read excuses nothing', () => {
  it.each<[string, unknown]>([
    ['absent', undefined],
    ['null', null],
    ['empty', {}],
    ['of another kind', objectOf('Deployment', podSpecOf(['a']))],
    ['with one blank image among good ones', podOf(['a', ''])],
    ['of another group', { ...podOf(['a']), apiVersion: 'example.com/v1' }],
  ])('%s', (_, from) => {
    expect(outcome({ from, to: podOf(['a']) })).toEqual(['a']);
  });
});

describe('a new object that cannot be read', () => {
  it('is malformed, whatever the old one was', () => {
    expect(outcome({ from: podOf(['a']), to: podOf([' ']) })).toBe('malformed');
    expect(outcome({ from: podOf(['a']), to: null })).toBe('malformed');
  });
});

describe('UPDATE of a workload', () => {
  const kinds = Object.keys(WORKLOADS).filter((kind) => kind !== 'Pod');

  it.each(kinds)('of kind %s judges all its images when one changes: all start anew', (kind) => {
    const template = (...images: string[]) => objectOf(kind, podSpecOf(images));
    expect(outcome({ kind, from: template('a', 'b'), to: template('a', 'c') })).toEqual(['a', 'c']);
    expect(outcome({ kind, from: template('a', 'b'), to: template('a', 'b') })).toBe(UNCHANGED);
  });

  const scaled = (replicas: number, image: string) =>
    objectOf('Deployment', undefined, {
      spec: { replicas, template: { spec: podSpecOf([image]) } },
    });

  it('needs no verdict when it is scaled, up or down', () => {
    for (const [from, to] of [
      [5, 1],
      [0, 5],
    ] as const)
      expect(outcome({ kind: 'Deployment', from: scaled(from, 'a'), to: scaled(to, 'a') })).toBe(
        UNCHANGED,
      );
  });

  it('judges the image when it is scaled down and changed in one write (B-20)', () => {
    const change = { kind: 'Deployment', from: scaled(5, 'a'), to: scaled(1, 'b') };
    expect(outcome(change)).toEqual(['b']);
  });
});
