import { LRUCache } from 'lru-cache';
import type { KeyRevocation } from '../../core/keys/key-set.ts';
import { loadPublicKey, type PublicKeyLoad } from '../../core/keys/public-key.ts';
import type { Kube, KubeObject } from '../../platform/kube/kube.ts';
import { createReflector, type Reflector } from '../../platform/kube/reflector.ts';
import { RESOURCES, type Resource } from '../../platform/kube/resources.ts';
import {
  parseKeyRevocation,
  parseVerifier,
  type ParseResult,
} from '../../platform/kube/schemas.ts';
import type { Clock } from '../../platform/lifecycle/clock.ts';
import type { Logger } from '../../platform/observe/logger.ts';
import type { Metrics } from '../../platform/observe/metrics.ts';
import { buildSnapshot, type TrustSnapshot } from './build-snapshot.ts';
import { parseNamespace, type NamespaceLabel } from './namespaces.ts';
import { parseWatchedKeySet, type WatchedKeySet } from './parse-key-set.ts';

export interface TrustSource {
  start(signal: AbortSignal): Promise<void>;
  /** As of the newest event applied. */
  current(): TrustSnapshot;
  /** Calls `listener` after each change of key sets, revocations or policies. */
  subscribe(listener: () => void): void;
  namespaces(): ReadonlyMap<string, NamespaceLabel>;
  revocations(): readonly KeyRevocation[];
  keySets(): readonly WatchedKeySet[];
  /** The kinds that were not listed yet. Trust and policies mean nothing before it is empty. */
  missing(): readonly string[];
  /** What `/statusz` says of each watched kind. */
  watches(): readonly WatchStatus[];
}

export interface WatchStatus {
  readonly resource: string;
  readonly resourceVersion: string;
  readonly items: number;
  readonly invalid: number;
  /** Seconds since the newest sign of life. */
  readonly ageSeconds: number;
}

export interface TrustSourceOptions {
  readonly kube: Kube;
  readonly keywardNamespace: string;
  readonly delegatedNamespaces: readonly string[];
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** More keys than any installation has: loading one costs about 50 µs, and every change looks at all. */
const LOADED_KEYS = 50_000;

/**
 * Watches what trust is made of. The view is rebuilt whole, from the objects alone, at the first question after a change: no
 * replica remembers what another does not (DESIGN decision 10), and a revocation acts on the very next request.
 */
export function createTrustSource(options: TrustSourceOptions): TrustSource {
  const { clock } = options;
  let snapshot: TrustSnapshot | undefined;
  const listeners: (() => void)[] = [];
  const loads = new LRUCache<string, PublicKeyLoad>({ max: LOADED_KEYS });
  const load: typeof loadPublicKey = (source) => {
    if (!('pem' in source)) return loadPublicKey(source);
    const known = loads.get(source.pem) ?? loadPublicKey(source);
    loads.set(source.pem, known);
    return known;
  };
  const watched: { readonly resource: Resource; readonly reflector: Reflector<unknown> }[] = [];
  const watch = <T>(
    resource: Resource,
    parse: (object: KubeObject) => ParseResult<T>,
    optional = false,
  ): Reflector<T> => {
    const { kube, logger, metrics } = options;
    const onChange = (): void => {
      // Namespaces change often (a status, an annotation) and are no part of the view.
      if (resource === RESOURCES.namespaces) return;
      snapshot = undefined;
      for (const listener of listeners) listener();
    };
    const base = { kube, logger, metrics, clock, resource, parse, optional };
    const reflector = createReflector({ ...base, onChange });
    watched.push({ resource, reflector });
    return reflector;
  };

  const keySets = watch(RESOURCES.keySets, parseWatchedKeySet);
  const revocations = watch(RESOURCES.keyRevocations, parseKeyRevocation);
  const verifiers = watch(RESOURCES.verifiers, parseVerifier, true);
  const namespacedVerifiers = watch(RESOURCES.namespacedVerifiers, parseVerifier, true);
  const namespaces = watch(RESOURCES.namespaces, parseNamespace);

  const build = (): TrustSnapshot =>
    buildSnapshot({
      keySets: [...keySets.items().values()],
      revocations: [...revocations.items().values()],
      verifiers: [...verifiers.items().values(), ...namespacedVerifiers.items().values()],
      keywardNamespace: options.keywardNamespace,
      delegatedNamespaces: options.delegatedNamespaces,
      load,
    });

  return {
    start: async (signal) => {
      await Promise.all(watched.map(({ reflector }) => reflector.start(signal)));
    },
    current: () => (snapshot ??= build()),
    subscribe: (listener) => {
      listeners.push(listener);
    },
    namespaces: () => namespaces.items(),
    revocations: () => [...revocations.items().values()],
    keySets: () => [...keySets.items().values()],
    missing: () =>
      watched
        .filter(({ reflector }) => !reflector.isSynced())
        .map(({ resource }) => resource.plural),
    watches: () =>
      watched.map(({ resource, reflector }) => ({
        resource: resource.plural,
        resourceVersion: reflector.resourceVersion(),
        items: reflector.items().size,
        invalid: reflector.invalid().size,
        ageSeconds: Math.round((clock.now() - reflector.lastEventAt()) / 1000),
      })),
  };
}
