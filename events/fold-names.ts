/** More than the real thing ever sends. */
const MAX_NAMES = 64;

/**
 * The wanted fields of an event's `data`, whatever the case and the blanks of their names (azure.md 2.4), without a prototype's. Two
 * names that become one are ambiguous: undefined.
 */
export function foldNames(
  data: unknown,
  wanted: readonly string[],
): Record<string, unknown> | undefined {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return undefined;
  const entries = Object.entries(data);
  if (entries.length > MAX_NAMES) return undefined;
  const folded = new Map(entries.map(([name, value]) => [name.trim().toLowerCase(), value]));
  if (folded.size !== entries.length) return undefined;
  const found = wanted.filter((name) => folded.has(name));
  return Object.fromEntries(found.map((name) => [name, folded.get(name)]));
}
