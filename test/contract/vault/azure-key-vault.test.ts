import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createHash, createPublicKey, verify } from 'node:crypto';
import { createAzureKeyVault } from '../../../platform/vault/azure-key-vault.ts';
import { createCredential } from '../../../platform/identity/workload-identity.ts';
import type { KeyVault } from '../../../platform/vault/key-vault.ts';
import { VaultError, type VaultErrorCode } from '../../../platform/vault/vault-error.ts';
import { createLogger } from '../../../platform/observe/logger.ts';
import type { VaultFault } from '../../../sandbox/vault/vault.ts';
import { CLIENT_ID, startAzureSandbox, type AzureSandbox } from './azure-sandbox.ts';
import { enterSandbox } from './in-process.ts';

const HOSTS = ['contoso.vault.azure.net', 'other.vault.azure.net'] as const;
const vaultUri = `https://${HOSTS[0]}`;
const logger = createLogger({ level: 'silent', component: 'test' });
const once = () => ({ signal: new AbortController().signal });

let sandbox: AzureSandbox;
let leaveSandbox: () => void;
let name: string;
let counter = 0;

beforeAll(async () => {
  sandbox = await startAzureSandbox({ hosts: [...HOSTS] });
  leaveSandbox = enterSandbox(sandbox);
});
afterAll(async () => {
  leaveSandbox();
  await sandbox.close();
});
beforeEach(() => {
  counter += 1;
  name = `key-${counter}`;
  sandbox.vault.faults.set('none');
  sandbox.entra.faults.set('none');
  sandbox.vault.setDisabledAs('200');
  sandbox.vault.setAbsentListAs('404');
  sandbox.vault.setNextLink(undefined);
});

function open(options: Partial<Parameters<typeof createAzureKeyVault>[0]> = {}): KeyVault {
  const credential = createCredential({
    tenantId: sandbox.entra.tenantId,
    clientId: CLIENT_ID,
    tokenFilePath: sandbox.tokenFile,
    authorityHost: sandbox.entra.authorityHost,
  });
  return createAzureKeyVault({ credential, allowedVaults: [...HOSTS], logger, ...options });
}

async function failure(promise: Promise<unknown>): Promise<VaultError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(VaultError);
  return error as VaultError;
}

describe('reading a key', () => {
  it('lists all versions of a key with more than one page, oldest first', async () => {
    const versions = [sandbox.vault.createKey({ name, created: 1_000_000 })];
    for (let i = 1; i < 60; i += 1) versions.push(sandbox.vault.rotate(name));
    const listed = await open().listVersions({ vaultUri, name }, once());
    expect(listed.map(({ version }) => version)).toEqual(versions);
    expect(listed[0]).toEqual({
      version: versions[0],
      enabled: true,
      createdOn: 1_000_000_000,
    });
  });

  it('tells attributes of a version, and a disabled one is not enabled', async () => {
    const attributes = { enabled: false, nbf: 1_700_000_000, exp: 1_900_000_000 };
    const version = sandbox.vault.createKey({ name, created: 5, attributes });
    const expected = {
      version,
      enabled: false,
      createdOn: 5000,
      notBefore: 1_700_000_000_000,
      expiresOn: 1_900_000_000_000,
    };
    expect(await open().listVersions({ vaultUri, name }, once())).toEqual([expected]);
    expect(await open().getVersion({ vaultUri, name, version }, once())).toMatchObject(expected);
  });

  it.each([
    { kty: 'RSA', size: 2048 },
    { kty: 'EC', curve: 'P-256' },
    { kty: 'EC', curve: 'P-384' },
    { kty: 'EC', curve: 'P-521' },
  ] as const)('hands over the public key of $kty $size$curve as Node reads it', async (spec) => {
    const version = sandbox.vault.createKey({ name, ...spec });
    const key = await open().getVersion({ vaultUri, name, version }, once());
    if (typeof key === 'string') throw new Error(key);
    const loaded = createPublicKey({ key: key.jwk, format: 'jwk' });
    expect(loaded.equals(sandbox.vault.publicKeyOf(name, version))).toBe(true);
  });

  it('takes vault and key names in any case', async () => {
    const version = sandbox.vault.createKey({ name });
    const id = { vaultUri: vaultUri.toUpperCase().replace('HTTPS', 'https'), name };
    const listed = await open().listVersions({ ...id, name: name.toUpperCase() }, once());
    expect(listed.map((item) => item.version)).toEqual([version]);
  });

  it('keeps vaults apart', async () => {
    const version = sandbox.vault.at(HOSTS[1]).createKey({ name });
    const vault = open();
    const id = { vaultUri: `https://${HOSTS[1]}`, name };
    expect(await vault.listVersions(id, once())).toHaveLength(1);
    expect(await vault.getVersion({ vaultUri, name, version }, once())).toBe('absent');
  });
});

