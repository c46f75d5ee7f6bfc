import type { KeyRevocation, KeySet } from '../../../core/keys/key-set.ts';
import type { Kmp } from '../../../platform/kube/schemas.ts';
import { objectKey } from '../../../platform/kube/resources.ts';
import { createWorld, type World } from '../../../worker/observe/world.ts';

export interface FakeWorld extends World {
  setKeySets(...keySets: readonly KeySet[]): void;
  setProviders(...kmps: readonly Kmp[]): void;
  setRevocations(...revocations: readonly KeyRevocation[]): void;
  /** A KeySet or a cluster-wide provider that cannot be parsed. */
  setInvalid(kind: 'keySets' | 'kmps', key: string, problem: string): void;
}

/** The local copies as reflectors would hold them. */
export function createFakeWorld(): FakeWorld {
  const copies = {
    keySets: new Map<string, KeySet>(),
    revocations: new Map<string, KeyRevocation>(),
    kmps: new Map<string, Kmp>(),
    namespacedKmps: new Map<string, Kmp>(),
  };
  const invalid = { keySets: new Map<string, string[]>(), kmps: new Map<string, string[]>() };
  const world = createWorld(
    {
      keySets: { items: () => copies.keySets, invalid: () => invalid.keySets },
      revocations: { items: () => copies.revocations, invalid: () => new Map() },
      kmps: { items: () => copies.kmps, invalid: () => invalid.kmps },
      namespacedKmps: { items: () => copies.namespacedKmps, invalid: () => new Map() },
    },
    'keyward-system',
  );
  return {
    ...world,
    setKeySets: (...keySets) => {
      copies.keySets = new Map(keySets.map((keySet) => [objectKey(keySet), keySet]));
    },
    setProviders: (...kmps) => {
      const of = (kind: Kmp['kind']) => kmps.filter((kmp) => kmp.kind === kind);
      const map = (kind: Kmp['kind']) => new Map(of(kind).map((kmp) => [objectKey(kmp), kmp]));
      copies.kmps = map('KeyManagementProvider');
      copies.namespacedKmps = map('NamespacedKeyManagementProvider');
    },
    setRevocations: (...revocations) => {
      copies.revocations = new Map(revocations.map((each) => [each.name, each]));
    },
    setInvalid: (kind, key, problem) => {
      invalid[kind].set(key, [problem]);
    },
  };
}
