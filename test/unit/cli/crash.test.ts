import { expect, it, jest } from '@jest/globals';
import { runKeyward } from '../../../sandbox/processes/cli.ts';

jest.setTimeout(60_000);

/** Runs before keyward does, in its process. */
const preload = (code: string) => ({
  NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(code)}`,
});
const VERIFY = ['verify', 'contoso.azurecr.io/team/app', '--key', '/nonexistent/cosign.pub'];

it.each([
  ['an error that nobody catches', `setTimeout(() => { throw new Error('x') }, 0)`],
  ['a promise that nobody waits for', `Promise.reject(new Error('x'))`],
  [
    'a fault inside the command',
    `Object.defineProperty(process.stderr, 'write', { value: () => { throw new Error('x') } })`,
  ],
])('%s ends the process with anything but 0 (B-51)', async (_, code) => {
  const result = await runKeyward(VERIFY, preload(code));
  expect(result.code).not.toBe(0);
  expect(result.stdout).not.toMatch(/allow/iu);
});

it('a command that fails says so by its exit code (B-51)', async () => {
  expect((await runKeyward(VERIFY, {})).code).toBe(2);
});
