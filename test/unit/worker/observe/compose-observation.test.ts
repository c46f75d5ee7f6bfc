import { describe, expect, it } from '@jest/globals';
import type { KeySet } from '../../../../core/keys/key-set.ts';
import { composeObservation, targetOf } from '../../../../worker/observe/compose-observation.ts';
import { createReadLog } from '../../../../worker/observe/read-log.ts';
import { planKeySet } from '../../../../worker/plan/plan-key-set.ts';
import { createFakeWorld } from '../fake-world.ts';
import { followingKeySet, kmp, NOW, reading, readPem, seen } from '../fixtures.ts';

type Ref = NonNullable<KeySet['spec']['publish']>;
const CLUSTER: Ref = { kind: 'KeyManagementProvider', name: 'made' };
const NAMESPACED: Ref = { kind: 'NamespacedKeyManagementProvider', name: 'made' };

/** What a KeySet of a tenant that follows the tenant's own provider would make. */
function publishing(publish: Ref) {
  const base = followingKeySet('akv', { namespace: 'team' });
  const providerRef = { kind: 'NamespacedKeyManagementProvider', name: 'akv' } as const;
  const keySet = { ...base, spec: { ...base.spec, providerRef, publish } };
  const provider = { ok: true, value: kmp({ name: 'akv', namespace: 'team' }) } as const;
  const world = createFakeWorld();
  world.setKeySets(keySet);
  const observation = composeObservation(
    { keySet, provider, target: 'missing', readings: [reading([seen(1)])] },
    { world, readPem, readLog: createReadLog(), effectiveSecondsOf: () => 5, now: () => NOW },
  );
  return { place: targetOf(keySet, provider), plan: planKeySet(observation) };
}

describe('a tenant’s KeySet', () => {
  it('makes a provider in its own namespace', () => {
    const { place, plan } = publishing(NAMESPACED);
    expect(place).toMatchObject({ ...NAMESPACED, namespace: 'team' });
    expect(plan.generated).toMatchObject({ kind: 'list', existing: undefined });
  });

  it('makes none of the cluster, which would trust the tenant’s keys everywhere', () => {
    const { plan } = publishing(CLUSTER);
    expect([plan.generated, plan.status.provider]).toEqual([undefined, undefined]);
    const sync = plan.status.conditions.find(({ type }) => type === 'ProviderInSync');
    expect(sync?.message).toContain('written by a KeySet in namespace keyward-system');
  });
});
