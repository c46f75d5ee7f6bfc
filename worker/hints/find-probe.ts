import type { Targets } from '../observe/targets.ts';

/**
 * The KeySet by which a vault is tried: of those that follow a key in it, the one with the fewest. An event about a vault names no key,
 * and whoever can send one must not make keyward read all of them; the sweep finds the rest.
 */
export function findProbe({ vaults }: Targets, vaultName: string): string | undefined {
  const counts = new Map<string, number>();
  for (const { vaultUri, keys } of vaults.values()) {
    if (!vaultUri.startsWith(`https://${vaultName}.`)) continue;
    for (const name of keys.flatMap(({ followers }) => followers))
      counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const [fewest] = [...counts].toSorted(([one, few], [other, many]) =>
    few === many ? one.localeCompare(other) : few - many,
  );
  return fewest?.[0];
}
