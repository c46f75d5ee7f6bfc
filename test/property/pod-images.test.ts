import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { findImages } from '../../core/image/pod-images.ts';
import { runs } from '../support/property.ts';

const image = fc.string({ minLength: 1, maxLength: 12 }).filter((text) => text.trim() !== '');
const name = fc.oneof(fc.constantFrom('app', 'app', 'sidecar', ''), fc.string({ maxLength: 5 }));
const noise = fc.dictionary(
  fc.constantFrom('args', 'env', 'ports', 'resources', 'x'),
  fc.jsonValue(),
  { maxKeys: 3 },
);
const container = fc
  .tuple(noise, name, image)
  .map(([rest, name, image]) => ({ ...rest, name, image }));
const volume = fc.oneof(
  fc
    .tuple(name, image)
    .map(([name, reference]) => ({ name, image: { reference, pullPolicy: 'Always' } })),
  fc
    .tuple(
      name,
      fc.constantFrom({ emptyDir: {} }, { image: null }, { configMap: { name: 'image' } }),
    )
    .map(([name, source]) => ({ name, ...source })),
);
const list = <T>(item: fc.Arbitrary<T>) =>
  fc.option(fc.array(item, { maxLength: 4 }), { nil: null });
const podSpec = fc.record(
  {
    containers: fc.array(container, { minLength: 1, maxLength: 4 }),
    initContainers: list(container),
    ephemeralContainers: list(container),
    volumes: list(volume),
    nodeSelector: noise,
  },
  { requiredKeys: ['containers'] },
);
const kinds = [
  ['v1', 'Pod', ['spec']],
  ['v1', 'PodTemplate', ['template', 'spec']],
  ['v1', 'ReplicationController', ['spec', 'template', 'spec']],
  ['apps/v1', 'ReplicaSet', ['spec', 'template', 'spec']],
  ['apps/v1', 'Deployment', ['spec', 'template', 'spec']],
  ['apps/v1', 'StatefulSet', ['spec', 'template', 'spec']],
  ['apps/v1', 'DaemonSet', ['spec', 'template', 'spec']],
  ['batch/v1', 'Job', ['spec', 'template', 'spec']],
  ['batch/v1', 'CronJob', ['spec', 'jobTemplate', 'spec', 'template', 'spec']],
] as const;

const workload = fc
  .tuple(fc.constantFrom(...kinds), podSpec)
  .map(([[apiVersion, kind, path], spec]) => ({
    spec,
    object: {
      apiVersion,
      kind,
      metadata: {},
      ...(path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), spec) as object),
    },
  }));

/** Where a JSON pointer leads. */
function valueAt(object: unknown, pointer: string): unknown {
  return pointer
    .split('/')
    .slice(1)
    .reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], object);
}

it('every image planted in a pod spec is found, once, and its pointer leads to it', () => {
  fc.assert(
    fc.property(workload, ({ spec, object }) => {
      const planted = [
        ...(spec.initContainers ?? []),
        ...spec.containers,
        ...(spec.ephemeralContainers ?? []),
      ].map(({ image }) => image);
      const mounted = (spec.volumes ?? []).flatMap((volume) =>
        'image' in volume && volume.image !== null ? [volume.image.reference] : [],
      );
      const found = findImages(object);
      if (!found.ok) throw new Error(found.detail);
      expect(found.images.map(({ image }) => image)).toEqual([...planted, ...mounted]);
      expect(new Set(found.images.map(({ path }) => path)).size).toBe(found.images.length);
      for (const { path, image } of found.images) expect(valueAt(object, path)).toBe(image);
    }),
    runs(500),
  );
});

it('one image taken away or made blank is an error, never a shorter list', () => {
  fc.assert(
    fc.property(
      workload,
      fc.nat(),
      fc.constantFrom(undefined, null, '', ' \n', 5, {}, []),
      ({ object }, pick, blank) => {
        const found = findImages(object);
        if (!found.ok) throw new Error(found.detail);
        const path = found.images[pick % found.images.length]?.path ?? '';
        const copy = JSON.parse(JSON.stringify(object)) as unknown;
        const field = path.split('/').at(-1) ?? '';
        (valueAt(copy, path.slice(0, -field.length - 1)) as Record<string, unknown>)[field] = blank;
        expect(findImages(copy)).toMatchObject({ ok: false });
      },
    ),
    runs(300),
  );
});

it('no JSON makes the search throw', () => {
  const odd = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom({ toString: 1, valueOf: 1 }, { toString: null }),
  );
  const shaped = fc.record({
    apiVersion: fc.oneof(fc.constantFrom('v1', 'apps/v1', 'batch/v1'), odd),
    kind: fc.oneof(fc.constantFrom('Pod', 'Deployment', 'CronJob'), odd),
    spec: fc.oneof(
      odd,
      fc.record({ containers: odd, volumes: odd, template: odd, jobTemplate: odd }),
      podSpec,
    ),
  });
  fc.assert(
    fc.property(fc.oneof(odd, shaped), (object) => {
      const found = findImages(object);
      if (!found.ok) expect(found.detail).not.toBe('');
    }),
    runs(1500),
  );
});
