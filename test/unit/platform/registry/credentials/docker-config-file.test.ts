import { afterAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFakeClock } from '../../../../../platform/lifecycle/fake-clock.ts';
import type { RunHelper } from '../../../../../platform/registry/credentials/credential-helper.ts';
import type { Credential } from '../../../../../platform/registry/credentials/credentials.ts';
import { basicCredential } from '../../../../../platform/registry/credentials/docker-config.ts';
import { createDockerConfigCredentials } from '../../../../../platform/registry/credentials/docker-config-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'keyward-docker-config-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const HOST = 'contoso.azurecr.io';
const configOf = (password: string) => ({
  auths: { [HOST]: { auth: Buffer.from(`me:${password}`).toString('base64') } },
});

let files = 0;
function createSetup(config: object | string | undefined, runHelper?: RunHelper) {
  files += 1;
  const path = join(folder, `${files}.json`);
  const write = (content: object | string) => {
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  };
  if (config !== undefined) write(config);
  const clock = createFakeClock();
  const credentials = createDockerConfigCredentials({
    path,
    clock,
    ...(runHelper === undefined ? {} : { runHelper }),
  });
  const find = (host = HOST) => credentials.find(host, new AbortController().signal);
  return { path, write, clock, credentials, find };
}

function passwordOf(credential: Credential | undefined): string | undefined {
  return credential?.kind === 'basic' ? credential.password.reveal() : undefined;
}

describe('a Docker config file', () => {
  it('has what it has for a host, and nothing for another', async () => {
    const { find, credentials, path } = createSetup(configOf('first'));
    expect(passwordOf(await find())).toBe('first');
    expect(await find('ghcr.io')).toBeUndefined();
    expect(credentials.scope).toBe(`docker-config:${path}`);
  });

  it('is read again after a minute, and when a registry refuses what it held', async () => {
    const { find, write, clock, credentials } = createSetup(configOf('first'));
    await find();
    write(configOf('second'));
    clock.advance(60_000);
    expect(passwordOf(await find())).toBe('first');
    clock.advance(1);
    expect(passwordOf(await find())).toBe('second');
    write(configOf('third'));
    clock.advance(5001);
    credentials.forget(HOST);
    expect(passwordOf(await find())).toBe('third');
  });

  it('is not read for each refusal of a registry that refuses all', async () => {
    const { find, write, clock, credentials } = createSetup(configOf('first'));
    await find();
    write(configOf('second'));
    clock.advance(5000);
    credentials.forget(HOST);
    expect(passwordOf(await find())).toBe('first');
  });

  it.each([
    ['that is not there', undefined, /cannot be used: ENOENT$/u],
    ['that is none', 'hunter2', /cannot be used: it is not a Docker config$/u],
    ['that is huge', ' '.repeat(1024 * 1024 + 1), /cannot be used: it is larger than/u],
  ])('%s leaves no host anonymous: it may have held any', async (_, content, message) => {
    const { find, path } = createSetup(content);
    for (const host of [HOST, 'ghcr.io'])
      await expect(find(host)).rejects.toMatchObject({
        code: 'REGISTRY_AUTH',
        message: expect.stringMatching(message) as unknown,
      });
    await expect(find()).rejects.toThrow(path);
  });

  it('with an entry that cannot be used leaves that host not anonymous', async () => {
    const { find } = createSetup({ auths: { [`${HOST}/team`]: { auth: 'bWU6cGFzcw==' } } });
    await expect(find()).rejects.toMatchObject({
      code: 'REGISTRY_AUTH',
      message: expect.stringContaining(`its entry '${HOST}/team' is for a part`) as unknown,
    });
    expect(await find('ghcr.io')).toBeUndefined();
  });
});

describe('an entry that leads to a credential helper', () => {
  const HELPED = { credHelpers: { [HOST]: 'acr' }, credsStore: 'desktop' };

  it('is refused by default: a file must not choose what program runs', async () => {
    const { find, path } = createSetup(HELPED);
    await expect(find()).rejects.toMatchObject({
      code: 'REGISTRY_AUTH',
      message: `${path} leaves ${HOST} to a credential helper, and helpers are off (KEYWARD_REGISTRY_CREDENTIAL_HELPERS)`,
    });
    await expect(find('ghcr.io')).rejects.toMatchObject({ code: 'REGISTRY_AUTH' });
  });

  it('is followed where helpers are on, once a minute for a host', async () => {
    const asked: string[] = [];
    const { find, clock, credentials } = createSetup(HELPED, async (name, host) => {
      asked.push(`${name} ${host}`);
      return basicCredential('me', `${asked.length}`);
    });
    expect(passwordOf(await find())).toBe('1');
    expect(passwordOf(await find())).toBe('1');
    expect(passwordOf(await find('ghcr.io'))).toBe('2');
    clock.advance(5001);
    credentials.forget(HOST);
    expect(passwordOf(await find())).toBe('3');
    expect(passwordOf(await find('ghcr.io'))).toBe('2');
    expect(asked).toEqual([`acr ${HOST}`, 'desktop ghcr.io', `acr ${HOST}`]);
  });

  it('must have something where it was named for the host; a store for all hosts need not', async () => {
    const { find } = createSetup(HELPED, async () => undefined);
    await expect(find()).rejects.toMatchObject({
      code: 'REGISTRY_AUTH',
      message: expect.stringContaining('has nothing for it') as unknown,
    });
    expect(await find('ghcr.io')).toBeUndefined();
  });
});
