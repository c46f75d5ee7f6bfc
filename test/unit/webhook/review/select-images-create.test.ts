import { describe, expect, it } from '@jest/globals';
import { selectImages } from '../../../../webhook/review/select-images.ts';
import {
  IMAGE,
  OTHER_IMAGE,
  WORKLOADS,
  objectOf,
  podOf,
  podSpecOf,
  requestOf,
} from '../../../support/reviews.ts';

/** The images that need a verdict; throws what else the selection is. */
function judged(...[request]: Parameters<typeof requestOf>): readonly string[] {
  const selection = selectImages(requestOf(request));
  if (selection.kind !== 'judge') throw new Error(JSON.stringify(selection));
  return selection.images.map(({ path, image }) => `${path} ${image}`);
}

const EVERYWHERE = podSpecOf(['plain'], {
  initContainers: [{ name: 'init', image: 'first' }],
  ephemeralContainers: [{ name: 'debugger', image: 'debug' }],
  volumes: [
    { name: 'scratch', emptyDir: {} },
    { name: 'model', image: { reference: 'volume', pullPolicy: 'Always' } },
  ],
});

describe('CREATE', () => {
  it.each(Object.keys(WORKLOADS))('judges every place of a %s that names an image', (kind) => {
    const images = judged({ kind, object: objectOf(kind, EVERYWHERE) });
    expect(images.map((image) => image.split(' ')[1])).toEqual([
      'first',
      'plain',
      'debug',
      'volume',
    ]);
  });

  it.each([
    ['Pod', '/spec'],
    ['PodTemplate', '/template/spec'],
    ['Deployment', '/spec/template/spec'],
    ['CronJob', '/spec/jobTemplate/spec/template/spec'],
  ])('says where in a %s each image stands', (kind, at) => {
    expect(judged({ kind, object: objectOf(kind, EVERYWHERE) })).toEqual([
      `${at}/initContainers/0/image first`,
      `${at}/containers/0/image plain`,
      `${at}/ephemeralContainers/0/image debug`,
      `${at}/volumes/1/image/reference volume`,
    ]);
  });

  it('knows a Pod from a template: only a Pod runs what it names', () => {
    for (const kind of Object.keys(WORKLOADS)) {
      const selection = selectImages(requestOf({ kind, object: objectOf(kind, EVERYWHERE) }));
      expect(selection).toMatchObject({ kind: 'judge', isPod: kind === 'Pod' });
    }
  });

  it('judges all containers, whatever their names (B-27)', () => {
    const containers = [
      { name: 'same', image: 'one' },
      { name: 'same', image: 'two' },
      { image: 'three' },
      { name: '', image: 'four' },
    ];
    const images = judged({ object: objectOf('Pod', { containers }) });
    expect(images.map((image) => image.split(' ')[1])).toEqual(['one', 'two', 'three', 'four']);
  });
});

describe('nothing that the object says of itself excuses it', () => {
  it.each([
    [
      'an owner, real or claimed (B-18)',
      {
        ownerReferences: [
          { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'rs', uid: 'u', controller: true },
        ],
      },
    ],
    [
      'a deletion under way (B-22)',
      { deletionTimestamp: '2026-11-01T00:00:00Z', finalizers: ['example.com/hold'] },
    ],
    [
      'annotations and labels that claim a verdict (B-62)',
      { annotations: { 'keyward.dev/verdict': 'allow' }, labels: { 'keyward.dev/enforce': 'off' } },
    ],
    ['a mirror pod', { annotations: { 'kubernetes.io/config.mirror': 'x' } }],
  ])('%s', (_, metadata) => {
    const object = { ...podOf([IMAGE]), metadata: { name: 'asked', ...metadata } };
    expect(judged({ object })).toEqual([`/spec/containers/0/image ${IMAGE}`]);
  });

  it('no replicas (B-21)', () => {
    const template = { spec: podSpecOf([IMAGE]) };
    const object = objectOf('Deployment', undefined, { spec: { replicas: 0, template } });
    expect(judged({ kind: 'Deployment', object })).toHaveLength(1);
  });

  it('a dry run (B-30)', () => {
    expect(judged({ dryRun: true })).toHaveLength(1);
  });
});

describe('an object that cannot be understood', () => {
  const malformed = (members: Parameters<typeof requestOf>[0]) => {
    const selection = selectImages(requestOf(members));
    expect(selection).toMatchObject({ kind: 'malformed', detail: expect.stringMatching(/./u) });
  };

  it.each<[string, unknown]>([
    ['absent', undefined],
    ['null', null],
    ['text', 'Pod'],
    ['a list', [podOf([IMAGE])]],
    ['empty (B-09)', {}],
    ['without a spec', { apiVersion: 'v1', kind: 'Pod' }],
    ['with a spec that is a list', { apiVersion: 'v1', kind: 'Pod', spec: [] }],
    ['with containers that are no list', podOf([], { containers: { image: IMAGE } })],
    ['with init containers that are text', podOf([IMAGE], { initContainers: 'none' })],
    ['with volumes that are an object', podOf([IMAGE], { volumes: {} })],
    ['with an image volume that is text', podOf([IMAGE], { volumes: [{ image: IMAGE }] })],
    ['with an image volume without a reference', podOf([IMAGE], { volumes: [{ image: {} }] })],
    ['with no containers', podOf([])],
    ['with a container that is null', podOf([IMAGE], { initContainers: [null] })],
    ['with a container without an image (B-27)', podOf([IMAGE, ''])],
    ['with a blank image (B-27)', podOf([' \t'])],
    ['with an image that is a list', podOf([], { containers: [{ image: [IMAGE] }] })],
    ['of no version', { ...podOf([IMAGE]), apiVersion: undefined }],
    ['of another group', { ...podOf([IMAGE]), apiVersion: 'example.com/v1' }],
  ])('is malformed, never without images: %s', (_, object) => {
    malformed({ object });
  });

  it.each([
    ['ConfigMap', 'v1'],
    ['Rollout', 'argoproj.io/v1alpha1'],
    ['Service', 'serving.knative.dev/v1'],
  ])('is malformed when its kind is not one that keyward knows: %s (B-29)', (kind, apiVersion) => {
    malformed({ kind, object: { apiVersion, kind, spec: podSpecOf([IMAGE, OTHER_IMAGE]) } });
  });
});
