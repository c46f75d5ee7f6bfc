/** docs/verified-cosign.md says what attacks.real.test.ts asserts: the same rows, and a reason wherever two verifiers differ. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { readRows, renderRows, withoutAlignment } from './attacks/document.ts';
import { agrees } from './attacks/row.ts';
import { ATTACKS } from './attacks/rows.ts';
import { COSIGN_VERSIONS } from './cosign.ts';

const DOCUMENT = join(import.meta.dirname, '..', '..', '..', 'docs', 'verified-cosign.md');
const rows = Object.values(ATTACKS).flat();

it('the tables of docs/verified-cosign.md are the rows that are tested (attacks/write-document.ts writes them)', () => {
  expect(readRows(readFileSync(DOCUMENT, 'utf8'))).toBe(withoutAlignment(renderRows()));
});

it('a row gives a reason exactly where keyward and a version of cosign differ', () => {
  const wrong = rows.filter((row) => {
    const differs = COSIGN_VERSIONS.some((version) => !agrees(row, version));
    return differs !== (row.why !== undefined && row.why.length > 20);
  });
  expect(wrong.map(({ what }) => what)).toEqual([]);
});

it('no two rows of a table are called the same', () => {
  for (const table of Object.values(ATTACKS)) {
    const names = table.map(({ what, annotation }) => `${what} ${annotation ?? ''}`);
    expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
  }
});
