#!/usr/bin/env node
// Holds test/catalogue.md to the tree: every id once, its test there with the id alone in a title, its check there word for word.
// Usage: check-catalogue.mjs [CATALOGUE]
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { IDS, idsOfTitles, NO_TEST, readCatalogue } from './catalogue/read-catalogue.mjs';

const ROOT = join(import.meta.dirname, '..');
const read = (path) => readFileSync(join(ROOT, path), 'utf8');
const rows = readCatalogue(process.argv[2] ?? join(ROOT, 'test', 'catalogue.md'));
const mutations = JSON.parse(read('test/catalogue-mutations.json'));
const problems = [];

const listed = rows.map(({ id }) => id);
for (const id of IDS) {
  const count = listed.filter((each) => each === id).length;
  if (count !== 1) problems.push(`${id}: has ${count} rows`);
}
for (const id of listed) if (!IDS.includes(id)) problems.push(`${id}: is no id`);
for (const id of Object.keys(mutations))
  if (!rows.some((row) => row.id === id && row.file !== undefined))
    problems.push(`${id}: has a mutation and no check`);

for (const row of rows)
  for (const problem of problemsOf(row)) problems.push(`${row.id}: ${problem}`);

function* problemsOf({ id, what, test, check, file, fragment }) {
  if (what === '') yield 'no words on the case';
  if (NO_TEST.test(test)) {
    if (/^[AP]/u.test(id)) yield 'belongs to verification and needs a test';
    if (check !== '–') yield 'a check without a test';
    return;
  }
  if (!test.endsWith('.test.ts') || !existsSync(join(ROOT, test)))
    yield `the test ${test} does not exist`;
  // Alone: no other id's assertion is passed off as this one's.
  else if (!idsOfTitles(read(test)).some((ids) => ids.length === 1 && ids[0] === id))
    yield `no title of ${test} has it alone`;
  if (file === undefined) yield 'the check is not `file`: `fragment`';
  else if (!existsSync(join(ROOT, file))) yield `${file} does not exist`;
  else if (!read(file).includes(fragment)) yield `${file} does not hold: ${fragment}`;
  if (!Object.hasOwn(mutations, id)) yield 'no mutation in test/catalogue-mutations.json';
  else if (file !== undefined)
    yield* problemsOfMutation({ file, find: fragment, ...mutations[id] });
}

/** What is taken away must be sure to be the check and no other line of its file. */
function* problemsOfMutation({ file, find, replace }) {
  const count = existsSync(join(ROOT, file)) ? read(file).split(find).length - 1 : 0;
  if (count !== 1) yield `its mutation replaces a text that stands ${count} times in ${file}`;
  if (typeof replace !== 'string') yield 'its mutation puts nothing in';
}

const tests = readdirSync(join(ROOT, 'test'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => join('test', name));
for (const test of tests)
  for (const id of new Set(idsOfTitles(read(test)).flat()))
    if (!listed.includes(id)) problems.push(`${id}: stands in ${test} and not in the catalogue`);

for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exit(1);
const tested = rows.filter(({ file }) => file !== undefined).length;
console.log(`   ${rows.length} ids, ${tested} with a test and a check`);
