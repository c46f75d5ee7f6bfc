#!/usr/bin/env node
// The long checks: fuzzing, mutation testing of core/, and the proof that each check of the catalogue has a test.
// Usage: deep.mjs [--only fuzz|mutation|catalogue]… [--minutes 10] [--seed S]; about two hours on two cores for all.
// Ends with a table of figures; exit 1 when one of them is not what it should be.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  findUnexplained,
  LEAST_SCORE,
  MOST_SURVIVORS,
  readMutants,
  scoresByFolder,
} from '../test/deep/score.mjs';

const ROOT = join(import.meta.dirname, '..');
const NODE = join(ROOT, 'bin', 'node');
const STRYKER = join(ROOT, 'test/deep/node_modules/@stryker-mutator/core/bin/stryker.js');
const CATALOGUE = join(ROOT, 'scripts/prove-catalogue.mjs');

/** Shows what a command prints while it prints it. Returns its exit code and its last line. */
function run(command, args, env = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, ...env },
    });
    let text = '';
    child.stdout.on('data', (chunk) => {
      process.stdout.write(chunk);
      text = `${text}${chunk}`.slice(-10_000);
    });
    child.on('error', (error) => resolve({ code: 127, last: error.message }));
    child.on('close', (code) => resolve({ code: code ?? 1, last: text.trim().split('\n').at(-1) }));
  });
}

async function runFuzz({ minutes, seed }) {
  const given = seed === undefined ? [] : ['--seed', seed];
  const { code, last } = await run(NODE, ['test/fuzz/fuzz.ts', '--minutes', minutes, ...given]);
  return [{ what: 'fuzz', ok: code === 0, figure: last }];
}

/** Stryker is a package of its own: only this needs it. */
async function installStryker() {
  if (existsSync(STRYKER)) return true;
  const { code } = await run('npm', ['ci', '--prefix', 'test/deep', '--no-audit', '--no-fund']);
  return code === 0;
}

async function runMutation() {
  if (!(await installStryker()))
    return [{ what: 'mutation', ok: false, figure: 'npm ci of test/deep failed' }];
  const work = process.env.KEYWARD_MUTATION_DIR ?? join(tmpdir(), 'keyward-mutation');
  mkdirSync(work, { recursive: true });
  const args = [STRYKER, 'run', 'test/deep/stryker.config.mjs'];
  const { code, last } = await run(NODE, args, { KEYWARD_MUTATION_DIR: work });
  if (code !== 0) return [{ what: 'mutation', ok: false, figure: last }];
  const mutants = readMutants(join(work, 'mutation.json'));
  const survivors = mutants.filter(({ isKilled }) => !isKilled).length;
  const unexplained = findUnexplained(mutants);
  for (const { file, line, was, is } of unexplained)
    console.log(`not in test/deep/survivors.md: ${file}:${line} \`${was}\` → \`${is}\``);
  return [
    ...scoresByFolder(mutants).map(({ folder, killed, all, percent }) => ({
      what: `mutation ${folder}`,
      ok: folder !== 'core' || percent >= LEAST_SCORE,
      figure: `${killed} of ${all} mutants killed, ${percent.toFixed(1)} %`,
    })),
    {
      what: 'mutation survivors',
      ok: survivors <= MOST_SURVIVORS && unexplained.length === 0,
      figure: `${survivors}, ${unexplained.length} of them not explained`,
    },
  ];
}

async function runCatalogue() {
  if (!existsSync(CATALOGUE)) return [];
  const { code, last } = await run(NODE, [CATALOGUE]);
  return [{ what: 'catalogue', ok: code === 0, figure: last }];
}

const PARTS = { fuzz: runFuzz, mutation: runMutation, catalogue: runCatalogue };

function readOptions() {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', multiple: true, default: Object.keys(PARTS) },
      minutes: { type: 'string', default: '10' },
      seed: { type: 'string' },
    },
  });
  const unknown = values.only.find((name) => !Object.hasOwn(PARTS, name));
  if (unknown !== undefined)
    throw new Error(`there is no part ${unknown}: ${Object.keys(PARTS).join(', ')}`);
  return values;
}

async function main() {
  const options = readOptions();
  const rows = [];
  for (const name of options.only) {
    console.log(`── ${name}`);
    rows.push(...(await PARTS[name](options)));
  }
  const width = Math.max(...rows.map(({ what }) => what.length));
  console.log('');
  for (const { what, ok, figure } of rows)
    console.log(`${ok ? 'ok  ' : 'FAIL'}  ${what.padEnd(width)}  ${figure}`);
  return rows.every(({ ok }) => ok) ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 2;
}
