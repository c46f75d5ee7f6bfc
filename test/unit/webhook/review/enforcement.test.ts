import { describe, expect, it } from '@jest/globals';
import { KubeError } from '../../../../platform/kube/kube-error.ts';
import type { Kube, ObjectPlace } from '../../../../platform/kube/kube.ts';
import {
  createEnforcement,
  ENFORCEMENTS,
  type Enforcement,
} from '../../../../webhook/review/enforcement.ts';
import { createDeadline } from '../../../../webhook/server/deadline.ts';
import type { NamespaceLabel } from '../../../../webhook/trust/namespaces.ts';

interface Cluster {
  readonly watched?: readonly NamespaceLabel[];
  readonly clusterDefault?: Enforcement;
  /** What the API server answers for one namespace: an object, nothing, or an error. */
  readonly live?: (place: ObjectPlace) => unknown;
}

function inCluster({ watched = [], clusterDefault = 'warn', live }: Cluster) {
  const asked: ObjectPlace[] = [];
  const find = createEnforcement({
    kube: {
      get: async (_: unknown, place: ObjectPlace) => {
        asked.push(place);
        return live?.(place);
      },
    } as unknown as Pick<Kube, 'get'>,
    namespaces: () => new Map(watched.map((each) => [each.name, each])),
    clusterDefault,
  });
  return {
    asked,
    find: async (name = 'team') => find(name, createDeadline(1000)),
  };
}

const namespace = (labels?: unknown) => ({ metadata: { name: 'team', labels } });

describe('a watched namespace', () => {
  it.each(ENFORCEMENTS)(
    'with the label %s is so, whatever the cluster default',
    async (enforce) => {
      for (const clusterDefault of ENFORCEMENTS) {
        const { find, asked } = inCluster({ watched: [{ name: 'team', enforce }], clusterDefault });
        expect(await find()).toEqual({ kind: 'known', enforcement: enforce });
        expect(asked).toEqual([]);
      }
    },
  );

  it.each(ENFORCEMENTS)('without the label follows the cluster default: %s', async (word) => {
    const { find } = inCluster({ watched: [{ name: 'team' }], clusterDefault: word });
    expect(await find()).toEqual({ kind: 'known', enforcement: word });
  });

  it.each(['', 'Deny', 'Off', ' off', 'false', 'none', 'constructor', 'deny\n'])(
    'with a label that is no such word denies, and says so: %j',
    async (enforce) => {
      const watched = [{ name: 'team', enforce }];
      const { find } = inCluster({ watched, clusterDefault: 'off' });
      expect(await find()).toEqual({
        kind: 'known',
        enforcement: 'deny',
        note: expect.stringContaining('keyward.dev/enforce is not deny, warn or off'),
      });
    },
  );

  it('says nothing of another', async () => {
    const { find } = inCluster({ watched: [{ name: 'team-2', enforce: 'off' }] });
    expect(await find()).toMatchObject({ kind: 'unknown' });
  });
});

describe('a namespace that no watch has told of yet', () => {
  it.each<[Record<string, string> | null | undefined, Enforcement]>([
    [{ 'keyward.dev/enforce': 'off' }, 'off'],
    [{ 'keyward.dev/enforce': 'deny' }, 'deny'],
    [{ 'keyward.dev/enforce': 'typo' }, 'deny'],
    [{ other: 'off' }, 'warn'],
    [null, 'warn'],
    [undefined, 'warn'],
  ])('is read live: labels %j are %s', async (labels, enforcement) => {
    const { find, asked } = inCluster({ live: () => namespace(labels) });
    expect(await find()).toMatchObject({ kind: 'known', enforcement });
    expect(asked).toMatchObject([{ name: 'team', signal: expect.any(AbortSignal) }]);
  });

  it.each<[string, () => unknown]>([
    ['is not there', () => undefined],
    ['has labels that are no text', () => namespace({ 'keyward.dev/enforce': 7 })],
    ['is answered with a list', () => ({ kind: 'NamespaceList', metadata: {}, items: [] })],
    ['is answered with nothing that makes sense', () => 'off'],
  ])('is unknown when it %s (B-58)', async (_, live) => {
    const { find } = inCluster({ live, clusterDefault: 'off' });
    expect(await find()).toEqual({
      kind: 'unknown',
      detail: expect.stringContaining('namespace team'),
    });
  });

  it.each<[string, Error]>([
    ['may not be read', new KubeError('FORBIDDEN', 'namespaces is forbidden')],
    ['cannot be asked for', new KubeError('UNREACHABLE', 'connection refused')],
    ['is asked for too late', new KubeError('TIMEOUT', 'no answer in time')],
    ['makes keyward stumble', new TypeError('undefined is not a function')],
  ])('is unknown when it %s: a lookup error is never "no match" (B-58)', async (_, error) => {
    const fail = () => {
      throw error;
    };
    const { find } = inCluster({ live: fail, clusterDefault: 'off' });
    expect(await find()).toEqual({
      kind: 'unknown',
      detail: `namespace team could not be read: ${error.message}`,
    });
  });

  it('is unknown when the request names none', async () => {
    const { find } = inCluster({ clusterDefault: 'off' });
    expect(await find('')).toMatchObject({ kind: 'unknown' });
  });
});