describe('a version that cannot be used', () => {
  it.each([
    ['200', { enabled: false }],
    ['403', 'disabled'],
    ['404', 'absent'],
  ] as const)('disabled, answered as %s', async (answer, expected) => {
    const version = sandbox.vault.createKey({ name, attributes: { enabled: false } });
    sandbox.vault.setDisabledAs(answer);
    const got = await open().getVersion({ vaultUri, name, version }, once());
    if (typeof expected === 'string') expect(got).toBe(expected);
    else expect(got).toMatchObject(expected);
  });

  it('of a deleted key is absent, and its list says so', async () => {
    const version = sandbox.vault.createKey({ name });
    sandbox.vault.deleteKey(name);
    const vault = open();
    expect(await vault.getVersion({ vaultUri, name, version }, once())).toBe('absent');
    const error = await failure(vault.listVersions({ vaultUri, name }, once()));
    expect(error.code).toBe('VAULT_KEY_ABSENT');
  });

  it('an empty list is an empty list', async () => {
    sandbox.vault.setAbsentListAs('empty');
    expect(await open().listVersions({ vaultUri, name }, once())).toEqual([]);
  });
});

describe('a vault that cannot be read', () => {
  it.each<[VaultFault, VaultErrorCode, boolean]>([
    ['503', 'VAULT_UNREACHABLE', true],
    ['429', 'VAULT_THROTTLED', true],
    ['403-rbac', 'VAULT_FORBIDDEN', false],
    ['403-firewall', 'VAULT_FORBIDDEN', false],
    ['rubbish', 'VAULT_BAD_RESPONSE', true],
    ['reset', 'VAULT_UNREACHABLE', true],
    [{ status: 500 }, 'VAULT_UNREACHABLE', true],
    [{ status: 400 }, 'VAULT_BAD_RESPONSE', true],
    [{ status: 404 }, 'VAULT_BAD_RESPONSE', true],
    [{ status: 404, body: '<html>' }, 'VAULT_BAD_RESPONSE', true],
    [{ status: 302 }, 'VAULT_BAD_RESPONSE', true],
    [{ status: 200, body: '' }, 'VAULT_BAD_RESPONSE', true],
    [{ status: 200, body: 'null' }, 'VAULT_BAD_RESPONSE', true],
    [{ status: 200, body: '{}' }, 'VAULT_BAD_RESPONSE', true],
    [{ status: 200, body: '{"value":"x"}' }, 'VAULT_BAD_RESPONSE', true],
    [{ status: 200, body: '{"value":[{}]}' }, 'VAULT_BAD_RESPONSE', true],
  ])('%j is %s', async (fault, code, retryable) => {
    const version = sandbox.vault.createKey({ name });
    const vault = open();
    sandbox.vault.faults.set(fault);
    const listing = await failure(vault.listVersions({ vaultUri, name }, once()));
    expect({ code: listing.code, retryable: listing.retryable }).toEqual({ code, retryable });
    const reading = await failure(vault.getVersion({ vaultUri, name, version }, once()));
    expect(reading.code).toBe(code);
    sandbox.vault.faults.set('none');
    expect(await vault.listVersions({ vaultUri, name }, once())).toHaveLength(1);
  });

  it('is asked once when it throttles, and says when to come back', async () => {
    sandbox.vault.createKey({ name });
    const vault = open();
    await vault.listVersions({ vaultUri, name }, once());
    const before = sandbox.vault.stats().lists;
    sandbox.vault.faults.set({ status: 429, retryAfter: '7' });
    const error = await failure(vault.listVersions({ vaultUri, name }, once()));
    expect(error.retryAfterSeconds).toBe(7);
    expect(sandbox.vault.stats().lists).toBe(before + 1);
    sandbox.vault.faults.set({ status: 429 });
    const bare = await failure(vault.listVersions({ vaultUri, name }, once()));
    expect([bare.code, bare.retryAfterSeconds]).toEqual(['VAULT_THROTTLED', undefined]);
  });

  it('that hangs ends in VAULT_TIMEOUT', async () => {
    sandbox.vault.createKey({ name });
    sandbox.vault.faults.set('hang');
    const vault = open({ timeoutSeconds: 0.3 });
    const error = await failure(vault.listVersions({ vaultUri, name }, once()));
    expect([error.code, error.retryable]).toEqual(['VAULT_TIMEOUT', true]);
  });

  it('that hangs on a later page ends in VAULT_TIMEOUT too', async () => {
    sandbox.vault.createKey({ name });
    for (let i = 0; i < 30; i += 1) sandbox.vault.rotate(name);
    sandbox.vault.setNextLink((link) => {
      sandbox.vault.faults.set('hang');
      return link;
    });
    const vault = open({ timeoutSeconds: 1 });
    const error = await failure(vault.listVersions({ vaultUri, name }, once()));
    expect(error.code).toBe('VAULT_TIMEOUT');
  });

  it("gives the caller's own reason when the caller gave up", async () => {
    sandbox.vault.createKey({ name });
    sandbox.vault.faults.set('hang');
    const controller = new AbortController();
    const reading = open().listVersions({ vaultUri, name }, { signal: controller.signal });
    controller.abort(new Error('leadership lost'));
    await expect(reading).rejects.toThrow('leadership lost');
  });

  it('tries a dropped connection once more', async () => {
    const version = sandbox.vault.createKey({ name });
    const vault = open();
    await vault.getVersion({ vaultUri, name, version }, once());
    const before = sandbox.vault.stats().reads;
    sandbox.vault.faults.set('reset');
    await failure(vault.getVersion({ vaultUri, name, version }, once()));
    expect(sandbox.vault.stats().reads).toBe(before + 2);
  });
});

