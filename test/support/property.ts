import type { Parameters } from 'fast-check';

/** Seeded, so that a failure comes back; bounded, so that the suite stays fast. `KEYWARD_SEED` tries other values. */
export function runs(numRuns: number): Parameters<unknown> {
  const seed = Number(process.env['KEYWARD_SEED'] ?? '20261102');
  return { numRuns, seed };
}

/** The same items in another order, chosen by `seed`. */
export function reorder<T>(items: readonly T[], seed: number): readonly T[] {
  let state = seed >>> 0;
  const next = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state;
  };
  return items
    .map((item) => ({ item, rank: next() }))
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ item }) => item);
}
