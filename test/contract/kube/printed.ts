/** What two clusters may print differently though they agree: ages, versions, ids, times. Nothing else is made equal here. */
import { parse } from 'yaml';
import type { Json } from './client.ts';

const AGE = /^(\d+[smhdy]){1,2}$/;
const AGE_COLUMNS: ReadonlySet<string> = new Set(['AGE', 'CHANGED', 'LAST SEEN']);

/** Cells by column, by the columns' places: an empty cell is an empty cell and not the next one's place. */
export function readTable(text: string): Record<string, string>[] {
  const [header = '', ...rows] = text.trimEnd().split('\n');
  const columns = [...header.matchAll(/\S+(?: \S+)*/g)].map(({ 0: name, index }) => ({
    name,
    index,
  }));
  return rows.map((row) =>
    Object.fromEntries(
      columns.map(({ name, index }, at) => {
        const cell = row.slice(index, columns[at + 1]?.index).trim();
        return [name, AGE_COLUMNS.has(name) && AGE.test(cell) ? '<age>' : cell];
      }),
    ),
  );
}

const OWN_METADATA = ['uid', 'resourceVersion', 'creationTimestamp'];

/** An object, or a list of some, as `-o yaml` prints it. */
export function readYaml(text: string): unknown {
  const withoutOwn = (object: Json): Json => {
    const metadata = Object.entries((object['metadata'] ?? {}) as Json);
    const kept = metadata.filter(([key]) => !OWN_METADATA.includes(key));
    return { ...object, metadata: Object.fromEntries(kept) };
  };
  const root = parse(text) as Json;
  const items = root['items'];
  return Array.isArray(items)
    ? { ...root, items: items.map((one) => withoutOwn(one as Json)) }
    : withoutOwn(root);
}

/** As `describe` prints it. */
export function withoutIds(text: string): string {
  return text.replaceAll(/^( *(?:Creation Timestamp|Resource Version|UID): +)\S+$/gm, '$1<own>');
}
