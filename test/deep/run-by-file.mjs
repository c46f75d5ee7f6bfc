/**
 * The Jest runner of Stryker, made to stop early. As it is, it loads every related test file for each mutant and runs all of them to the end
 * (Jest has no `bail` for programs). Here the test files of a mutant run one after the other, until one fails: those that are about
 * its file first, then the quickest.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { PluginKind, declareFactoryPlugin } from '@stryker-mutator/api/plugin';
import { strykerPlugins as jestPlugins } from '@stryker-mutator/jest-runner';

const MARK = ' » ';
/** How long each test file took in the first run, for the processes that did not make it. Beside the sandbox. */
const TIMES = join('..', 'times.json');
/** Relative to the sandbox, so that an incremental report fits the next sandbox. */
const idOf = (file, name) => `${relative(process.cwd(), file)}${MARK}${name}`;

class RunnerByFile {
  #jest;
  /** All test files: for mutants that act while a module loads, to which no tests can be told. */
  #allFiles;
  #times;
  #testFiles;

  constructor(jest) {
    this.#jest = jest;
    const adapter = jest.jestTestAdapter;
    const run = adapter.run.bind(adapter);
    adapter.run = (settings) =>
      run(
        this.#testFiles === undefined
          ? settings
          : { ...settings, testFiles: this.#testFiles, fileNamesUnderTest: undefined },
      );
  }

  init() {
    return this.#jest.init();
  }

  capabilities() {
    return this.#jest.capabilities();
  }

  /** Test ids begin with their file here: Stryker hands them back with each mutant, to whichever process runs it. */
  async dryRun(options) {
    this.#testFiles = undefined;
    const result = await this.#jest.dryRun(options);
    if (result.status !== 'complete') return result;
    const idsOfName = Map.groupBy(result.tests, ({ name }) => name);
    writeFileSync(TIMES, JSON.stringify(timesOf(result.tests)));
    const tests = result.tests.map((test) => ({ ...test, id: idOf(test.fileName, test.name) }));
    const perTest = Object.fromEntries(
      Object.entries(result.mutantCoverage?.perTest ?? {}).flatMap(([name, coverage]) =>
        (idsOfName.get(name) ?? []).map(({ fileName }) => [idOf(fileName, name), coverage]),
      ),
    );
    return { ...result, tests, mutantCoverage: { ...result.mutantCoverage, perTest } };
  }

  async mutantRun(options) {
    const { testFilter, sandboxFileName } = options;
    const files = testFilter === undefined ? await this.#everyFile() : filesOf(testFilter);
    this.#times ??= JSON.parse(readFileSync(TIMES, 'utf8'));
    const times = this.#times;
    const ordered = [...files].toSorted(
      ([a], [b]) =>
        distance(a, sandboxFileName) - distance(b, sandboxFileName) ||
        (times[a] ?? 0) - (times[b] ?? 0),
    );
    let nrOfTests = 0;
    for (const [file, names] of ordered) {
      this.#testFiles = [`^${RegExp.escape(`${process.cwd()}/${file}`)}$`];
      const result = await this.#jest.mutantRun({ ...options, testFilter: names });
      nrOfTests += result.nrOfTests ?? 0;
      if (result.status === 'survived') continue;
      if (result.status !== 'killed') return result;
      const killedBy = [result.killedBy].flat().map((name) => `${file}${MARK}${name}`);
      return { ...result, killedBy, nrOfTests };
    }
    return { status: 'survived', nrOfTests };
  }

  async #everyFile() {
    this.#allFiles ??= await this.#listFiles();
    return this.#allFiles.map((file) => [file, undefined]);
  }

  async #listFiles() {
    const { glob } = await import('node:fs/promises');
    const patterns = this.#jest.jestConfig.testMatch.map((pattern) =>
      pattern.replace('<rootDir>/', ''),
    );
    return (await Array.fromAsync(glob(patterns))).toSorted();
  }
}

function timesOf(tests) {
  const times = {};
  for (const { fileName, timeSpentMs } of tests) {
    const file = relative(process.cwd(), fileName);
    times[file] = (times[file] ?? 0) + timeSpentMs;
  }
  return times;
}

function filesOf(testIds) {
  const files = new Map();
  for (const id of testIds) {
    const [file, ...rest] = id.split(MARK);
    files.set(file, [...(files.get(file) ?? []), rest.join(MARK)]);
  }
  return files;
}

/** 0: the test of this very file; 1: of its folder; 2: other unit tests; 3: properties and vectors, which take longer. */
function distance(testFile, mutated) {
  const name = basename(mutated, '.ts');
  const folder = basename(dirname(mutated));
  if (basename(testFile).startsWith(name)) return 0;
  if (basename(dirname(testFile)) === folder) return 1;
  return testFile.startsWith('test/unit/') ? 2 : 3;
}

const [{ factory }] = jestPlugins;
createRunner.inject = factory.inject;
function createRunner(injector) {
  return new RunnerByFile(factory(injector));
}

export const strykerPlugins = [
  declareFactoryPlugin(PluginKind.TestRunner, 'jest-by-file', createRunner),
];
export { strykerValidationSchema } from '@stryker-mutator/jest-runner';
