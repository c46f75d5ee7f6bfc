import { describe, expect, it } from '@jest/globals';
import { findImages, WORKLOAD_KINDS } from '../../../../core/image/pod-images.ts';

const podSpec = { containers: [{ name: 'app', image: 'a.b/app' }] };
const pod = (spec: unknown) => ({ apiVersion: 'v1', kind: 'Pod', spec });
const found = (object: unknown) => {
  const result = findImages(object);
  return result.ok ? result.images.map(({ path, image }) => `${path} ${image}`) : result.detail;
};

describe('images are found in every kind that has a pod spec (B-24)', () => {
  const template = { template: { spec: podSpec } };
  it.each([
    ['v1', 'Pod', { spec: podSpec }, '/spec'],
    ['v1', 'PodTemplate', template, '/template/spec'],
    ['v1', 'ReplicationController', { spec: template }, '/spec/template/spec'],
    ['apps/v1', 'ReplicaSet', { spec: template }, '/spec/template/spec'],
    ['apps/v1', 'Deployment', { spec: template }, '/spec/template/spec'],
    ['apps/v1', 'StatefulSet', { spec: template }, '/spec/template/spec'],
    ['apps/v1', 'DaemonSet', { spec: template }, '/spec/template/spec'],
    ['batch/v1', 'Job', { spec: template }, '/spec/template/spec'],
    [
      'batch/v1',
      'CronJob',
      { spec: { jobTemplate: { spec: template } } },
      '/spec/jobTemplate/spec/template/spec',
    ],
    [
      'batch/v1beta1',
      'CronJob',
      { spec: { jobTemplate: { spec: template } } },
      '/spec/jobTemplate/spec/template/spec',
    ],
  ])('%s %s', (apiVersion, kind, object, path) => {
    expect(found({ apiVersion, kind, ...object })).toEqual([`${path}/containers/0/image a.b/app`]);
    expect(WORKLOAD_KINDS).toContain(kind);
  });

  it('and the list of kinds names no others', () => {
    expect(WORKLOAD_KINDS).toHaveLength(9);
  });
});

describe('images are found at every place in a pod spec', () => {
  it('init, ordinary and ephemeral containers and image volumes', () => {
    const spec = {
      initContainers: [{ name: 'i', image: 'init' }],
      containers: [
        { name: 'a', image: 'one' },
        { name: 'b', image: 'two' },
      ],
      ephemeralContainers: [{ name: 'e', image: 'debug' }],
      volumes: [
        { name: 'v', emptyDir: {} },
        { name: 'w', image: { reference: 'data', pullPolicy: 'Always' } },
      ],
    };
    expect(findImages(pod(spec))).toEqual({
      ok: true,
      images: [
        { path: '/spec/initContainers/0/image', container: 'i', image: 'init' },
        { path: '/spec/containers/0/image', container: 'a', image: 'one' },
        { path: '/spec/containers/1/image', container: 'b', image: 'two' },
        { path: '/spec/ephemeralContainers/0/image', container: 'e', image: 'debug' },
        { path: '/spec/volumes/1/image/reference', container: 'w', image: 'data' },
      ],
    });
  });

  it.each([
    ['init containers (B-16)', { initContainers: [{ name: 'i', image: 'hidden' }] }],
    ['ephemeral containers (B-17)', { ephemeralContainers: [{ name: 'e', image: 'hidden' }] }],
    ['image volumes (B-23)', { volumes: [{ name: 'v', image: { reference: 'hidden' } }] }],
  ])('in %s, where nobody may hide one', (_, spec) => {
    expect(findImages(pod({ ...podSpec, ...spec }))).toMatchObject({
      ok: true,
      images: expect.arrayContaining([expect.objectContaining({ image: 'hidden' })]) as unknown,
    });
  });

  it.each([
    ['null lists', { ...podSpec, initContainers: null, ephemeralContainers: null, volumes: null }],
    ['empty lists', { ...podSpec, initContainers: [], ephemeralContainers: [], volumes: [] }],
    ['a volume whose image is null', { ...podSpec, volumes: [{ name: 'v', image: null }] }],
    ['fields that are not known', { ...podSpec, future: [{ image: 5 }] }],
  ])('and nothing more where there are %s', (_, spec) => {
    expect(found(pod(spec))).toEqual(['/spec/containers/0/image a.b/app']);
  });

  it('by position, since names may repeat or be missing (B-27)', () => {
    const spec = {
      containers: [
        { name: 'x', image: 'one' },
        { name: 'x', image: 'two' },
        { image: 'three' },
        { name: '', image: 'four' },
        { name: 5, image: 'five' },
      ],
    };
    const result = findImages(pod(spec));
    expect(
      result.ok && result.images.map(({ container, image }) => `${container} ${image}`),
    ).toEqual([
      'x one',
      'x two',
      'containers[2] three',
      'containers[3] four',
      'containers[4] five',
    ]);
  });

  it('by its place where a volume has no name', () => {
    const result = findImages(pod({ ...podSpec, volumes: [{ image: { reference: 'data' } }] }));
    expect(result).toMatchObject({ images: [{}, { container: 'volumes[0]', image: 'data' }] });
  });
});