describe('a time that is nonsense', () => {
  it.each(['"soon"', '{}', '1e300'])('exp %s makes the answer unreadable', async (exp) => {
    const version = '0'.repeat(32);
    const kid = `${vaultUri}/keys/${name}/${version}`;
    const body = `{"value":[{"kid":"${kid}","attributes":{"enabled":true,"created":1,"exp":${exp}}}]}`;
    sandbox.vault.faults.set({ status: 200, body });
    const error = await failure(open().listVersions({ vaultUri, name }, once()));
    expect(error.code).toBe('VAULT_BAD_RESPONSE');
  });

  it('but one beyond 32 bits is the year 2096, not 1960', async () => {
    const attributes = { nbf: 4_000_000_000, exp: 4_000_000_001 };
    const version = sandbox.vault.createKey({ name, attributes });
    const [listed] = await open().listVersions({ vaultUri, name }, once());
    const dates = { notBefore: 4_000_000_000_000, expiresOn: 4_000_000_001_000 };
    expect(listed).toMatchObject(dates);
    expect(await open().getVersion({ vaultUri, name, version }, once())).toMatchObject(dates);
  });

  it('but 0 is the year 1970, not "never"', async () => {
    const version = sandbox.vault.createKey({ name, attributes: { exp: 0 } });
    const [listed] = await open().listVersions({ vaultUri, name }, once());
    expect(listed).toMatchObject({ version, expiresOn: 0 });
  });

  it.each([
    ['missing attributes', ''],
    ['enabled as text', ',"attributes":{"enabled":"true","created":1}'],
    ['no enabled', ',"attributes":{"created":1}'],
    ['enabled 1', ',"attributes":{"enabled":1,"created":1}'],
  ])('%s is not enabled', async (_what, attributes) => {
    const kid = `${vaultUri}/keys/${name}/${'0'.repeat(32)}`;
    sandbox.vault.faults.set({ status: 200, body: `{"value":[{"kid":"${kid}"${attributes}}]}` });
    const [listed] = await open().listVersions({ vaultUri, name }, once());
    expect(listed?.enabled).toBe(false);
  });
});

describe('what must not be followed or called', () => {
  it('a next page on another host', async () => {
    sandbox.vault.createKey({ name });
    for (let i = 0; i < 30; i += 1) sandbox.vault.rotate(name);
    sandbox.vault.setNextLink((link) => link.replace(HOSTS[0], 'attacker.example'));
    const error = await failure(open().listVersions({ vaultUri, name }, once()));
    expect(error.code).toBe('VAULT_BAD_RESPONSE');
    expect(error.message).toContain('another host');
    expect(sandbox.proxy.refused()).toEqual([]);
  });

  it('a list that never ends', async () => {
    sandbox.vault.createKey({ name });
    for (let i = 0; i < 26; i += 1) sandbox.vault.rotate(name);
    sandbox.vault.setNextLink((link) => link.replace(/skiptoken=[^&]*/u, 'skiptoken='));
    const error = await failure(open().listVersions({ vaultUri, name }, once()));
    expect(error.code).toBe('VAULT_BAD_RESPONSE');
  });

  it('a key that was not asked for', async () => {
    const other = sandbox.vault.createKey({ name: `${name}-other` });
    const kid = `${vaultUri}/keys/${name}-other/${other}`;
    const body = `{"value":[{"kid":"${kid}","attributes":{"enabled":true}}]}`;
    sandbox.vault.faults.set({ status: 200, body });
    const error = await failure(open().listVersions({ vaultUri, name }, once()));
    expect(error.code).toBe('VAULT_BAD_RESPONSE');
  });

  it.each([
    'https://attacker.example',
    'https://contoso.vault.azure.net.attacker.example',
    'https://contoso.vault.azure.net:444',
    'https://contoso.vault.azure.net@attacker.example',
    'http://contoso.vault.azure.net',
    'https://evil.contoso.vault.azure.net',
    'https://unlisted.vault.azure.net',
    'https://contoso.vault.azure.cn',
    '',
  ])('%s', async (uri) => {
    const allowedVaults = [...HOSTS, 'attacker.example', 'evil.contoso.vault.azure.net'];
    const error = await failure(
      open({ allowedVaults }).listVersions({ vaultUri: uri, name }, once()),
    );
    expect(error.code).toBe('VAULT_NOT_ALLOWED');
    expect(sandbox.proxy.refused()).toEqual([]);
  });

  it.each(['../secrets/x', 'a/b', '', 'a?b', 'a%2fb'])('key name %j', async (bad) => {
    const error = await failure(open().listVersions({ vaultUri, name: bad }, once()));
    expect(error.code).toBe('VAULT_NOT_ALLOWED');
  });
});

