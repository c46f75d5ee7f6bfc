import { KubeError } from '../../../platform/kube/kube-error.ts';
import type { Kube, KubeObject, KubePatch } from '../../../platform/kube/kube.ts';
import { objectKey, type Resource } from '../../../platform/kube/resources.ts';
import { mergePatch } from './fixtures.ts';

export interface Write {
  readonly verb: 'create' | 'replace' | 'patch';
  readonly kind: string;
  readonly key: string;
  readonly subresource?: string;
  readonly body: unknown;
}

export interface FakeKube extends Kube {
  /** Puts an object there as somebody else would. */
  put(resource: Resource, object: unknown): void;
  remove(resource: Resource, key: string): void;
  read(resource: Resource, key: string): KubeObject | undefined;
  readonly writes: readonly Write[];
  /** Runs before each call, given its verb and kind; may throw, or change objects as somebody else would at that moment. */
  before: (verb: string, kind: string) => void;
}

/** Objects in memory with what matters here of an API server: resourceVersions that guard writes, and a status of its own. */
export function createFakeKube(): FakeKube {
  const objects = new Map<string, KubeObject>();
  const writes: Write[] = [];
  let version = 100;

  const placeOf = (resource: Resource, key: string): string => `${resource.plural} ${key}`;
  const store = (resource: Resource, object: KubeObject): KubeObject => {
    version += 1;
    const metadata = { ...object.metadata, resourceVersion: String(version) };
    const stored = structuredClone({ ...object, metadata });
    objects.set(placeOf(resource, objectKey(object.metadata)), stored);
    return stored;
  };
  const require = (resource: Resource, key: string): KubeObject => {
    const object = objects.get(placeOf(resource, key));
    if (object === undefined) throw new KubeError('NOT_FOUND', `${key} is not there`);
    return object;
  };
  const checkVersion = (given: string | undefined, current: KubeObject): void => {
    if (given !== undefined && given !== current.metadata.resourceVersion)
      throw new KubeError('CONFLICT', 'the object has been modified');
  };

  const fake = {
    server: 'https://fake',
    writes,
    before: (_verb: string, _kind: string): void => undefined,
    put: (resource: Resource, object: unknown) => {
      store(resource, object as KubeObject);
    },
    remove: (resource: Resource, key: string) => {
      objects.delete(placeOf(resource, key));
    },
    read: (resource: Resource, key: string) => objects.get(placeOf(resource, key)),
    get: async (
      resource: Resource,
      place: { name: string; namespace?: string; signal?: AbortSignal },
    ) => {
      fake.before('get', resource.kind);
      place.signal?.throwIfAborted();
      return structuredClone(objects.get(placeOf(resource, objectKey(place))));
    },
    create: async (resource: Resource, given: object) => {
      fake.before('create', resource.kind);
      const object = given as KubeObject;
      const key = objectKey(object.metadata);
      if (objects.has(placeOf(resource, key)))
        throw new KubeError('ALREADY_EXISTS', `${key} is there already`);
      writes.push({ verb: 'create', kind: resource.kind, key, body: given });
      return store(resource, object);
    },
    replace: async (
      resource: Resource,
      given: object,
      options: { subresource?: 'status' } = {},
    ) => {
      fake.before('replace', resource.kind);
      const object = given as KubeObject;
      const key = objectKey(object.metadata);
      const current = require(resource, key);
      checkVersion(object.metadata.resourceVersion, current);
      const { subresource } = options;
      writes.push({
        verb: 'replace',
        kind: resource.kind,
        key,
        ...(subresource === undefined ? {} : { subresource }),
        body: given,
      });
      return store(
        resource,
        subresource === 'status' ? { ...current, status: object['status'] } : object,
      );
    },
    patch: async (
      resource: Resource,
      place: { name: string; namespace?: string },
      patch: KubePatch,
    ) => {
      fake.before('patch', resource.kind);
      const key = objectKey(place);
      const current = require(resource, key);
      const { metadata } = patch.body as { metadata?: { resourceVersion?: string } };
      checkVersion(metadata?.resourceVersion, current);
      writes.push({ verb: 'patch', kind: resource.kind, key, body: patch.body });
      return store(resource, mergePatch(current, patch.body) as KubeObject);
    },
    close: async () => undefined,
  };
  return fake as unknown as FakeKube;
}
