import type { KeySet } from '../../core/keys/key-set.ts';
import type { ParseResult } from '../../platform/kube/parse-result.ts';
import type { Kmp } from '../../platform/kube/schemas.ts';
import type { Observation } from '../plan/observation.ts';
import type { ReadPem } from '../plan/version-facts.ts';
import { findWriterElsewhere } from '../plan/provider-writer.ts';
import { sourceOfProvider, type ProviderSource } from './provider-source.ts';
import { sourcesOf } from './sources.ts';
import type { ReadLog } from './read-log.ts';
import type { KeyReading } from './vault-reading.ts';
import type { World } from './world.ts';

/** The provider of a KeySet as found; undefined: it refers to none. */
export type FoundProvider = ParseResult<Kmp> | 'missing' | undefined;

export function readProviderSource(found: FoundProvider): ProviderSource | undefined {
  if (found === undefined) return undefined;
  return sourceOfProvider(found === 'missing' ? undefined : found);
}

export interface ObservationParts {
  readonly keySet: KeySet;
  readonly provider: FoundProvider;
  readonly readings: readonly KeyReading[];
}

/** What else a plan is made of. */
export interface Circumstances {
  readonly world: World;
  readonly readLog: ReadLog;
  readonly effectiveSecondsOf: (keySet: KeySet, vaultUris: readonly string[]) => number;
  readonly readPem: ReadPem;
  readonly now: () => number;
}

/** Revocations and time are taken last: after the vault was read, which takes its time. */
export function composeObservation(
  { keySet, provider: found, readings }: ObservationParts,
  circumstances: Circumstances,
): Observation {
  const { world, readLog } = circumstances;
  const provider = readProviderSource(found);
  const sources = sourcesOf(keySet, provider);
  const kmp = found === undefined || found === 'missing' || !found.ok ? undefined : found.value;
  const elsewhere =
    kmp === undefined
      ? undefined
      : findWriterElsewhere(keySet, kmp, world.keySets().values(), world.systemNamespace);
  const vaultUris = [...new Set(sources.map(({ vaultUri }) => vaultUri))];
  const lastFullReadAt = readLog.fullReadAt(sources);
  return {
    keySet,
    ...(provider === undefined ? {} : { provider }),
    ...(kmp === undefined ? {} : { kmp }),
    ...(elsewhere === undefined ? {} : { writtenElsewhere: elsewhere }),
    readings,
    findRevocation: world.findRevocation(),
    readPem: circumstances.readPem,
    effectiveSweepSeconds: circumstances.effectiveSecondsOf(keySet, vaultUris),
    ...(lastFullReadAt === undefined ? {} : { lastFullReadAt }),
    now: circumstances.now(),
  };
}