describe('identity', () => {
  it.each([
    ['refuse', 'VAULT_IDENTITY'],
    ['503', 'VAULT_IDENTITY'],
    ['reset', 'VAULT_IDENTITY'],
  ] as const)('a token service that answers %s is %s', async (fault, code) => {
    sandbox.vault.createKey({ name });
    sandbox.entra.faults.set(fault);
    const error = await failure(open().listVersions({ vaultUri, name }, once()));
    expect(error.code).toBe(code);
    if (fault === 'refuse') expect(error.message).toContain('AADSTS700024');
    expect(error.message).not.toMatch(/eyJ/u);
    sandbox.entra.faults.set('none');
    expect(await open().listVersions({ vaultUri, name }, once())).toHaveLength(1);
  });

  it('a token that the vault refuses is VAULT_IDENTITY', async () => {
    const credential = {
      getToken: () => Promise.resolve({ token: 'x', expiresOnTimestamp: 4e12 }),
    };
    const error = await failure(open({ credential }).listVersions({ vaultUri, name }, once()));
    expect([error.code, error.retryable]).toEqual(['VAULT_IDENTITY', true]);
  });

  it('a token service that hangs ends in VAULT_TIMEOUT', async () => {
    sandbox.entra.faults.set('hang');
    const error = await failure(
      open({ timeoutSeconds: 0.3 }).listVersions({ vaultUri, name }, once()),
    );
    expect(error.code).toBe('VAULT_TIMEOUT');
  });

  it('asks for one token, not one a call', async () => {
    sandbox.vault.createKey({ name });
    const before = sandbox.entra.stats().tokens;
    const vault = open();
    for (let i = 0; i < 3; i += 1) await vault.listVersions({ vaultUri, name }, once());
    expect(sandbox.entra.stats().tokens).toBe(before + 1);
  });
});

describe('signatures of the stand-in', () => {
  it.each([
    [{ kty: 'RSA', size: 2048 }, 'RS256', 'sha256'],
    [{ kty: 'RSA', size: 2048 }, 'RS512', 'sha512'],
    [{ kty: 'EC', curve: 'P-256' }, 'ES256', 'sha256'],
    [{ kty: 'EC', curve: 'P-384' }, 'ES384', 'sha384'],
    [{ kty: 'EC', curve: 'P-521' }, 'ES512', 'sha512'],
  ] as const)('%j with %s verify with node:crypto', (spec, algorithm, hash) => {
    const version = sandbox.vault.createKey({ name, ...spec });
    const key = sandbox.vault.publicKeyOf(name, version);
    for (let i = 0; i < 20; i += 1) {
      const message = Buffer.from(`message ${i}`);
      const digest = createHash(hash).update(message).digest();
      const signature = sandbox.vault.sign(name, version, digest, algorithm);
      const verifier = { key, dsaEncoding: 'ieee-p1363' as const };
      expect(verify(hash, message, verifier, signature)).toBe(true);
    }
  });

  it('are refused by a disabled, expired or not yet valid version', () => {
    const digest = Buffer.alloc(32);
    const version = sandbox.vault.createKey({ name });
    const attempt = () => sandbox.vault.sign(name, version, digest, 'ES256');
    sandbox.vault.setEnabled(name, version, false);
    expect(attempt).toThrow('KeyDisabled');
    sandbox.vault.setAttributes(name, version, { enabled: true, exp: 1 });
    expect(attempt).toThrow('KeyExpired');
    sandbox.vault.setAttributes(name, version, { exp: undefined, nbf: 4_000_000_000 });
    expect(attempt).toThrow('KeyNotYetValid');
  });
});
