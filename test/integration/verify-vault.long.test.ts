/** Keys in a vault: `--key azurekms://…` against the stand-ins of Key Vault and Entra. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { startEgressProxy, type EgressProxy } from '../../sandbox/egress-proxy.ts';
import { ENTRA_HOST, startEntra, type EntraStandIn } from '../../sandbox/entra/entra.ts';
import { signImage } from '../../sandbox/signer/sign-image.ts';
import { startVault, type VaultStandIn } from '../../sandbox/vault/vault.ts';
import { signerOf } from '../support/signing.ts';
import { startVerifyWorld, type Pushed, type VerifyWorld } from './verify-setup.ts';

jest.setTimeout(120_000);

const ROOT = join(import.meta.dirname, '..', '..');
const KEYWARD = join(ROOT, 'bin', 'keyward');
const WALKTHROUGH = join(ROOT, 'manifests', 'walkthrough', 'verification_config.yaml');
const HOST = 'contoso.vault.azure.net';
const KEY = `azurekms://${HOST}/cosign-key`;
/** A vault behind whose name nobody listens. */
const DOWN = 'down.vault.azure.net';
const HOUR = 3600;

let world: VerifyWorld;
let vault: VaultStandIn;
let entra: EntraStandIn;
let proxy: EgressProxy;
let identity: Readonly<Record<string, string>>;
beforeAll(async () => {
  world = await startVerifyWorld();
  const certificates = world.authority;
  vault = await startVault({ certificates, hosts: [HOST] });
  entra = await startEntra({ certificates });
  const ports: Readonly<Record<string, number>> = {
    [HOST]: vault.port,
    [ENTRA_HOST]: entra.port,
    [DOWN]: 9,
  };
  proxy = await startEgressProxy({
    routes: (host) => {
      const port = ports[host];
      return port === undefined ? undefined : { port };
    },
  });
  identity = {
    HTTPS_PROXY: proxy.url,
    NO_PROXY: '127.0.0.1',
    AZURE_TENANT_ID: entra.tenantId,
    AZURE_CLIENT_ID: '22222222-3333-4444-8555-666666666666',
    AZURE_AUTHORITY_HOST: entra.authorityHost,
    AZURE_FEDERATED_TOKEN_FILE: await world.write('token', entra.createFederatedToken('me')),
  };
});
afterAll(async () => {
  await proxy.close();
  await entra.close();
  await vault.close();
  await world[Symbol.asyncDispose]();
});
afterEach(() => {
  vault.faults.set('none');
  entra.faults.set('none');
});

/** An image of that name, signed by this version as the real cosign would. */
async function signedBy(key: string, version: string, image: string): Promise<Pushed> {
  const pushed = world.push(image);
  await signImage({
    registry: world.registry,
    repository: pushed.name,
    digest: pushed.digest,
    format: 'bundle',
    now: Date.now(),
    signer: {
      publicKey: vault.publicKeyOf(key, version),
      sign: async (digest, algorithm) => vault.sign(key, version, digest, algorithm),
    },
  });
  return pushed;
}

/** Exit code, and the reason of each image. */
async function verdictsOf(keys: readonly string[], images: readonly string[], env = identity) {
  const args = [...keys.flatMap((key) => ['--key', key]), ...images];
  const { code, reports, stderr } = await world.verify(args, env);
  return { code, reasons: reports.map(({ reason }) => reason ?? 'allow'), reports, stderr };
}

const KINDS: readonly Parameters<VaultStandIn['createKey']>[0][] = [
  { name: 'p-256' },
  { name: 'p-384', curve: 'P-384' },
  { name: 'p-521', curve: 'P-521' },
  { name: 'rsa-2048', kty: 'RSA', size: 2048 },
  { name: 'rsa-3072', kty: 'RSA', size: 3072 },
  { name: 'rsa-4096', kty: 'RSA', size: 4096 },
];

describe('keys in a vault', () => {
  it.each(['with their versions', 'without'])('vouch, of every kind, %s', async (how) => {
    const versions = KINDS.map((kind) => vault.createKey(kind));
    const images = await Promise.all(
      KINDS.map(({ name }, index) =>
        signedBy(name, versions[index] ?? '', `of-${name}-${how.length}`),
      ),
    );
    const keys = KINDS.map(({ name }, index) => {
      const key = `azurekms://${HOST}/${name}`;
      return how === 'without' ? key : `${key}/${versions[index]}`;
    });
    const { code, reports } = await verdictsOf(
      keys,
      images.map(({ tagged }) => tagged),
    );
    expect(code).toBe(0);
    expect(reports).toEqual(
      KINDS.map(({ name }, index) =>
        expect.objectContaining({
          message: `signed by azurekms://${HOST}/${name}/${versions[index]}`,
          vouchedBy: {
            fingerprint: expect.stringMatching(/^sha256:[0-9a-f]{64}$/u),
            name,
            version: versions[index],
          },
        }),
      ),
    );
  });
});

