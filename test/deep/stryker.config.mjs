/** Mutation testing of core/ (`npm run deep -- --only mutation`). Run from the project's root. */
import { join } from 'node:path';
import { tmpdir } from 'node:os';

const work = process.env.KEYWARD_MUTATION_DIR ?? join(tmpdir(), 'keyward-mutation');
/** For a look at one folder while writing its tests: a part of the tests, so at most too few mutants are killed. */
const tests = process.env.KEYWARD_MUTATION_TESTS?.split(',') ?? [
  'test/unit/core/**/*.test.ts',
  'test/property/**/*.test.ts',
  'test/contract/cosign/*vectors.test.ts',
];

export default {
  mutate: ['core/**/*.ts'],
  // No tsconfig.json: Stryker would rewrite it with an API that TypeScript 7 has not.
  ignorePatterns: ['/tsconfig.json', '/coverage', '/docs', '/.*', '/test/deep', '/test/cluster'],
  testRunner: 'jest-by-file',
  plugins: [join(import.meta.dirname, 'run-by-file.mjs')],
  testRunnerNodeArgs: ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'],
  jest: {
    // Test files are chosen by coverage, or all run: Jest's own search would be a third opinion.
    enableFindRelatedTests: false,
    config: {
      testEnvironment: 'node',
      extensionsToTreatAsEsm: ['.ts'],
      transform: {},
      testMatch: tests.map((glob) => `<rootDir>/${glob}`),
    },
  },
  coverageAnalysis: 'perTest',
  // A mutant of a table is a mutant: it is tried with all tests, not left out.
  ignoreStatic: false,
  concurrency: 2,
  // Modules of virtual machines are never given back.
  maxTestRunnerReuse: 60,
  timeoutMS: 30_000,
  timeoutFactor: 2,
  disableTypeChecks: false,
  checkers: [],
  warnings: { slow: false },
  cleanTempDir: 'always',
  tempDirName: join(work, 'sandbox'),
  // Not incremental: Stryker keeps what it once said of a mutant that acts while a module loads, whatever tests came since.
  incremental: false,
  reporters: ['clear-text', 'json', 'progress-append-only'],
  jsonReporter: { fileName: join(work, 'mutation.json') },
  clearTextReporter: {
    allowColor: false,
    logTests: false,
    reportTests: false,
    reportScoreTable: true,
  },
  allowConsoleColors: false,
};
