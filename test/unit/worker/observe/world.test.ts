import { describe, expect, it } from '@jest/globals';
import { createFakeWorld } from '../fake-world.ts';
import { entry, followingKeySet, keyOf, keySet, kmp, v } from '../fixtures.ts';

describe('the provider of a KeySet', () => {
  it('is found, refused with its problems, missing, or not asked for', () => {
    const world = createFakeWorld();
    world.setProviders(kmp({ name: 'akv' }));
    world.setInvalid('kmps', 'broken', 'spec.type is missing');
    expect(world.providerOf(followingKeySet('akv'))).toMatchObject({ ok: true });
    expect(world.providerOf(followingKeySet('broken'))).toMatchObject({ ok: false });
    expect(world.providerOf(followingKeySet('gone'))).toBe('missing');
    expect(world.providerOf(keySet())).toBeUndefined();
  });

  it('of a namespaced kind is the one of the KeySet’s own namespace', () => {
    const world = createFakeWorld();
    world.setProviders(kmp({ name: 'akv', namespace: 'team' }));
    const spec = {
      ...followingKeySet('akv').spec,
      providerRef: { kind: 'NamespacedKeyManagementProvider', name: 'akv' },
    } as const;
    expect(world.providerOf({ ...followingKeySet('akv'), spec, namespace: 'team' })).toMatchObject({
      ok: true,
    });
    expect(world.providerOf({ ...followingKeySet('akv'), spec, namespace: 'other' })).toBe(
      'missing',
    );
  });
});

describe('revocations', () => {
  it('of a version cover copies of its key in other KeySets, and are found anew when something changes', () => {
    const world = createFakeWorld();
    const copy = {
      vaultUri: '',
      name: '',
      version: '',
      fingerprint: keyOf(v(1)).loaded.fingerprint,
    };
    world.setKeySets(keySet({ status: { versions: [entry(1)] } }));
    expect(world.findRevocation()(copy)).toBeUndefined();
    const { vaultUri, name, version } = entry(1);
    world.setRevocations({
      name: 'leak',
      resourceVersion: '1',
      key: { vaultUri, name, version },
      reason: 'leaked',
    });
    expect(world.findRevocation()(copy)?.name).toBe('leak');
    expect(world.findRevocation()).toBe(world.findRevocation());
    world.setRevocations();
    expect(world.findRevocation()(copy)).toBeUndefined();
  });
});
