import { afterAll, describe, expect, it } from '@jest/globals';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createHelperRunner } from '../../../../../platform/registry/credentials/credential-helper.ts';

const folder = mkdtempSync(join(tmpdir(), 'keyward-helpers-'));
const path = process.env['PATH'] ?? '';
const PAIR = '{"ServerURL":"x","Username":"me","Secret":"hunter2"}';

function install(name: string, script: string): void {
  const file = join(folder, `docker-credential-${name}`);
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o700);
}

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const live = () => new AbortController().signal;
const environment = { PATH: `${folder}${delimiter}${path}` };
const run = createHelperRunner({ timeoutMs: 10_000, environment });

describe('a credential helper', () => {
  it('is asked for one host, on standard input and not on its command line', async () => {
    install('pair', `printf '%s ' "$@" > ${folder}/args; cat > ${folder}/input; echo '${PAIR}'`);
    const credential = await run('pair', 'contoso.azurecr.io; rm -rf /', live());
    if (credential?.kind !== 'basic') throw new Error('no pair');
    expect([credential.username, credential.password.reveal()]).toEqual(['me', 'hunter2']);
    expect(readFileSync(join(folder, 'args'), 'utf8')).toBe('get ');
    expect(readFileSync(join(folder, 'input'), 'utf8')).toBe('contoso.azurecr.io; rm -rf /');
  });

  it('may give an identity token', async () => {
    install('token', `cat >/dev/null; echo '{"Username":"<token>","Secret":"refresh"}'`);
    const credential = await run('token', 'a.example', live());
    if (credential?.kind !== 'refresh-token') throw new Error('no token');
    expect(credential.token.reveal()).toBe('refresh');
  });

  it('may have nothing', async () => {
    install('empty', `cat >/dev/null; echo 'credentials not found in native keychain'; exit 1`);
    expect(await run('empty', 'a.example', live())).toBeUndefined();
  });

  it.each(['../evil', 'a b', 'a;b', 'A', 'a/b', '', 'a.b', 'a\nb', '$(id)'])(
    'must have a name that is one word: %j is not run',
    async (name) => {
      await expect(run(name, 'a.example', live())).rejects.toMatchObject({
        code: 'REGISTRY_AUTH',
        message: 'the Docker config names a credential helper that is none',
      });
    },
  );

  it.each([
    ['is not there', undefined, 'docker-credential-broken is not installed'],
    [
      'fails',
      `echo "hunter2 $0" >&2; echo hunter2; exit 3`,
      'docker-credential-broken ended with 3',
    ],
    ['says what is no answer', 'echo hunter2', 'docker-credential-broken gave no credential'],
    ['says half an answer', `echo '{"Username":"hunter2"}'`, 'gave no credential that can be read'],
    ['says far too much', 'head -c 200000 /dev/zero', 'docker-credential-broken could not be run'],
  ])('that %s is refused, without a word of what it said', async (_, script, words) => {
    rmSync(join(folder, 'docker-credential-broken'), { force: true });
    if (script !== undefined) install('broken', script);
    const failure: unknown = await run('broken', 'a.example', live()).catch((e: unknown) => e);
    expect(failure).toMatchObject({
      code: 'REGISTRY_AUTH',
      message: expect.stringContaining(words) as unknown,
    });
    expect(JSON.stringify(failure, Object.getOwnPropertyNames(failure))).not.toContain('hunter2');
  });

  it('that does not end is ended', async () => {
    install('slow', `sleep 60; touch ${folder}/survived`);
    const impatient = createHelperRunner({ timeoutMs: 50, environment });
    const message = 'docker-credential-slow did not end in time';
    await expect(impatient('slow', 'a.example', live())).rejects.toMatchObject({ message });
    await expect(run('slow', 'a.example', AbortSignal.abort())).rejects.toMatchObject({ message });
    expect(existsSync(join(folder, 'survived'))).toBe(false);
  });
});
