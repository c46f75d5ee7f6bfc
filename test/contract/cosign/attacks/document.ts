/** The rows as the tables of docs/verified-cosign.md: written by write-document.ts, compared by verified-cosign.test.ts. */
import { COSIGN_VERSIONS } from '../cosign.ts';
import { agrees, type AttackRow } from './row.ts';
import { ATTACKS } from './rows.ts';

export const BEGIN = '<!-- rows of test/contract/cosign/attacks: begin -->';
export const END = '<!-- rows of test/contract/cosign/attacks: end -->';

type Cells = readonly string[];

const differs = (row: AttackRow): boolean => COSIGN_VERSIONS.some((one) => !agrees(row, one));

/** Markdown between the two marks, before Prettier aligns it. */
export function renderRows(): string {
  const rows = Object.values(ATTACKS).flat();
  const different = rows.filter(differs).length;
  return [
    `${rows.length} offers; both versions of cosign answer ${rows.length - different} as keyward does.`,
    '### Where they differ',
    ...tables(['offer', 'catalogue', 'keyward', ...COSIGN_VERSIONS, 'why'], (row) =>
      differs(row)
        ? [
            row.what,
            row.ids,
            verdictOf(row),
            ...COSIGN_VERSIONS.map((one) => row.cosign[one]),
            row.why ?? '',
          ]
        : undefined,
    ),
    '### Where they agree',
    ...tables(['offer', 'catalogue', 'keyward'], (row) =>
      differs(row) ? undefined : [row.what, row.ids, verdictOf(row)],
    ),
  ].join('\n\n');
}

function tables(head: Cells, cellsOf: (row: AttackRow) => Cells | undefined): readonly string[] {
  return Object.entries(ATTACKS).flatMap(([title, rows]) => {
    const lines = rows.map(cellsOf).filter((cells) => cells !== undefined);
    if (lines.length === 0) return [];
    return [`**${title}**`, [head, head.map(() => '---'), ...lines].map(lineOf).join('\n')];
  });
}

function verdictOf({ keyward }: AttackRow): string {
  const [verdict = '', code] = keyward.split(' ');
  return code === undefined ? verdict : `${verdict} \`${code}\``;
}

function lineOf(cells: Cells): string {
  return `| ${cells.map(escapeCell).join(' | ')} |`;
}

/** What Markdown would take for markup. */
function escapeCell(text: string): string {
  return text
    .replaceAll(/[|<>]/gu, (one) => (one === '|' ? String.raw`\|` : `\\${one}`))
    .replaceAll('__', String.raw`\_\_`);
}

/** What stands between the marks, with the blanks of aligned tables taken out. @throws Error when a mark is missing */
export function readRows(document: string): string {
  const [begin, end] = [document.indexOf(BEGIN), document.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error('the marks of the tables are missing');
  return withoutAlignment(document.slice(begin + BEGIN.length, end));
}

export function withoutAlignment(markdown: string): string {
  return markdown
    .trim()
    .replaceAll(/-{3,}/gu, '---')
    .replaceAll(/ *\| */gu, '|');
}

export function replaceRows(document: string): string {
  readRows(document);
  const [begin, end] = [document.indexOf(BEGIN), document.indexOf(END)];
  return `${document.slice(0, begin + BEGIN.length)}\n\n${renderRows()}\n\n${document.slice(end)}`;
}
