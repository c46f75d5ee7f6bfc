import { describe, expect, it } from '@jest/globals';
import { createChangeFilter } from '../../../../worker/watch/changes.ts';
import { createFakeWorld } from '../fake-world.ts';
import { entry, followingKeySet, keySet, kmp } from '../fixtures.ts';

const PROD = 'keyward-system/prod';
const AKV = 'keyward-system/akv';
const nothing = { keySets: [], followed: false };

function setUp() {
  const world = createFakeWorld();
  world.setProviders(kmp({ name: 'akv' }));
  world.setKeySets(keySet(), followingKeySet('akv'));
  return { world, filter: createChangeFilter(world) };
}

describe('a change of a KeySet', () => {
  it('matters when it is new or its spec was edited', () => {
    const { world, filter } = setUp();
    world.setKeySets(keySet({ generation: 2 }), keySet({ name: 'new' }));
    expect(filter.findConsequences('keySets', [PROD, 'keyward-system/new'])).toEqual({
      keySets: [PROD, 'keyward-system/new'],
      followed: true,
    });
    expect(filter.findConsequences('keySets', [PROD])).toEqual(nothing);
  });

  it('does not matter when keyward wrote its status', () => {
    const { world, filter } = setUp();
    world.setKeySets(keySet({ status: { versions: [entry(1)], trusted: 1 } }));
    expect(filter.findConsequences('keySets', [PROD])).toEqual(nothing);
  });

  it('matters to the sweep when it is gone, and it is new when it comes back', () => {
    const { world, filter } = setUp();
    world.setKeySets();
    expect(filter.findConsequences('keySets', [PROD])).toEqual({ keySets: [], followed: true });
    expect(filter.findConsequences('keySets', [PROD])).toEqual(nothing);
    world.setKeySets(keySet());
    expect(filter.findConsequences('keySets', [PROD]).keySets).toEqual([PROD]);
  });
});

describe('a change of a provider', () => {
  const consequences = (change: Parameters<typeof kmp>[0]) => {
    const { world, filter } = setUp();
    world.setProviders(kmp({ name: 'akv', ...change }));
    return filter.findConsequences('kmps', ['akv']);
  };
  const matters = { keySets: [AKV], followed: true };

  it('matters with its annotations and with what Ratify says of it', () => {
    expect(consequences({ annotations: { 'keyward.dev/manage': 'patch' } })).toEqual(matters);
    expect(consequences({ status: { issuccess: false } })).toEqual(matters);
  });

  it('matters when Ratify has read what keyward wrote', () => {
    const annotations = { 'keyward.dev/fetched-before': '2026-11-01T11:00:00Z' };
    const { world, filter } = setUp();
    const fetched = (lastfetchedtime: string) =>
      kmp({ name: 'akv', annotations, status: { issuccess: true, lastfetchedtime } });
    world.setProviders(fetched('2026-11-01T11:00:00Z'));
    filter.findConsequences('kmps', ['akv']);
    world.setProviders(fetched('2026-11-01T12:00:00Z'));
    expect(filter.findConsequences('kmps', ['akv'])).toEqual(matters);
    world.setProviders(fetched('2026-11-01T13:00:00Z'));
    expect(filter.findConsequences('kmps', ['akv'])).toEqual(nothing);
  });

  it('matters to the KeySet that it was made from', () => {
    const { world, filter } = setUp();
    const provider = {
      kind: 'KeyManagementProvider',
      name: 'made',
      mode: 'generate',
      uid: 'u',
    } as const;
    world.setKeySets(keySet({ status: { provider } }));
    world.setProviders(kmp({ name: 'akv' }), kmp({ name: 'made' }));
    expect(filter.findConsequences('kmps', ['made']).keySets).toEqual([PROD]);
  });

  it('does not matter when Ratify only fetched again', () => {
    expect(consequences({ status: { lastfetchedtime: '2026-11-01T12:00:00Z' } })).toEqual(nothing);
  });

  it('matters with its spec', () => {
    const { world, filter } = setUp();
    world.setProviders({ ...kmp({ name: 'akv' }), generation: 2 });
    expect(filter.findConsequences('kmps', ['akv'])).toEqual(matters);
    expect(filter.findConsequences('kmps', ['akv'])).toEqual(nothing);
  });

  it('matters when it is gone, back, or cannot be parsed any more', () => {
    const { world, filter } = setUp();
    world.setProviders();
    expect(filter.findConsequences('kmps', ['akv'])).toEqual(matters);
    world.setProviders(kmp({ name: 'akv' }));
    expect(filter.findConsequences('kmps', ['akv'])).toEqual(matters);
    world.setProviders();
    world.setInvalid('kmps', 'akv', 'spec.type is missing');
    expect(filter.findConsequences('kmps', ['akv'])).toEqual(matters);
  });

  it('without any KeySet is one to adopt', () => {
    const { world, filter } = setUp();
    world.setProviders(kmp({ name: 'akv' }), kmp({ name: 'new' }));
    expect(filter.findConsequences('kmps', ['new'])).toEqual({ keySets: [], followed: true });
  });

  it('concerns the KeySets of its own namespace where it has one', () => {
    const { world, filter } = setUp();
    world.setProviders(kmp({ name: 'akv' }), kmp({ name: 'akv', namespace: 'team' }));
    expect(filter.findConsequences('namespacedKmps', ['team/akv']).keySets).toEqual([]);
  });
});

describe('a change of revocations', () => {
  const { vaultUri, name, version } = entry(1);
  const revocation = {
    name: 'leak',
    resourceVersion: '1',
    key: { vaultUri, name, version },
    reason: 'leaked',
  };

  it('concerns the KeySets that hold the key, under whatever name', () => {
    const { world, filter } = setUp();
    const holding = keySet({ name: 'holding', status: { versions: [entry(1)] } });
    const copy = keySet({
      name: 'copy',
      status: { versions: [entry(1, { vaultUri: '', name: '', version: '' })] },
    });
    const other = keySet({ name: 'other', status: { versions: [entry(2)] } });
    world.setKeySets(holding, copy, other);
    world.setRevocations(revocation);
    expect(filter.findConsequences('revocations', ['leak']).keySets).toEqual([
      'keyward-system/holding',
      'keyward-system/copy',
    ]);
  });

  it('concerns those that still say revoked when it was lifted', () => {
    const { world, filter } = setUp();
    world.setKeySets(keySet({ status: { versions: [entry(1, { state: 'revoked' })] } }));
    expect(filter.findConsequences('revocations', ['leak']).keySets).toEqual([PROD]);
  });
});
