import { describe, expect, it } from '@jest/globals';
import { applyPatch } from 'rfc6902';
import type { TagResolution, TagResolver } from '../../../../webhook/evidence/tag-resolver.ts';
import type { EnforcementAnswer } from '../../../../webhook/review/enforcement.ts';
import { createMutate } from '../../../../webhook/review/mutate.ts';
import { createDeadline } from '../../../../webhook/server/deadline.ts';
import { DIGEST } from '../../../support/signatures.ts';
import {
  IMAGE,
  WORKLOADS,
  objectOf,
  podOf,
  podSpecOf,
  requestOf,
} from '../../../support/reviews.ts';

const DENY: EnforcementAnswer = { kind: 'known', enforcement: 'deny' };

function createSetup(options: { enforced?: EnforcementAnswer; resolution?: TagResolution } = {}) {
  const { enforced = DENY, resolution = { kind: 'digest', digest: DIGEST } } = options;
  const asked: string[] = [];
  const tags: TagResolver = {
    resolveTag: async ({ registry, repository }, tag, signal) => {
      if (signal === undefined) throw new Error('asked without a deadline');
      asked.push(`${registry}/${repository}:${tag}`);
      return resolution;
    },
  };
  const mutate = createMutate({ findEnforcement: () => enforced, tags });
  const answer = (request: Parameters<typeof requestOf>[0]) =>
    mutate('u', requestOf(request), createDeadline(1000));
  /** The object as the API server would have it after the answer. */
  const mutated = async (request: Parameters<typeof requestOf>[0]) => {
    const { patch } = await answer(request);
    const object = structuredClone(requestOf(request).object);
    const failures = applyPatch(object, patch === undefined ? [] : decode(patch));
    expect(failures.filter((failure) => failure !== null)).toEqual([]);
    return object;
  };
  return { answer, mutated, asked };
}

function decode(patch: string) {
  return JSON.parse(Buffer.from(patch, 'base64').toString()) as Parameters<typeof applyPatch>[1];
}

const PLAIN = { uid: 'u', allowed: true };

describe('a Pod with tags', () => {
  it('gets every tag pinned to its digest, and keeps the tag for people', async () => {
    const { mutated, asked } = createSetup();
    const object = podOf(['nginx', 'contoso.azurecr.io/app:v1'], {
      initContainers: [{ name: 'i', image: 'library/busybox:1' }],
      ephemeralContainers: [{ name: 'e', image: 'localhost:5000/tools:dev' }],
      volumes: [{ name: 'none' }, { name: 'v', image: { reference: 'contoso.azurecr.io/m' } }],
    });
    expect(await mutated({ object })).toEqual(
      podOf([`docker.io/library/nginx:latest@${DIGEST}`, `contoso.azurecr.io/app:v1@${DIGEST}`], {
        initContainers: [{ name: 'i', image: `docker.io/library/busybox:1@${DIGEST}` }],
        ephemeralContainers: [{ name: 'e', image: `localhost:5000/tools:dev@${DIGEST}` }],
        volumes: [
          { name: 'none' },
          { name: 'v', image: { reference: `contoso.azurecr.io/m:latest@${DIGEST}` } },
        ],
      }),
    );
    expect(asked).toHaveLength(5);
  });

  it('is patched only where it still says what was resolved', async () => {
    const { answer } = createSetup();
    const { patchType, patch, allowed } = await answer({ object: podOf(['nginx:1']) });
    expect({ patchType, allowed }).toEqual({ patchType: 'JSONPatch', allowed: true });
    const path = '/spec/containers/0/image';
    expect(decode(patch ?? '')).toEqual([
      { op: 'test', path, value: 'nginx:1' },
      { op: 'replace', path, value: `docker.io/library/nginx:1@${DIGEST}` },
    ]);
    const changed = podOf(['nginx:2']);
    expect(applyPatch(changed, decode(patch ?? ''))[0]?.name).toBe('TestError');
  });

  it('is left alone once it is pinned: mutating twice is mutating once', async () => {
    const { mutated, answer } = createSetup();
    const object = await mutated({ object: podOf(['nginx:1', IMAGE]) });
    expect(await answer({ object })).toEqual(PLAIN);
  });

  it('in a namespace that warns is pinned too', async () => {
    const { answer } = createSetup({ enforced: { kind: 'known', enforcement: 'warn' } });
    expect(await answer({ object: podOf(['nginx:1']) })).toHaveProperty('patch');
  });
});

describe('what is left as it is', () => {
  it('a digest, with or without a tag, for which nobody is asked', async () => {
    const { answer, asked } = createSetup();
    const object = podOf([IMAGE, `contoso.azurecr.io/app:v1@${DIGEST}`]);
    expect(await answer({ object })).toEqual(PLAIN);
    expect(asked).toEqual([]);
  });

  it.each<[string, TagResolution]>([
    ['is not there', { kind: 'absent' }],
    ['cannot be found out', { kind: 'unavailable', code: 'REGISTRY_TIMEOUT', detail: 'slow' }],
  ])('a tag that %s: /validate refuses it with the reason', async (_, resolution) => {
    const { answer } = createSetup({ resolution });
    expect(await answer({ object: podOf(['nginx:1']) })).toEqual(PLAIN);
  });

  it.each(['Nginx', 'user@host/app:v1', 'a b', '../app', 'app@sha512:00'])(
    'an image that is no reference: %s',
    async (image) => {
      const { answer, asked } = createSetup();
      expect(await answer({ object: podOf([image]) })).toEqual(PLAIN);
      expect(asked).toEqual([]);
    },
  );

  it.each(Object.keys(WORKLOADS).filter((kind) => kind !== 'Pod'))(
    'a %s, so that GitOps sees no drift',
    async (kind) => {
      const { answer, asked } = createSetup();
      const object = objectOf(kind, podSpecOf(['nginx:1']));
      expect(await answer({ kind, object })).toEqual(PLAIN);
      expect(asked).toEqual([]);
    },
  );

  it.each<[string, EnforcementAnswer]>([
    ['is not enforced', { kind: 'known', enforcement: 'off' }],
    ['is not known', { kind: 'unknown', detail: 'lookup failed' }],
  ])('a Pod in a namespace that %s', async (_, enforced) => {
    const { answer, asked } = createSetup({ enforced });
    expect(await answer({ object: podOf(['nginx:1']) })).toEqual(PLAIN);
    expect(asked).toEqual([]);
  });

  it('an object that makes no sense, which /validate refuses', async () => {
    const { answer } = createSetup();
    expect(await answer({ object: { kind: 'Pod' } })).toEqual(PLAIN);
    expect(await answer({ operation: 'PATCH' })).toEqual(PLAIN);
    expect(await answer({ operation: 'DELETE', object: null })).toEqual(PLAIN);
  });
});

describe('UPDATE of a Pod', () => {
  it('pins only the images that are new', async () => {
    const { mutated, asked } = createSetup();
    const request = {
      operation: 'UPDATE',
      oldObject: podOf(['nginx:1', 'nginx:2']),
      object: podOf(['nginx:1', 'nginx:3']),
    };
    expect(await mutated(request)).toEqual(
      podOf(['nginx:1', `docker.io/library/nginx:3@${DIGEST}`]),
    );
    expect(asked).toEqual(['docker.io/library/nginx:3']);
  });

  it('of its labels is left alone', async () => {
    const { answer, asked } = createSetup();
    const pod = podOf(['nginx:1']);
    expect(await answer({ operation: 'UPDATE', oldObject: pod, object: pod })).toEqual(PLAIN);
    expect(asked).toEqual([]);
  });
});
