import type { KeyRevocation, KeySet } from '../../core/keys/key-set.ts';
import { indexRevocations, type FindRevocation } from '../../core/keys/revocation.ts';
import type { ParseResult } from '../../platform/kube/parse-result.ts';
import type { Reflector } from '../../platform/kube/reflector.ts';
import { objectKey } from '../../platform/kube/resources.ts';
import type { Kmp } from '../../platform/kube/schemas.ts';

type Copy<T> = Pick<Reflector<T>, 'items' | 'invalid'>;

/** The local copies of the API objects that the worker reads. */
export interface Copies {
  readonly keySets: Copy<KeySet>;
  readonly revocations: Copy<KeyRevocation>;
  readonly kmps: Copy<Kmp>;
  readonly namespacedKmps: Copy<Kmp>;
}

/** The cluster as this process knows it now. Enough to find out that something is to be done; what is written comes from live reads. */
export interface World {
  readonly systemNamespace: string;
  keySets(): ReadonlyMap<string, KeySet>;
  keySet(name: string): KeySet | undefined;
  /** Whether there is a KeySet of that name at all, one that cannot be parsed included. */
  hasKeySet(name: string): boolean;
  /** All that can be parsed, of both kinds. */
  providers(): readonly Kmp[];
  /** What a KeySet's `providerRef` leads to; undefined without one, `missing` when it is not there. */
  providerOf(keySet: KeySet): ParseResult<Kmp> | 'missing' | undefined;
  /** What is at a provider's place. */
  providerAt(place: ProviderPlace): ParseResult<Kmp> | 'missing';
  /** All revocations, over the entries of all KeySets: a copy of a revoked key goes too, wherever it is. */
  findRevocation(): FindRevocation;
}

export function createWorld(copies: Copies, systemNamespace: string): World {
  let index: { keySets: unknown; revocations: unknown; find: FindRevocation } | undefined;

  const copyOf = (kind: Kmp['kind']): Copy<Kmp> =>
    kind === 'KeyManagementProvider' ? copies.kmps : copies.namespacedKmps;

  const providerAt = (place: ProviderPlace): ParseResult<Kmp> | 'missing' => {
    const copy = copyOf(place.kind);
    const key = objectKey(place);
    const value = copy.items().get(key);
    if (value !== undefined) return { ok: true, value };
    const problems = copy.invalid().get(key);
    return problems === undefined ? 'missing' : { ok: false, problems };
  };

  return {
    systemNamespace,
    keySets: () => copies.keySets.items(),
    keySet: (name) => copies.keySets.items().get(name),
    hasKeySet: (name) => copies.keySets.items().has(name) || copies.keySets.invalid().has(name),
    providers: () => [...copies.kmps.items().values(), ...copies.namespacedKmps.items().values()],
    providerOf: (keySet) => {
      const place = providerPlace(keySet);
      return place === undefined ? undefined : providerAt(place);
    },
    providerAt,
    findRevocation: () => {
      const keySets = copies.keySets.items();
      const revocations = copies.revocations.items();
      // A map that was handed out never changes: the same two maps give the same index.
      if (index?.keySets !== keySets || index.revocations !== revocations) {
        const entries = [...keySets.values()].flatMap(({ status }) => status.versions);
        const find = indexRevocations(entries, [...revocations.values()]);
        index = { keySets, revocations, find };
      }
      return index.find;
    },
  };
}

export interface ProviderPlace {
  readonly kind: Kmp['kind'];
  readonly name: string;
  readonly namespace?: string;
}

/** Where a KeySet's provider is; a namespaced one is of the KeySet's own namespace. */
export function providerPlace({ namespace, spec }: KeySet): ProviderPlace | undefined {
  const { providerRef } = spec;
  if (providerRef === undefined) return undefined;
  const { kind, name } = providerRef;
  return kind === 'KeyManagementProvider' ? { kind, name } : { kind, name, namespace };
}

/** Where the provider is that is written for a KeySet, as its status says. */
export function writtenPlace({ namespace, status }: KeySet): ProviderPlace | undefined {
  if (status.provider === undefined) return undefined;
  const { kind, name } = status.provider;
  return kind === 'KeyManagementProvider' ? { kind, name } : { kind, name, namespace };
}
