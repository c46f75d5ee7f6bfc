import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startAzureSandbox, type AzureSandbox } from './azure-sandbox.ts';

const PROGRAM = join(import.meta.dirname, 'read-a-key.ts');
const run = promisify(execFile);

describe('a program in the sandbox', () => {
  let sandbox: AzureSandbox;
  let versions: readonly string[];
  beforeAll(async () => {
    sandbox = await startAzureSandbox();
    const first = sandbox.vault.createKey({ name: 'cosign-key' });
    versions = [first, sandbox.vault.rotate('cosign-key')];
  });
  afterAll(() => sandbox.close());

  const readKey = (environment: Readonly<Record<string, string>>) =>
    run(process.execPath, [PROGRAM, sandbox.vault.vaultUri, 'cosign-key'], {
      env: { PATH: process.env['PATH'], ...environment },
    });

  it('meets the stand-ins under the names of Azure by its environment alone', async () => {
    const { stdout, stderr } = await readKey(sandbox.environment);
    expect({ versions: JSON.parse(stdout) as unknown, stderr }).toEqual({ versions, stderr: '' });
    expect(sandbox.proxy.refused()).toEqual([]);
  }, 30_000);

  it('does not believe the stand-ins without their certificate authority', async () => {
    const { NODE_EXTRA_CA_CERTS: _authority, ...rest } = sandbox.environment;
    const before = sandbox.vault.stats().lists;
    await expect(readKey(rest)).rejects.toMatchObject({ code: 1 });
    expect(sandbox.vault.stats().lists).toBe(before);
  }, 30_000);
});
