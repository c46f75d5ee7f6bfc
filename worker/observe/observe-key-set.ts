import type { KeySet } from '../../core/keys/key-set.ts';
import type { Kube, KubeObject } from '../../platform/kube/kube.ts';
import type { ParseResult } from '../../platform/kube/parse-result.ts';
import { RESOURCES, type Resource } from '../../platform/kube/resources.ts';
import { parseKeySet, parseKmp, type Kmp } from '../../platform/kube/schemas.ts';
import type { Cause } from '../cause.ts';
import type { Observation } from '../plan/observation.ts';
import { entriesOf } from '../plan/version-facts.ts';
import {
  composeObservation,
  readProviderSource,
  targetOf,
  type Circumstances,
  type FoundProvider,
} from './compose-observation.ts';
import { mapConcurrently } from './map-concurrently.ts';
import { sourcesOf } from './sources.ts';
import type { VaultReads } from './vault-reads.ts';
import { providerPlace } from './world.ts';

/** Keys of one KeySet that are read at once. */
const CONCURRENCY = 8;

/** A KeySet with all that a plan needs, and the object as the API server gave it: what is written carries its resourceVersion. */
export interface ObservedKeySet {
  readonly kind: 'observed';
  readonly object: KubeObject;
  readonly observation: Observation;
}

export type Observed =
  | ObservedKeySet
  | { readonly kind: 'gone' }
  | { readonly kind: 'invalid'; readonly problems: readonly string[] };

export interface ObserverOptions extends Circumstances {
  readonly kube: Kube;
  readonly vaultReads: VaultReads;
}

export interface ObserveRequest {
  /** `namespace/name`. */
  readonly key: string;
  readonly cause: Cause;
  readonly signal: AbortSignal;
}

/**
 * API objects first, live, then the vault (DESIGN decision 7): what the vault said is never older than the objects that are about to be
 * replaced, so a stalled worker cannot bring an old key back.
 */
export async function observeKeySet(
  { key, cause, signal }: ObserveRequest,
  options: ObserverOptions,
): Promise<Observed> {
  const { kube, vaultReads } = options;
  const [namespace = '', name = ''] = key.split('/');
  const object = await kube.get(RESOURCES.keySets, { namespace, name, signal });
  // One that waits for a finalizer is trusted by webhooks until it is gone, so it is kept in step until then.
  if (object === undefined) return { kind: 'gone' };
  const parsed = parseKeySet(object);
  if (!parsed.ok) return { kind: 'invalid', problems: parsed.problems };
  const keySet = parsed.value;
  const provider = await readProvider(keySet, kube, signal);
  const place = targetOf(keySet, provider);
  const target =
    place === undefined ? undefined : ((await readKmp(place, kube, signal)) ?? 'missing');
  const sources = sourcesOf(keySet, readProviderSource(provider));
  const readings = await mapConcurrently(sources, CONCURRENCY, (source) => {
    const known = [entriesOf(keySet.status, source)];
    return vaultReads.read(source, { known, cause, signal });
  });
  return {
    kind: 'observed',
    object,
    observation: composeObservation({ keySet, provider, target, readings }, options),
  };
}

async function readProvider(
  keySet: KeySet,
  kube: Kube,
  signal: AbortSignal,
): Promise<FoundProvider> {
  const place = providerPlace(keySet);
  if (place === undefined) return undefined;
  return (await readKmp(place, kube, signal)) ?? 'missing';
}

/** A provider, live; undefined: there is none. */
export async function readKmp(
  place: { readonly kind: Kmp['kind']; readonly name: string; readonly namespace?: string },
  kube: Kube,
  signal: AbortSignal,
): Promise<ParseResult<Kmp> | undefined> {
  const { kind, name, namespace } = place;
  const where = namespace === undefined ? { name } : { name, namespace };
  const object = await kube.get(resourceOf(kind), { ...where, signal });
  return object === undefined ? undefined : parseKmp(object);
}

export function resourceOf(kind: Kmp['kind']): Resource {
  return kind === 'KeyManagementProvider' ? RESOURCES.kmps : RESOURCES.namespacedKmps;
}
