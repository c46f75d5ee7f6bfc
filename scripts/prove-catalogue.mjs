#!/usr/bin/env node
// Takes each check of test/catalogue.md away, one at a time, in a copy of the tree, and runs the test of that id: it must fail.
// Usage: prove-catalogue.mjs [ID …]; minutes for all.
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readCatalogue } from './catalogue/read-catalogue.mjs';

const ROOT = join(import.meta.dirname, '..');
/** For one run of Jest: a mutation may make a test wait for ever. */
const PATIENCE_MS = 90_000;
const JEST = [
  '--experimental-vm-modules',
  '--disable-warning=ExperimentalWarning',
  'node_modules/jest/bin/jest.js',
  '--selectProjects=fast',
  '--ci',
  '--silent',
  '--json',
];

const wanted = process.argv.slice(2);
const mutations = JSON.parse(readFileSync(join(ROOT, 'test', 'catalogue-mutations.json'), 'utf8'));
const rows = readCatalogue(join(ROOT, 'test', 'catalogue.md')).filter(
  ({ id }) => Object.hasOwn(mutations, id) && (wanted.length === 0 || wanted.includes(id)),
);

/** Everything but what is large, generated, or nobody's business here. */
function copyTree() {
  const tree = mkdtempSync(join(tmpdir(), 'keyward-catalogue-'));
  const left = new Set(['node_modules', '.git', 'coverage', 'dist', '.keyward']);
  cpSync(ROOT, tree, { recursive: true, filter: (path) => !left.has(path.slice(ROOT.length + 1)) });
  symlinkSync(join(ROOT, 'node_modules'), join(tree, 'node_modules'));
  return tree;
}

/** Jest's report of these files; undefined: it gave none in time. */
function runJest(tree, files, { options, patience }) {
  const report = join(tree, 'report.json');
  rmSync(report, { force: true });
  const args = [...JEST, `--outputFile=${report}`, ...options, '--runTestsByPath', ...files];
  return new Promise((resolve) => {
    const child = spawn(join(tree, 'bin', 'node'), args, { cwd: tree, stdio: 'ignore' });
    const timer = setTimeout(() => child.kill('SIGKILL'), patience);
    child.on('exit', () => {
      clearTimeout(timer);
      try {
        resolve(JSON.parse(readFileSync(report, 'utf8')));
      } catch {
        resolve(undefined);
      }
    });
  });
}

/** A test that is red as the tree stands proves nothing. */
async function requireGreen(tree) {
  const files = [...new Set(rows.map(({ test }) => test))];
  const patience = PATIENCE_MS + files.length * 10_000;
  const report = await runJest(tree, files, { options: [], patience });
  if (report?.success === true) return;
  const red = report?.testResults.filter(({ status }) => status !== 'passed') ?? [];
  throw new Error(`red before anything was taken away: ${red.map(({ name }) => name).join(', ')}`);
}

/** `failed`: as it must. Anything else is a finding. */
async function prove(tree, { id, test, file: checked, fragment }) {
  const { file = checked, find = fragment, replace } = mutations[id];
  const path = join(tree, file);
  const original = readFileSync(path, 'utf8');
  const count = original.split(find).length - 1;
  if (count !== 1) return `the text to replace stands ${count} times in ${file}`;
  // A function: `$&` and the like have no meaning in what is put in.
  writeFileSync(
    path,
    original.replace(find, () => replace),
  );
  const options = ['--runInBand', '--testNamePattern', `(?<![\\w-])${id}(?![\\w-])`];
  const report = await runJest(tree, [test], { options, patience: PATIENCE_MS });
  writeFileSync(path, original);
  return outcomeOf(report);
}

function outcomeOf(report) {
  if (report === undefined) return 'no report in time';
  // A suite that does not load proves that the mutation is no code, and nothing else.
  if (report.numRuntimeErrorTestSuites > 0) return 'the suite did not load';
  if (report.numFailedTests > 0) return 'failed';
  return report.numPassedTests > 0 ? 'stayed green' : 'no test ran';
}

const started = Date.now();
const queue = [...rows];
const outcomes = new Map();
const trees = Array.from({ length: Math.min(2, rows.length) }, copyTree);
try {
  if (trees.length > 0) await requireGreen(trees[0]);
  await Promise.all(
    trees.map(async (tree) => {
      for (let row = queue.shift(); row !== undefined; row = queue.shift()) {
        const outcome = await prove(tree, row);
        outcomes.set(row.id, outcome);
        console.log(`${row.id.padEnd(6)} ${outcome.padEnd(14)} ${row.file}: ${row.fragment}`);
      }
    }),
  );
} finally {
  for (const tree of trees) rmSync(tree, { recursive: true, force: true });
}
const wrong = rows.filter(({ id }) => outcomes.get(id) !== 'failed');
const seconds = Math.round((Date.now() - started) / 1000);
console.log(`${rows.length - wrong.length} of ${rows.length} checks proven in ${seconds} s`);
for (const { id } of wrong) console.error(`${id}: ${outcomes.get(id)}`);
if (wrong.length > 0 || rows.length === 0) process.exitCode = 1;
