import type { Config } from 'jest';

const shared = {
  rootDir: '.',
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {},
} as const;

/**
 * `fast` needs Node and nothing else: it is `npm test`.
 * `long` needs Node only as well, and minutes of it: many runs of whole programs.
 * `real` needs real components (Go binaries, Python clients, Debian packages) that `.ci/run` installs.
 */
const config: Config = {
  maxWorkers: 2,
  workerIdleMemoryLimit: '768MB',
  projects: [
    {
      ...shared,
      displayName: 'fast',
      testMatch: ['<rootDir>/test/**/*.test.ts'],
      testPathIgnorePatterns: ['/node_modules/', '\\.(?:real|long)\\.test\\.ts$'],
    },
    { ...shared, displayName: 'long', testMatch: ['<rootDir>/test/**/*.long.test.ts'] },
    { ...shared, displayName: 'real', testMatch: ['<rootDir>/test/**/*.real.test.ts'] },
  ],
};
export default config;
