/** The kept corpus, replayed whole, and a short fuzz of each target: `npm run deep` does the long one. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { CORPUS, FINDINGS, keep, readCorpus, slugOf } from './corpus.ts';
import { fuzz } from './fuzz-target.ts';
import { readOptions } from './options.ts';
import { promise, type Target } from './target.ts';
import { TARGETS } from './targets/all.ts';

const SEED = Number(process.env['KEYWARD_SEED'] ?? '20261102');
const MUTATIONS = 120;
const table = TARGETS.map((target) => [target.name, target] as const);

describe('the kept corpus', () => {
  it.each(table)('of %s says what its files are called', async (name, target) => {
    const kept = readCorpus(name);
    expect(kept.length).toBeGreaterThan(1);
    for (const { file, outcome, bytes } of kept)
      expect([file, slugOf(await target.run(bytes))]).toEqual([file, outcome]);
  });

  it('has a folder for each target and no other', () => {
    const folders = readdirSync(CORPUS, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && entry.name !== FINDINGS)
      .map((entry) => entry.name);
    expect(folders.toSorted()).toEqual(TARGETS.map(({ name }) => name).toSorted());
  });

  it('is small: each file has one thing to say', () => {
    const bytes = TARGETS.flatMap(({ name }) => readCorpus(name)).map(({ bytes }) => bytes.length);
    expect(Math.max(...bytes)).toBeLessThan(64 * 1024);
    expect(bytes.reduce((sum, length) => sum + length)).toBeLessThan(1024 * 1024);
  });
});

it.each(table)('what once broke a promise of %s does so no more', async (name, target) => {
  for (const { bytes } of readCorpus(`${FINDINGS}/${name}`))
    expect(typeof (await target.run(bytes))).toBe('string');
});

it.each(table)('mutations break no promise of %s', async (_, target) => {
  const begin = target.seeds().length + readCorpus(target.name).length;
  const isOver = (executions: number) => executions >= begin + MUTATIONS;
  const { findings } = await fuzz(target, { seed: SEED, isOver });
  expect(
    findings.map(({ what, bytes }) => `${what}: ${Buffer.from(bytes).toString('base64')}`),
  ).toEqual([]);
});

describe('the fuzzer', () => {
  const isOver = (executions: number) => executions >= 3000;
  const fuzzWith = (run: Target['run'], now?: () => number) =>
    fuzz(
      { name: 'x', seeds: () => [Buffer.from('{"a":"bc"}')], run },
      { seed: SEED, isOver, corpus: [], ...(now === undefined ? {} : { now }) },
    );

  it('finds what throws, and tells how', async () => {
    const { findings } = await fuzzWith((bytes) => {
      promise(!Buffer.from(bytes).includes('null'), 'there is no null');
      return 'ok';
    });
    expect(findings).toMatchObject([{ what: 'Error: broken promise: there is no null' }]);
    expect(Buffer.from(findings[0]?.bytes ?? []).toString()).toContain('null');
  });

  it('finds what takes too long', async () => {
    let time = 0;
    const run = (bytes: Uint8Array) => {
      if (bytes.length > 60) time += 3000;
      return 'ok';
    };
    const { findings } = await fuzzWith(run, () => time);
    expect(findings).toMatchObject([{ what: 'it took 3000 ms of CPU' }]);
  });

  it('begins again at what was new, and keeps the smallest of each', async () => {
    const depth = (bytes: Uint8Array) =>
      `${Math.min(3, Buffer.from(bytes).toString().split('[[').length)}`;
    const { outcomes, executions, findings } = await fuzzWith(depth);
    expect([...outcomes.keys()].toSorted()).toEqual(['1', '2', '3']);
    expect(outcomes.get('1')?.length).toBeLessThanOrEqual(1);
    expect([executions, findings]).toEqual([3000, []]);
  });

  it('does the same again with the same seed', async () => {
    const runs = await Promise.all([
      fuzzWith((bytes) => `${bytes.length % 7}`),
      fuzzWith((bytes) => `${bytes.length % 7}`),
    ]);
    expect(runs[0]).toEqual(runs[1]);
  });
});

describe('inputs on disk', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'keyward-corpus-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('are read as they were kept, under their outcome', () => {
    const bytes = Buffer.from([0, 255, 10, 13]);
    keep('reader', 'image MANIFEST_MALFORMED', bytes, folder);
    expect(readCorpus('reader', folder)).toMatchObject([
      { outcome: 'image-MANIFEST_MALFORMED', bytes },
    ]);
    expect(readCorpus('nobody', folder)).toEqual([]);
  });
});

describe('the command line', () => {
  it('takes minutes, a seed and targets', () => {
    expect(
      readOptions(['--minutes', '0.5', '--seed', '7', '--target', 'der'], () => 1),
    ).toMatchObject({
      minutes: 0.5,
      seed: 7,
      targets: [{ name: 'der' }],
      keep: false,
    });
    expect(readOptions([], () => 42)).toMatchObject({ minutes: 10, seed: 42, targets: TARGETS });
  });

  it.each([
    ['--minutes', 'x'],
    ['--minutes', '0'],
    ['--seed', 'x'],
    ['--target', 'nobody'],
    ['--what', '1'],
  ])('refuses %s %s', (...args) => {
    expect(() => readOptions(args, () => 1)).toThrow(/\S/);
  });
});