describe('the versions of a key', () => {
  let images: Record<'disabled' | 'expired' | 'early' | 'good', Pushed>;
  const versions: Record<string, string> = {};
  beforeAll(async () => {
    const names = ['disabled', 'expired', 'early', 'good'] as const;
    const made = await Promise.all(
      names.map(async (name, index) => {
        const version =
          index === 0 ? vault.createKey({ name: 'cosign-key' }) : vault.rotate('cosign-key');
        versions[name] = version;
        return [name, await signedBy('cosign-key', version, `by-${name}`)] as const;
      }),
    );
    images = Object.fromEntries(made) as typeof images;
    const now = Math.floor(Date.now() / 1000);
    vault.setEnabled('cosign-key', versions['disabled'] ?? '', false);
    vault.setAttributes('cosign-key', versions['expired'] ?? '', { exp: now - HOUR });
    vault.setAttributes('cosign-key', versions['early'] ?? '', { nbf: now + HOUR });
  });

  it('count as they are now: disabled, expired, not yet valid, good', async () => {
    const tagged = Object.values(images).map((image) => image.tagged);
    const { code, reasons, reports } = await verdictsOf([KEY], tagged);
    expect({ code, reasons }).toEqual({
      code: 1,
      reasons: ['KEY_DISABLED', 'KEY_EXPIRED', 'KEY_NOT_YET_VALID', 'allow'],
    });
    for (const { message, remedy } of reports.slice(0, 3)) {
      expect(message).toContain('cosign-key/');
      expect(remedy).toMatch(/\S/u);
    }
  });

  it('count alone where one is named', async () => {
    const of = (name: string) => `${KEY}/${versions[name]}`;
    const image = images.good.tagged;
    expect(await verdictsOf([of('good')], [image])).toMatchObject({ code: 0 });
    expect(await verdictsOf([of('early')], [image])).toMatchObject({
      code: 1,
      reasons: ['SIGNATURE_INVALID'],
    });
    expect(await verdictsOf([of('disabled')], [images.disabled.tagged])).toMatchObject({
      code: 1,
      reasons: ['KEY_DISABLED'],
    });
    expect(await verdictsOf([of('disabled'), of('good')], [image])).toMatchObject({ code: 0 });
  });

  it('that the vault has not deny, and so does a key that it has not', async () => {
    const absent = [`${KEY}/${'0'.repeat(32)}`, `azurekms://${HOST}/no-such-key`];
    for (const key of absent) {
      const { code, reasons, reports } = await verdictsOf([key], [images.good.tagged]);
      expect({ code, reasons }).toEqual({ code: 1, reasons: ['KEY_DELETED'] });
      expect(reports[0]?.message).toContain(key);
    }
  });

  it('of a key that was deleted deny', async () => {
    const version = vault.createKey({ name: 'gone' });
    const image = await signedBy('gone', version, 'by-gone');
    vault.deleteKey('gone');
    for (const key of [`azurekms://${HOST}/gone`, `azurekms://${HOST}/gone/${version}`])
      expect(await verdictsOf([key], [image.tagged])).toMatchObject({
        code: 1,
        reasons: ['KEY_DELETED'],
      });
  });
});

describe("the walkthrough's own configuration", () => {
  it('is judged by as it is: the version that it lists, and no other', async () => {
    const listed = vault.createKey({ name: 'walkthrough' });
    const older = await signedBy('walkthrough', listed, 'by-listed');
    const newer = await signedBy('walkthrough', vault.rotate('walkthrough'), 'by-newer');
    const text = await readFile(WALKTHROUGH, 'utf8');
    const config = await world.write(
      'verification_config.yaml',
      text
        .replaceAll('${REGISTRY}', world.registry.host)
        .replaceAll('${KEY_VERSION}', listed)
        .replace('name: cosign-key', 'name: walkthrough'),
    );
    const args = ['--config', config, older.tagged, newer.tagged];
    const { code, reports, stderr } = await world.verify(args, identity);
    expect({ code, stderr, reasons: reports.map(({ reason }) => reason) }).toEqual({
      code: 1,
      stderr: '',
      reasons: [null, 'KEY_NOT_FOLLOWED'],
    });
    expect(reports[1]?.remedy).toContain('keymanagementprovider-akv');
  });
});

