import type { KeySet } from '../../core/keys/key-set.ts';
import type { ParseResult } from '../../platform/kube/parse-result.ts';
import type { Kmp } from '../../platform/kube/schemas.ts';
import type { Observation } from '../plan/observation.ts';
import type { ReadPem } from '../plan/version-facts.ts';
import { outputOf, type OutputPlace } from '../plan/provider-mode.ts';
import { findOtherHome, findWriterElsewhere } from '../plan/provider-writer.ts';
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

/** Where a provider is to be generated for the KeySet; undefined: none is. */
export function targetOf(keySet: KeySet, found: FoundProvider): OutputPlace | undefined {
  const output = outputOf(keySet, kmpOf(found));
  return output.kind === 'generated' ? output.target : undefined;
}

function kmpOf(found: FoundProvider): Kmp | undefined {
  return found === undefined || found === 'missing' || !found.ok ? undefined : found.value;
}

function findElsewhere(
  keySet: KeySet,
  { kmp, place }: { readonly kmp: Kmp | undefined; readonly place: OutputPlace | undefined },
  world: World,
): string | undefined {
  const other =
    place === undefined ? undefined : findOtherHome(keySet, place, world.systemNamespace);
  if (other !== undefined || kmp === undefined) return other;
  return findWriterElsewhere(keySet, kmp, world.keySets().values(), world.systemNamespace);
}

export interface ObservationParts {
  readonly keySet: KeySet;
  readonly provider: FoundProvider;
  /** What is where `targetOf` leads; undefined: it leads nowhere. */
  readonly target: ParseResult<Kmp> | 'missing' | undefined;
  readonly readings: readonly KeyReading[];
}

/** What else a plan is made of. */
export interface Circumstances {
  readonly world: World;
  readonly readLog: ReadLog;
  readonly effectiveSecondsOf: (keySet: KeySet, vaultUris: readonly string[]) => number;
  readonly readPem: ReadPem;
  readonly holdAbovePercent?: number;
  readonly now: () => number;
}

/** Revocations and time are taken last: after the vault was read, which takes its time. */
export function composeObservation(
  { keySet, provider: found, target, readings }: ObservationParts,
  circumstances: Circumstances,
): Observation {
  const { world, readLog, holdAbovePercent } = circumstances;
  const provider = readProviderSource(found);
  const sources = sourcesOf(keySet, provider);
  const kmp = kmpOf(found);
  const place = targetOf(keySet, found);
  const elsewhere = findElsewhere(keySet, { kmp, place }, world);
  const vaultUris = [...new Set(sources.map(({ vaultUri }) => vaultUri))];
  const lastFullReadAt = readLog.fullReadAt(sources);
  return {
    keySet,
    ...(provider === undefined ? {} : { provider }),
    ...(kmp === undefined ? {} : { kmp }),
    ...(place === undefined || target === undefined ? {} : { target: { place, found: target } }),
    ...(elsewhere === undefined ? {} : { writtenElsewhere: elsewhere }),
    ...(holdAbovePercent === undefined ? {} : { holdAbovePercent }),
    readings,
    findRevocation: world.findRevocation(),
    readPem: circumstances.readPem,
    effectiveSweepSeconds: circumstances.effectiveSecondsOf(keySet, vaultUris),
    ...(lastFullReadAt === undefined ? {} : { lastFullReadAt }),
    now: circumstances.now(),
  };
}
