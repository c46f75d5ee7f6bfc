import { describe, expect, it } from '@jest/globals';
import { createFakeClock } from '../../../../platform/lifecycle/fake-clock.ts';
import { createTargetIndex, findTargets } from '../../../../worker/observe/targets.ts';
import { createFakeWorld } from '../fake-world.ts';
import { entry, followingKeySet, KEY, keyOf, keySet, kmp, VAULT } from '../fixtures.ts';

const OTHER = 'https://other.vault.azure.net';

describe('what is swept', () => {
  it('are the keys of specs and of providers, once each, by vault', () => {
    const world = createFakeWorld();
    world.setProviders(kmp({ name: 'akv' }));
    world.setKeySets(
      keySet({ name: 'a', spec: { sweepIntervalSeconds: 3 } }),
      keySet({ name: 'b', spec: { keys: ['azurekms://other.vault.azure.net/k'] } }),
      followingKeySet('akv'),
    );
    const { vaults, withoutVault } = findTargets(world);
    expect([...vaults.keys()].toSorted()).toEqual([VAULT, OTHER]);
    expect(vaults.get(VAULT)).toEqual({
      vaultUri: VAULT,
      keys: [
        {
          source: { vaultUri: VAULT, name: KEY },
          followers: ['keyward-system/a', 'keyward-system/akv'],
          pages: 1,
        },
      ],
      wantedSeconds: 3,
      callsPerRound: 1,
    });
    expect(withoutVault).toEqual([]);
  });

  it('counts the pages of long lists', () => {
    const world = createFakeWorld();
    const versions = Array.from({ length: 26 }, (_, index) => entry(index));
    world.setKeySets(keySet({ status: { versions } }));
    expect(findTargets(world).vaults.get(VAULT)?.callsPerRound).toBe(2);
  });

  it('keeps the order of keys whatever order KeySets come in', () => {
    const names = ['c', 'a', 'b'];
    const order = (list: readonly string[]) => {
      const world = createFakeWorld();
      world.setKeySets(
        ...list.map((name) =>
          keySet({ name, spec: { keys: [`azurekms://contoso.vault.azure.net/${name}`] } }),
        ),
      );
      return findTargets(world)
        .vaults.get(VAULT)
        ?.keys.map(({ source }) => source.name);
    };
    expect(order(names)).toEqual(['a', 'b', 'c']);
    expect(order(names.toReversed())).toEqual(['a', 'b', 'c']);
  });

  it('are no keys of a KeySet whose provider is missing, invalid or inline', () => {
    const world = createFakeWorld();
    const inline = { contentType: 'key', value: keyOf('inline').loaded.pem };
    world.setProviders(kmp({ name: 'inline', type: 'inline', parameters: inline }));
    world.setInvalid('kmps', 'broken', 'spec.type is missing');
    world.setKeySets(...['gone', 'broken', 'inline'].map((name) => followingKeySet(name)));
    const { vaults, withoutVault } = findTargets(world);
    expect(vaults.size).toBe(0);
    expect(withoutVault.length).toBe(3);
  });
});

describe('the index', () => {
  it('is kept until something changes, and not found anew too often', () => {
    const world = createFakeWorld();
    const clock = createFakeClock();
    world.setKeySets(keySet());
    const index = createTargetIndex(world, clock);
    const first = index.current();
    clock.advance(60_000);
    expect(index.current()).toBe(first);
    index.markStale();
    const second = index.current();
    expect(second).not.toBe(first);
    clock.advance(100);
    index.markStale();
    expect([index.current() === second, index.freshInMs()]).toEqual([true, 100]);
    clock.advance(100);
    expect(index.current()).not.toBe(second);
  });

  it('finds the followers of a key that came a moment ago, and asks for nothing twice', () => {
    const world = createFakeWorld();
    const index = createTargetIndex(world, createFakeClock());
    expect(index.followersOf({ vaultUri: VAULT, name: KEY })).toEqual([]);
    world.setKeySets(keySet());
    expect(index.followersOf({ vaultUri: VAULT, name: KEY })).toEqual([]);
    index.markStale();
    expect(index.followersOf({ vaultUri: VAULT, name: KEY })).toEqual(['keyward-system/prod']);
  });
});
