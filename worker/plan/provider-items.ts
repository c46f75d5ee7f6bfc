import type { KeyVersionStatus } from '../../core/keys/key-version.ts';
import type { Kmp, KmpKey } from '../../platform/kube/schemas.ts';
import { readManagedState } from './kmp-annotations.ts';

/** By key as the list names them, then oldest first: the same versions always give the same bytes. */
export function desiredItems(
  kmp: Kmp | undefined,
  versions: readonly KeyVersionStatus[],
): readonly Required<KmpKey>[] {
  const original = kmp === undefined ? [] : (readManagedState(kmp).original ?? []);
  const names = [...new Set([...original, ...(kmp?.keys ?? [])].map(({ name }) => name))];
  return versions
    .filter(({ state, vaultUri }) => state === 'trusted' && vaultUri !== '')
    .toSorted(
      (first, second) =>
        rank(names, first.name) - rank(names, second.name) ||
        compare(first.name, second.name) ||
        compare(first.createdOn ?? '', second.createdOn ?? '') ||
        compare(first.version, second.version),
    )
    .map(({ name, version }) => ({ name, version }));
}

function rank(names: readonly string[], name: string): number {
  const index = names.indexOf(name);
  return index === -1 ? names.length : index;
}

function compare(first: string, second: string): number {
  if (first === second) return 0;
  return first < second ? -1 : 1;
}

/** The order means nothing to Ratify and each write makes it fetch again; a repeated item is worth one. */
export function isSameList(first: readonly string[], second: readonly string[]): boolean {
  return first.toSorted().join(' ') === second.toSorted().join(' ');
}
