import { newestFirst } from '../../core/keys/version-facts.ts';
import type { KeySource, ListedKey } from '../observe/provider-source.ts';
import type { KeyReading, SeenVersion } from '../observe/vault-reading.ts';

export interface AdoptedVersions {
  readonly baseline: readonly string[];
  readonly exclude: readonly string[];
}

/**
 * The `spec.versions` of the KeySet that is created for a provider, once (DESIGN decision 9): exactly what the provider lists
 * now, or the current version where it lists none; newer ones that already exist stay out until a person includes them.
 * Undefined while the vault cannot be read: guessing here would decide trust for good.
 */
export function planAdoption(
  listed: readonly ListedKey[],
  readings: readonly KeyReading[],
): AdoptedVersions | undefined {
  const baseline = new Set<string>();
  const exclude = new Set<string>();
  for (const reading of readings) {
    if (reading.kind === 'failed') return undefined;
    const items = listed.filter((item) => isOf(item, reading.source));
    const all = reading.versions.toSorted(newestFirst);
    const pinned = items.flatMap(({ version }) => version ?? []);
    const followsCurrent = items.length === 0 || items.some(({ version }) => version === undefined);
    const current = followsCurrent ? all.slice(0, 1).map(({ version }) => version) : [];
    const mine = [...pinned, ...current];
    for (const version of mine) baseline.add(version);
    for (const version of newerThan(mine, all)) exclude.add(version);
  }
  const kept = [...baseline];
  if (kept.length === 0) return undefined;
  return { baseline: kept, exclude: [...exclude].filter((version) => !baseline.has(version)) };
}

function isOf(item: ListedKey, source: KeySource): boolean {
  return item.vaultUri === source.vaultUri && item.name === source.name;
}

/** Newer than the newest listed one; those in between are left out by the baseline itself. */
function newerThan(
  mine: readonly string[],
  newestFirstVersions: readonly SeenVersion[],
): readonly string[] {
  const index = newestFirstVersions.findIndex(({ version }) => mine.includes(version));
  if (index === -1) return newestFirstVersions.map(({ version }) => version);
  return newestFirstVersions.slice(0, index).map(({ version }) => version);
}
