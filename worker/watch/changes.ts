import type { KeySet } from '../../core/keys/key-set.ts';
import type { Kmp } from '../../platform/kube/schemas.ts';
import { objectKey } from '../../platform/kube/resources.ts';
import { providerPlace, writtenPlace, type World } from '../observe/world.ts';
import { confirmationOf } from '../plan/confirmation.ts';

export type ChangedKind = 'keySets' | 'kmps' | 'namespacedKmps' | 'revocations';

/** What follows from a change of API objects. */
export interface Consequences {
  /** KeySets to reconcile. */
  readonly keySets: readonly string[];
  /** Whether the keys that are followed may have changed, or a provider is there to be adopted. */
  readonly followed: boolean;
}

/** Tells the changes that matter from those that do not: keyward's own writes above all, which would keep it busy for ever. */
export interface ChangeFilter {
  findConsequences(kind: ChangedKind, keys: readonly string[]): Consequences;
}

/** Takes the objects as they are now for known. */
export function createChangeFilter(world: World): ChangeFilter {
  const keySets = new Map([...world.keySets()].map(([key, keySet]) => [key, markOfKeySet(keySet)]));
  const providers = new Map(world.providers().map((kmp) => [placeOfKmp(kmp), markOfKmp(kmp)]));

  const changedKeySets = (keys: readonly string[]): Consequences => {
    let followed = false;
    const changed = keys.filter((key) => {
      const keySet = world.keySet(key);
      const mark = keySet === undefined ? undefined : markOfKeySet(keySet);
      if (mark === keySets.get(key)) return false;
      followed = true;
      if (mark === undefined) keySets.delete(key);
      else keySets.set(key, mark);
      return mark !== undefined;
    });
    return { keySets: changed, followed };
  };

  const changedProviders = (kind: Kmp['kind'], keys: readonly string[]): Consequences => {
    const now = new Map(world.providers().map((kmp) => [placeOfKmp(kmp), markOfKmp(kmp)]));
    const changed = keys
      .map((key) => `${kind} ${key}`)
      .filter((place) => {
        const mark = now.get(place);
        // One that cannot be parsed has no mark: it is looked at each time that it changes.
        if (mark !== undefined && mark === providers.get(place)) return false;
        if (mark === undefined) providers.delete(place);
        else providers.set(place, mark);
        return true;
      });
    return { keySets: findReferring(world, new Set(changed)), followed: changed.length > 0 };
  };

  return {
    findConsequences: (kind, keys) => {
      switch (kind) {
        case 'keySets':
          return changedKeySets(keys);
        case 'kmps':
          return changedProviders('KeyManagementProvider', keys);
        case 'namespacedKmps':
          return changedProviders('NamespacedKeyManagementProvider', keys);
        case 'revocations':
          return { keySets: findRevoked(world), followed: false };
      }
    },
  };
}

/** The spec; status writes leave the generation as it is. */
function markOfKeySet({ uid, generation }: KeySet): string {
  return `${uid} ${generation}`;
}

/**
 * The spec, keyward's annotations, whether Ratify could read the keys, and whether that is about these keys: its status has a time in it
 * that changes always.
 */
function markOfKmp(kmp: Kmp): string {
  const { uid, generation, annotations, status } = kmp;
  const said = [status.isSuccess ?? null, confirmationOf(kmp) === 'awaited'];
  return JSON.stringify([uid, generation, annotations, ...said]);
}

function placeOfKmp(kmp: Kmp): string {
  return `${kmp.kind} ${objectKey(kmp)}`;
}

function findReferring(world: World, places: ReadonlySet<string>): readonly string[] {
  if (places.size === 0) return [];
  return [...world.keySets()].flatMap(([key, keySet]) => {
    const own = [providerPlace(keySet), writtenPlace(keySet)];
    const isReferring = own.some(
      (place) => place !== undefined && places.has(`${place.kind} ${objectKey(place)}`),
    );
    return isReferring ? [key] : [];
  });
}

/** KeySets of which a version's state does not say what the revocations say: one came, or one was lifted. */
function findRevoked(world: World): readonly string[] {
  const find = world.findRevocation();
  return [...world.keySets()].flatMap(([key, { status }]) => {
    const differs = status.versions.some((entry) => {
      const isRevoked = find(entry) !== undefined;
      return isRevoked !== (entry.state === 'revoked');
    });
    return differs ? [key] : [];
  });
}
