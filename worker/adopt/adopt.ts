import { isKubeError } from '../../platform/kube/kube-error.ts';
import type { Kube } from '../../platform/kube/kube.ts';
import { describeError } from '../../platform/observe/describe-error.ts';
import type { LogFields, Logger } from '../../platform/observe/logger.ts';
import { objectKey, RESOURCES } from '../../platform/kube/resources.ts';
import type { Kmp } from '../../platform/kube/schemas.ts';
import type { WorkerMetrics } from '../metrics.ts';
import { readKmp } from '../observe/observe-key-set.ts';
import { sourceOfProvider, type ListedKey } from '../observe/provider-source.ts';
import type { VaultReads } from '../observe/vault-reads.ts';
import { providerPlace, type World } from '../observe/world.ts';
import { GENERATED_FOR, readTombstone } from '../plan/kmp-annotations.ts';
import { planAdoption, type AdoptedVersions } from '../plan/plan-adoption.ts';

export interface AdopterOptions {
  readonly world: World;
  readonly kube: Kube;
  readonly vaultReads: VaultReads;
  readonly logger: Logger;
  readonly workerMetrics: WorkerMetrics;
}

/** Makes a KeySet for each provider that nobody wrote one for, so that installing changes no verdict (DESIGN decision 9). */
export interface Adopter {
  /** Tries each one once. A vault that cannot be read leaves its providers for the next time. Rejects only with the signal. */
  adoptAll(signal: AbortSignal): Promise<void>;
}

type Outcome =
  | { readonly kind: 'created' }
  /** Certificates, types that keyward does not read, a provider that went away. */
  | { readonly kind: 'notForUs' }
  | { readonly kind: 'waiting'; readonly why: string };

export function createAdopter(options: AdopterOptions): Adopter {
  const { world, logger, workerMetrics } = options;
  /** Providers about which something was said already. */
  const told = new Set<string>();

  const tellOnce = (place: string, fields: LogFields): void => {
    if (told.has(place)) return;
    told.add(place);
    logger.warn({ provider: place, ...fields }, 'provider not adopted yet');
  };

  const adoptOne = async (kmp: Kmp, signal: AbortSignal): Promise<void> => {
    const place = `${kmp.kind} ${objectKey(kmp)}`;
    try {
      const outcome = await adopt(kmp, options, signal);
      if (outcome.kind === 'notForUs') return;
      workerMetrics.adoptions.increment({ outcome: outcome.kind });
      if (outcome.kind === 'waiting') tellOnce(place, { why: outcome.why });
      else told.delete(place);
    } catch (error) {
      signal.throwIfAborted();
      workerMetrics.adoptions.increment({ outcome: 'failed' });
      tellOnce(place, { error: describeError(error) });
    }
  };

  return {
    adoptAll: async (signal) => {
      for (const kmp of findOrphans(world)) await adoptOne(kmp, signal);
    },
  };
}

/** Providers that no KeySet of the namespace where theirs would be refers to. */
export function findOrphans(world: World): readonly Kmp[] {
  const adopted = new Set(
    [...world.keySets().values()].flatMap((keySet) => {
      const place = providerPlace(keySet);
      // A tenant's KeySet for the cluster's provider is the tenant's: the cluster still has none.
      const isHome = place?.namespace !== undefined || keySet.namespace === world.systemNamespace;
      return place !== undefined && isHome ? [`${place.kind} ${objectKey(place)}`] : [];
    }),
  );
  return world
    .providers()
    .filter((kmp) => !adopted.has(`${kmp.kind} ${objectKey(kmp)}`) && !isGenerated(kmp));
}

/** keyward's own, of a KeySet that is there: what follows it would follow itself. */
function isGenerated({ annotations }: Kmp): boolean {
  return annotations[GENERATED_FOR] !== undefined;
}

async function adopt(
  { kind, name, namespace }: Kmp,
  { world, kube, vaultReads, logger }: AdopterOptions,
  signal: AbortSignal,
): Promise<Outcome> {
  const metadata = { name, namespace: namespace ?? world.systemNamespace };
  const keySet = objectKey(metadata);
  if (world.hasKeySet(keySet))
    return { kind: 'waiting', why: `KeySet ${keySet} is there and refers to something else` };
  const place = { kind, name, ...(namespace === undefined ? {} : { namespace }) };
  const live = await readKmp(place, kube, signal);
  if (live === undefined || !live.ok) return { kind: 'notForUs' };
  const versions = await chooseVersions(live.value, vaultReads, signal);
  if ('kind' in versions) return versions;
  const spec = { providerRef: { kind, name }, ...versions };
  try {
    await kube.create(RESOURCES.keySets, { metadata, spec }, { signal });
  } catch (error) {
    // The local copy was behind: somebody else was quicker.
    if (isKubeError(error, 'ALREADY_EXISTS')) return { kind: 'notForUs' };
    throw error;
  }
  logger.info({ event: 'adopted', keySet, ...spec }, 'provider adopted');
  return { kind: 'created' };
}

/** The part of the new spec that says what is trusted; nothing for an inline key, which is one key and no other. */
async function chooseVersions(
  kmp: Kmp,
  vaultReads: VaultReads,
  signal: AbortSignal,
): Promise<{ readonly versions?: AdoptedVersions } | Outcome> {
  const source = sourceOfProvider({ ok: true, value: kmp });
  switch (source.kind) {
    case 'unusable':
      return { kind: 'notForUs' };
    case 'inline':
      return {};
    case 'vault': {
      // One that lists certificates only.
      if (source.sources.length === 0) return { kind: 'notForUs' };
      const ask = { known: [[]], cause: 'change', signal } as const;
      const readings = await Promise.all(source.sources.map((each) => vaultReads.read(each, ask)));
      const versions = planAdoption(listedBy(kmp, source.listed), readings);
      if (versions !== undefined) return { versions };
      const failed = readings.find((reading) => reading.kind === 'failed');
      return { kind: 'waiting', why: failed?.problem.message ?? 'the vault has none of its keys' };
    }
  }
}

/** A tombstone lists what it listed before: were its KeySet deleted, "the current version" would trust one that was left out. */
function listedBy(kmp: Kmp, listed: readonly ListedKey[]): readonly ListedKey[] {
  const buried = readTombstone(kmp);
  if (buried === undefined || buried === 'unreadable') return listed;
  return buried.keys.map((key) => ({ ...key, vaultUri: buried.vaultUri }));
}
