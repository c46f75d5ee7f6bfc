import type { KeySet } from '../../core/keys/key-set.ts';
import type { KeySource } from '../observe/provider-source.ts';
import { readProviderSource } from '../observe/compose-observation.ts';
import { placeOf } from '../observe/read-log.ts';
import { sourcesOf } from '../observe/sources.ts';
import type { World } from '../observe/world.ts';

/** Versions on one page of a vault's list (azure.md 8.2). */
const PAGE_SIZE = 25;

export interface SweptKey {
  readonly source: KeySource;
  /** KeySets that follow it, `namespace/name`. */
  readonly followers: readonly string[];
  /** Calls that a list of its versions takes. */
  readonly pages: number;
}

export interface SweptVault {
  readonly vaultUri: string;
  /** In the same order whenever the same keys are followed. */
  readonly keys: readonly SweptKey[];
  readonly wantedSeconds: number;
  readonly callsPerRound: number;
}

export interface Targets {
  readonly vaults: ReadonlyMap<string, SweptVault>;
  /** KeySets with no key in a vault: inline keys, providers that cannot be used. */
  readonly withoutVault: readonly string[];
  readonly sources: readonly KeySource[];
}

interface Followed {
  readonly source: KeySource;
  readonly followers: string[];
  versions: number;
}

/** What is to be swept, from the objects as they are now. Two KeySets that follow a key are served by one read. */
export function findTargets(world: World): Targets {
  const keys = new Map<string, Followed>();
  const wanted = new Map<string, number>();
  const withoutVault: string[] = [];
  for (const [name, keySet] of world.keySets()) {
    const sources = sourcesOf(keySet, readProviderSource(world.providerOf(keySet)));
    if (sources.length === 0) withoutVault.push(name);
    for (const { vaultUri, name: keyName } of sources) {
      const source = { vaultUri, name: keyName };
      const entry: Followed = keys.get(placeOf(source)) ?? { source, followers: [], versions: 0 };
      keys.set(placeOf(source), entry);
      if (!entry.followers.includes(name)) entry.followers.push(name);
      entry.versions = Math.max(entry.versions, countVersions(keySet, source));
      wanted.set(
        vaultUri,
        Math.min(wanted.get(vaultUri) ?? Infinity, keySet.spec.sweepIntervalSeconds),
      );
    }
  }
  const vaults = new Map<string, SweptVault>();
  for (const [vaultUri, wantedSeconds] of wanted) {
    const ofVault = [...keys.values()]
      .filter(({ source }) => source.vaultUri === vaultUri)
      .toSorted((first, second) => (first.source.name < second.source.name ? -1 : 1))
      .map(({ source, followers, versions }) => ({
        source,
        followers,
        pages: Math.max(1, Math.ceil(versions / PAGE_SIZE)),
      }));
    const callsPerRound = ofVault.reduce((sum, { pages }) => sum + pages, 0);
    vaults.set(vaultUri, { vaultUri, keys: ofVault, wantedSeconds, callsPerRound });
  }
  return { vaults, withoutVault, sources: [...keys.values()].map(({ source }) => source) };
}

function countVersions({ status }: KeySet, { vaultUri, name }: KeySource): number {
  return status.versions.filter((entry) => entry.vaultUri === vaultUri && entry.name === name)
    .length;
}
