import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, jest } from '@jest/globals';

jest.setTimeout(30_000);

const ROOT = join(import.meta.dirname, '..', '..', '..');
const folder = mkdtempSync(join(tmpdir(), 'keyward-catalogue-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});
const CATALOGUE = readFileSync(join(ROOT, 'test', 'catalogue.md'), 'utf8');

/** What the check says of a catalogue; by default of the one in the tree. */
function check(text?: string): Promise<{ readonly code: number; readonly said: string }> {
  const file = join(folder, 'catalogue.md');
  if (text !== undefined) writeFileSync(file, text);
  const args = [
    join(ROOT, 'scripts', 'check-catalogue.mjs'),
    ...(text === undefined ? [] : [file]),
  ];
  return new Promise((resolve) => {
    execFile(process.execPath, args, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : 1, said: `${stdout}${stderr}` });
    });
  });
}

/** The catalogue with the row of that id made another. */
const withRow = (id: string, change: (row: string) => string) =>
  CATALOGUE.replace(new RegExp(`^\\| ${id} .*\\n`, 'mu'), change);

it('every id has its row, its test with the id in a title, and its check, as the tree stands', async () => {
  expect(await check()).toEqual({
    code: 0,
    said: expect.stringMatching(/^ {3}263 ids, 2\d\d with a test and a check\n$/u),
  });
});

describe('a catalogue is refused', () => {
  it.each<[string, string, (row: string) => string, string]>([
    ['without a row', 'A38', () => '', 'A38: has 0 rows'],
    ['with a row twice', 'A38', (row) => row + row, 'A38: has 2 rows'],
    ['with a row of no id', 'K-22', (row) => row + row.replace('K-22', 'K-23'), 'K-23: is no id'],
    [
      'with a test that does not exist',
      'A38',
      (row) => row.replace('forged-signatures', 'forged'),
      'A38: the test test/unit/core/verdict/forged.test.ts does not exist',
    ],
    [
      'with a test that has not the id',
      'A38',
      (row) => row.replace('forged-signatures', 'quote'),
      'A38: no title of test/unit/core/verdict/quote.test.ts has it alone',
    ],
    [
      'with a check that is not there',
      'A38',
      (row) => row.replace('!== digest', '!= digest'),
      'A38: core/cosign/legacy-layer.ts does not hold: ',
    ],
    [
      'with an attack put off',
      'A38',
      () => '| A38 | another image | later: worker | – |\n',
      'A38: belongs to verification and needs a test',
    ],
    [
      'with words that say nothing',
      'K-13',
      (row) => row.replace('later: worker', 'to do'),
      'K-13: the test to do does not exist',
    ],
  ])('%s', async (_, id, change, problem) => {
    const { code, said } = await check(withRow(id, change));
    expect(code).toBe(1);
    expect(said).toContain(problem);
  });
});