describe('a vault that cannot be read', () => {
  let image: Pushed;
  let key: string;
  beforeAll(async () => {
    const version = vault.createKey({ name: 'steady' });
    key = `azurekms://${HOST}/steady`;
    image = await signedBy('steady', version, 'by-steady');
  });

  it.each<[string, Parameters<VaultStandIn['faults']['set']>[0], string]>([
    ['throttles', '429', 'VAULT_THROTTLED'],
    ['is down', '503', 'VAULT_UNREACHABLE'],
    ['refuses', '403-rbac', 'VAULT_FORBIDDEN'],
    ['is behind a firewall', '403-firewall', 'VAULT_FORBIDDEN'],
    ['drops connections', 'reset', 'VAULT_UNREACHABLE'],
    ['is somebody else', 'rubbish', 'VAULT_BAD_RESPONSE'],
  ])('leaves it open who signed, and says what to do: it %s', async (_, fault, code) => {
    vault.faults.set(fault);
    const found = await verdictsOf([key], [image.tagged]);
    expect(found).toMatchObject({ code: 3, reasons: [code], stderr: '' });
    expect(found.reports[0]).toMatchObject({
      verdict: 'unavailable',
      message: expect.stringContaining(HOST),
      remedy: expect.stringMatching(/\S/u),
    });
  });

  it('is told in three lines', async () => {
    vault.faults.set('429');
    const { stdout, stderr } = await world.run(['verify', '--key', key, image.tagged], identity);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^UNAVAILABLE {2}.*\n {2}Why: VAULT_THROTTLED: .+\n {2}To do: .+\n/u);
  });

  it('does not matter where another key vouches, or nobody signed', async () => {
    vault.faults.set('503');
    const file = await world.write('cosign.pub', signerOf().pem);
    const other = world.push('by-file');
    world.sign(other, { format: 'legacy' });
    const unsigned = world.push('by-nobody');
    const images = [other.tagged, unsigned.tagged, image.tagged];
    expect(await verdictsOf([key, file], images)).toMatchObject({
      code: 1,
      reasons: ['allow', 'NO_SIGNATURE', 'VAULT_UNREACHABLE'],
    });
  });

  it('is where nobody listens', async () => {
    expect(await verdictsOf([`azurekms://${DOWN}/cosign-key`], [image.tagged])).toMatchObject({
      code: 3,
      reasons: ['VAULT_UNREACHABLE'],
    });
  });

  it('does not keep a person waiting after the answer', async () => {
    const env = {
      PATH: process.env['PATH'] ?? '',
      NODE_EXTRA_CA_CERTS: join(world.folder, 'ca.pem'),
      ...identity,
    };
    const args = ['verify', '--key', `azurekms://${DOWN}/cosign-key`, image.tagged];
    const child = spawn(KEYWARD, args, { env, stdio: ['ignore', 'pipe', 'ignore'] });
    await once(child.stdout, 'data');
    const answered = performance.now();
    await once(child, 'close');
    // The client of the vault would hold it for 10 s.
    expect(performance.now() - answered).toBeLessThan(6000);
  });

  it('does not know who asks', async () => {
    entra.faults.set('refuse');
    expect(await verdictsOf([key], [image.tagged])).toMatchObject({
      code: 3,
      reasons: ['VAULT_IDENTITY'],
    });
  });
});

describe('a vault that is none', () => {
  it.each<[string, string, RegExp]>([
    ['another host', 'azurekms://evil.example.com/key', /evil\.example\.com is not a vault/u],
    ['an address', 'azurekms://127.0.0.1/key', /127\.0\.0\.1/u],
    ['a port', `azurekms://${HOST}:8443/key`, /no port/u],
    ['no key', `azurekms://${HOST}`, /azurekms:\/\/<vault host>\/<key name>/u],
    ['a version that is none', `${KEY}/latest!`, /version/u],
  ])('is a mistake, and never asked with a token: %s', async (_, key, words) => {
    const tokens = entra.stats().tokens;
    const { code, reports, stderr } = await verdictsOf([key], ['127.0.0.1:9/app:v1']);
    expect({ code, reports }).toEqual({ code: 2, reports: [] });
    expect(stderr).toMatch(words);
    expect(entra.stats().tokens).toBe(tokens);
  });

  it('is not asked without an identity', async () => {
    const { code, stderr } = await verdictsOf([KEY], ['127.0.0.1:9/app:v1'], {});
    expect(code).toBe(2);
    expect(stderr).toMatch(/AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_FEDERATED_TOKEN_FILE/u);
  });
});