describe('what is not understood is an error, never "no image"', () => {
  it.each([
    ['nothing', undefined],
    ['null', null],
    ['a list', []],
    ['text', 'Pod'],
    ['an empty object (B-09)', {}],
    [
      'an unknown kind (B-29)',
      {
        apiVersion: 'argoproj.io/v1alpha1',
        kind: 'Rollout',
        spec: { template: { spec: podSpec } },
      },
    ],
    [
      'a known kind of another group',
      { apiVersion: 'apps.example/v1', kind: 'Deployment', spec: { template: { spec: podSpec } } },
    ],
    ['a Pod of a group', { apiVersion: 'apps/v1', kind: 'Pod', spec: podSpec }],
    [
      'a version of three parts',
      { apiVersion: 'apps/v1/x', kind: 'Deployment', spec: { template: { spec: podSpec } } },
    ],
    ['no version', { kind: 'Pod', spec: podSpec }],
    ['no kind', { apiVersion: 'v1', spec: podSpec }],
    ['a kind in another case', { apiVersion: 'v1', kind: 'pod', spec: podSpec }],
    ['a prototype name as the kind', { apiVersion: 'v1', kind: 'constructor', spec: podSpec }],
    [
      'a kind that is an object',
      { apiVersion: 'v1', kind: { toString: 1, valueOf: 1 }, spec: podSpec },
    ],
    ['a version that is an object', { apiVersion: { toString: null }, kind: 'Pod', spec: podSpec }],
    ['a list of Pods', { apiVersion: 'v1', kind: 'PodList', items: [pod(podSpec)] }],
    ['no spec', { apiVersion: 'v1', kind: 'Pod' }],
    ['spec null', pod(null)],
    ['spec a list', pod([])],
    ['no template', { apiVersion: 'apps/v1', kind: 'Deployment', spec: {} }],
    ['template null', { apiVersion: 'apps/v1', kind: 'Deployment', spec: { template: null } }],
    ['no containers', pod({})],
    ['an empty list of containers', pod({ containers: [] })],
    ['containers null', pod({ containers: null })],
    ['only init containers', pod({ initContainers: podSpec.containers })],
    ['containers that are an object', pod({ containers: { 0: { image: 'x' }, length: 1 } })],
    ['init containers that are text', pod({ ...podSpec, initContainers: 'x' })],
    ['volumes that are an object', pod({ ...podSpec, volumes: {} })],
    ['a container null', pod({ containers: [null] })],
    ['a container that is text', pod({ containers: ['a.b/app'] })],
    ['a volume null', pod({ ...podSpec, volumes: [null] })],
    ['a container without image (B-27)', pod({ containers: [{ name: 'x' }] })],
    ['a blank image (B-27)', pod({ containers: [{ name: 'x', image: ' \t\n' }] })],
    ['an image null', pod({ containers: [{ name: 'x', image: null }] })],
    ['an image that is a list', pod({ containers: [{ name: 'x', image: ['a.b/app'] }] })],
    [
      'an ephemeral container without image',
      pod({ ...podSpec, ephemeralContainers: [{ name: 'x' }] }),
    ],
    ['an image volume without reference', pod({ ...podSpec, volumes: [{ name: 'v', image: {} }] })],
    [
      'an image volume that is text',
      pod({ ...podSpec, volumes: [{ name: 'v', image: 'a.b/app' }] }),
    ],
  ])('%s', (_, object) => {
    expect(findImages(object)).toMatchObject({
      ok: false,
      detail: expect.stringMatching(/^[^\n]+$/u) as unknown,
    });
  });

  it.each([
    [pod({ containers: [{ name: 'a\nb' }] }), String.raw`containers[0] ("a\nb") names no image`],
    [
      pod({ containers: [{ image: 'x' }], volumes: [{ image: [] }] }),
      'volumes[0].image is not an object',
    ],
    [
      { apiVersion: 'v1', kind: 'CronJob' },
      '"CronJob" of "v1" is not a kind whose images keyward knows how to find',
    ],
    [{ kind: 5 }, '"number" of "undefined" is not a kind whose images keyward knows how to find'],
    [
      { apiVersion: 'batch/v1', kind: 'CronJob', spec: { jobTemplate: 1 } },
      'spec.jobTemplate.spec.template.spec is not an object',
    ],
  ])('and says where: %j', (object, detail) => {
    expect(found(object)).toBe(detail);
  });

  it('but an error of JavaScript itself is a fault, and goes on', () => {
    const trap = {
      get kind(): never {
        throw new RangeError('a fault');
      },
    };
    expect(() => findImages(trap)).toThrow(RangeError);
  });
});
