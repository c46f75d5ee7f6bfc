import { expect, it } from '@jest/globals';
import {
  apiVersionOf,
  objectKey,
  resourcePath,
  RESOURCES,
} from '../../../../platform/kube/resources.ts';

it.each([
  [RESOURCES.pods, {}, '/api/v1/pods'],
  [RESOURCES.pods, { namespace: 'a' }, '/api/v1/namespaces/a/pods'],
  [RESOURCES.namespaces, { name: 'a' }, '/api/v1/namespaces/a'],
  [
    RESOURCES.keySets,
    { namespace: 'team', name: 'prod', subresource: 'status' },
    '/apis/keyward.dev/v1alpha1/namespaces/team/keysets/prod/status',
  ],
  [
    RESOURCES.keyRevocations,
    { namespace: 'ignored', name: 'r' },
    '/apis/keyward.dev/v1alpha1/keyrevocations/r',
  ],
  [
    RESOURCES.keySets,
    { namespace: '../../x', name: 'a/b?c#d' },
    '/apis/keyward.dev/v1alpha1/namespaces/..%2F..%2Fx/keysets/a%2Fb%3Fc%23d',
  ],
])('the path of $plural is one place and no other', (resource, place, path) => {
  expect(resourcePath(resource, place)).toBe(path);
});

it.each(['', '.', '..'])('the name %j leads nowhere', (name) => {
  const { keySets } = RESOURCES;
  expect(() => resourcePath(keySets, { namespace: 'a', name })).toThrow('is not a name');
  expect(() => resourcePath(keySets, { namespace: name })).toThrow('is not a name');
});

it('an object is known by namespace and name', () => {
  expect(objectKey({ namespace: 'a', name: 'b' })).toBe('a/b');
  expect(objectKey({ name: 'b' })).toBe('b');
});

it('every kind has a place of its own', () => {
  const paths = Object.values(RESOURCES).map((resource) => resourcePath(resource, {}));
  expect(new Set(paths).size).toBe(paths.length);
  expect(apiVersionOf(RESOURCES.secrets)).toBe('v1');
  expect(apiVersionOf(RESOURCES.leases)).toBe('coordination.k8s.io/v1');
});
