import type { KeySet } from '../../core/keys/key-set.ts';
import type { Clock } from '../../platform/lifecycle/clock.ts';
import { readProviderSource } from './compose-observation.ts';
import type { KeySource } from './provider-source.ts';
import { placeOf } from './read-log.ts';
import { sourcesOf } from './sources.ts';
import type { World } from './world.ts';

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
  /** By `placeOf` a key: the KeySets that follow it, as `namespace/name`. */
  readonly followers: ReadonlyMap<string, readonly string[]>;
}

/** A thousand KeySets that change at once must not make as many calculations over all of them. */
const SHORTEST_AGE_MS = 200;

/** What is followed, kept for as long as nothing changes. */
export interface TargetIndex {
  current(): Targets;
  /** The KeySets that follow a key; the newest answer where the last one knows none. */
  followersOf(source: KeySource): readonly string[];
  /** A KeySet or a provider came, changed or went. */
  markStale(): void;
  /** How soon `current` gives what was marked, in milliseconds; 0: at once. */
  freshInMs(): number;
}

export function createTargetIndex(world: World, clock: Clock): TargetIndex {
  let targets = findTargets(world);
  let foundAt = clock.now();
  let isStale = false;

  const find = (): Targets => {
    targets = findTargets(world);
    foundAt = clock.now();
    isStale = false;
    return targets;
  };
  const freshInMs = (): number =>
    isStale ? Math.max(0, foundAt + SHORTEST_AGE_MS - clock.now()) : 0;
  return {
    current: () => (isStale && freshInMs() === 0 ? find() : targets),
    followersOf: (source) => {
      const known = targets.followers.get(placeOf(source));
      if (known !== undefined || !isStale) return known ?? [];
      return find().followers.get(placeOf(source)) ?? [];
    },
    markStale: () => {
      isStale = true;
    },
    freshInMs,
  };
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
  const followers = new Map([...keys].map(([place, entry]) => [place, entry.followers]));
  return { vaults, withoutVault, followers };
}

function countVersions({ status }: KeySet, { vaultUri, name }: KeySource): number {
  return status.versions.filter((entry) => entry.vaultUri === vaultUri && entry.name === name)
    .length;
}
