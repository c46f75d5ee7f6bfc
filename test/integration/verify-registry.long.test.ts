/** How registries are reached: certificates, credentials, proxies, and signatures that are kept elsewhere. */
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { startEgressProxy, type EgressProxy } from '../../sandbox/egress-proxy.ts';
import { startRegistry, type RegistryStandIn } from '../../sandbox/registry/registry.ts';
import { signerOf } from '../support/signing.ts';
import { startVerifyWorld, type Pushed, type VerifyWorld } from './verify-setup.ts';

jest.setTimeout(120_000);

const PASSWORD = 'correct horse battery staple';
let world: VerifyWorld;
let key: string;
let image: Pushed;
let closed: RegistryStandIn;
let proxy: EgressProxy;
beforeAll(async () => {
  world = await startVerifyWorld();
  key = await world.write('cosign.pub', signerOf().pem);
  image = world.push('team/app');
  world.sign(image, { format: 'legacy' });
  closed = await startRegistry({
    certificate: await world.authority.issue({
      commonName: 'closed',
      dnsNames: ['registry.example'],
      ipAddresses: ['127.0.0.1'],
    }),
    access: { kind: 'basic', username: 'me', password: PASSWORD },
  });
  closed.pushImage('team/app', 'v1');
  const port = Number(closed.host.split(':')[1]);
  proxy = await startEgressProxy({
    routes: (host) => (host === 'registry.example' ? { port } : undefined),
  });
});
afterAll(async () => {
  await proxy.close();
  await closed.close();
  await world[Symbol.asyncDispose]();
});

/** The reason of the one image, or `allow`. */
async function reasonOf(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { code, reports, stderr } = await world.verify(['--key', key, ...args], env);
  return { code, reason: reports[0]?.reason ?? 'allow', remedy: reports[0]?.remedy, stderr };
}

describe('a certificate', () => {
  const untrusting = { NODE_EXTRA_CA_CERTS: '' };

  it('that nobody vouches for makes the registry unreachable, and says what to do', async () => {
    expect(await reasonOf([image.tagged], untrusting)).toMatchObject({
      code: 3,
      reason: 'REGISTRY_UNREACHABLE',
      remedy: expect.stringMatching(/NODE_EXTRA_CA_CERTS=.*--insecure-skip-tls-verify/u),
    });
  });

  it('may be vouched for by KEYWARD_REGISTRY_CA_FILE, as for the webhook', async () => {
    const env = { ...untrusting, KEYWARD_REGISTRY_CA_FILE: join(world.folder, 'ca.pem') };
    expect(await reasonOf([image.tagged], env)).toMatchObject({ code: 0, stderr: '' });
    const gone = await reasonOf([image.tagged], { KEYWARD_REGISTRY_CA_FILE: '/nonexistent' });
    expect(gone).toMatchObject({
      code: 2,
      stderr: 'keyward: KEYWARD_REGISTRY_CA_FILE: /nonexistent cannot be read: ENOENT\n',
    });
  });

  it('is not looked at with --insecure-skip-tls-verify, which says so, and verifies all the same', async () => {
    const args = ['--insecure-skip-tls-verify'];
    const { code, stderr } = await reasonOf([...args, image.tagged], untrusting);
    expect(code).toBe(0);
    expect(stderr).toMatch(/^keyward: note: the certificates of registries are NOT checked.*\n$/u);
    const unsigned = world.push('team/unsigned');
    expect(await reasonOf([...args, unsigned.tagged], untrusting)).toMatchObject({
      code: 1,
      reason: 'NO_SIGNATURE',
    });
  });

  it('is looked at whatever variable asks for less', async () => {
    const env = { ...untrusting, KEYWARD_REGISTRY_INSECURE_SKIP_TLS_VERIFY: 'true' };
    expect(await reasonOf([image.tagged], env)).toMatchObject({ code: 3 });
  });
});

describe('a registry without TLS', () => {
  it('is spoken to with --plain-http only', async () => {
    const tagged = `${world.plainHost}/team/app:v1`;
    expect(await reasonOf([tagged])).toMatchObject({
      code: 3,
      remedy: 'if the registry speaks plain HTTP, say --plain-http',
    });
    expect(await reasonOf(['--plain-http', tagged])).toMatchObject({ code: 0 });
    const localhost = tagged.replace('127.0.0.1', 'localhost');
    expect(await reasonOf([localhost])).toMatchObject({ code: 3 });
    expect(await reasonOf(['--plain-http', localhost])).toMatchObject({ code: 0 });
    const env = { KEYWARD_REGISTRY_PLAIN_HTTP: world.plainHost };
    expect(await reasonOf([tagged], env)).toMatchObject({ code: 0 });
  });

  it('is not made of one with TLS', async () => {
    expect(await reasonOf(['--plain-http', image.tagged])).toMatchObject({
      code: 3,
      remedy: 'if the registry speaks TLS, leave out --plain-http',
    });
  });
});

describe('a short name', () => {
  it('is one of Docker Hub, as for a container runtime', async () => {
    const args = ['--key', key, 'nginx', 'team/app:v1'];
    const { code, reports } = await world.verify(args, { HTTPS_PROXY: proxy.url });
    expect(code).toBe(3);
    expect(reports.map(({ message }) => message)).toEqual([
      expect.stringContaining('docker.io/library/nginx:latest'),
      expect.stringContaining('docker.io/team/app:v1'),
    ]);
    expect(proxy.refused()).toContain('registry-1.docker.io:443');
  });
});

describe('signatures that are kept elsewhere', () => {
  let apart: Pushed;
  let store: string;
  beforeAll(() => {
    apart = world.push('team/apart');
    store = `${world.registry.host}/signatures`;
    // The same digest in the other repository: what cosign stores there is the same.
    const { bytes, mediaType } = world.registry.readManifest(apart.name, apart.digest)!;
    world.registry.pushManifest('signatures', undefined, { bytes, mediaType });
    world.sign({ ...apart, name: 'signatures' }, { format: 'legacy' });
    world.sign({ ...apart, name: 'signatures' }, { format: 'bundle' });
  });

  it('are found where the option or a variable says, and nowhere else', async () => {
    expect(await reasonOf([apart.tagged])).toMatchObject({
      code: 1,
      reason: 'NO_SIGNATURE',
      remedy: expect.stringContaining('--signature-repository'),
    });
    const option = ['--signature-repository', store];
    expect(await reasonOf([...option, apart.tagged])).toMatchObject({ code: 0, stderr: '' });
    expect(await reasonOf([...option, image.tagged])).toMatchObject({ code: 1 });
    for (const variable of ['COSIGN_REPOSITORY', 'KEYWARD_SIGNATURE_REPOSITORY'])
      expect(await reasonOf([apart.tagged], { [variable]: store })).toEqual({
        code: 0,
        reason: 'allow',
        remedy: null,
        stderr: `keyward: note: signatures are looked for where ${variable} says, and not beside the images\n`,
      });
    const rule = `${world.registry.host}/team/apart=${store}`;
    const env = { KEYWARD_SIGNATURE_REPOSITORY: rule, COSIGN_REPOSITORY: 'nobody.example/x' };
    const { code } = await world.verify(['--key', key, apart.tagged, image.tagged], env);
    expect(code).toBe(0);
  });

  it('in a variable that cannot be read are a mistake', async () => {
    for (const variable of ['COSIGN_REPOSITORY', 'KEYWARD_SIGNATURE_REPOSITORY'])
      expect(await reasonOf([image.tagged], { [variable]: 'a.example/x:y' })).toMatchObject({
        code: 2,
        stderr: expect.stringContaining(`${variable}: "a.example/x:y" is not registry/repository`),
      });
  });
});

describe('credentials', () => {
  const NAMED = 'registry.example/team/app:v1';
  const auth = Buffer.from(`me:${PASSWORD}`).toString('base64');

  async function dockerConfig(folder: string, config: object): Promise<string> {
    const path = join(world.folder, folder);
    await mkdir(path, { recursive: true });
    await writeFile(join(path, 'config.json'), JSON.stringify(config));
    return path;
  }
  const tagged = () => `${closed.host}/team/app:v1`;
  // Signed by nobody: whoever gets in is told that.
  const IN = { code: 1, reason: 'NO_SIGNATURE' };

  afterEach(() => {
    closed.resetRequests();
  });

  it('are missing where nobody logged in', async () => {
    expect(await reasonOf([tagged()])).toMatchObject({
      code: 3,
      reason: 'REGISTRY_AUTH',
      remedy: expect.stringContaining('docker login'),
    });
  });

  it('are those that docker login left behind, in DOCKER_CONFIG or at home', async () => {
    const config = { auths: { [closed.host]: { auth } } };
    const folder = await dockerConfig('docker', config);
    expect(await reasonOf([tagged()], { DOCKER_CONFIG: folder })).toMatchObject(IN);
    const home = join(world.folder, 'home');
    await dockerConfig('home/.docker', config);
    const { code, stdout, stderr } = await world.run(['verify', '--key', key, tagged()], {
      HOME: home,
    });
    expect(code).toBe(1);
    expect(stdout + stderr).not.toContain(PASSWORD);
    expect(stdout + stderr).not.toContain(auth);
    const named = { KEYWARD_REGISTRY_DOCKER_CONFIG: join(folder, 'config.json') };
    expect(await reasonOf([tagged()], named)).toMatchObject(IN);
  });

  it('of a file that is named and not there are not replaced by none', async () => {
    const env = { KEYWARD_REGISTRY_DOCKER_CONFIG: join(world.folder, 'no-config.json') };
    expect(await reasonOf([image.tagged], env)).toMatchObject({ code: 3, reason: 'REGISTRY_AUTH' });
  });

  it('of a helper are asked for only where that is said', async () => {
    const helper = join(world.folder, 'docker-credential-here');
    const secret = JSON.stringify({ Username: 'me', Secret: PASSWORD });
    await writeFile(helper, `#!/bin/sh\ncat <<'END'\n${secret}\nEND\n`);
    await chmod(helper, 0o755);
    const folder = await dockerConfig('helped', { credHelpers: { [closed.host]: 'here' } });
    const env = {
      DOCKER_CONFIG: folder,
      PATH: `${world.folder}:${process.env['PATH'] ?? ''}`,
    };
    expect(await reasonOf([tagged()], env)).toMatchObject({
      code: 3,
      reason: 'REGISTRY_AUTH',
      remedy: expect.stringContaining('KEYWARD_REGISTRY_CREDENTIAL_HELPERS=on'),
    });
    const on = { ...env, KEYWARD_REGISTRY_CREDENTIAL_HELPERS: 'on' };
    expect(await reasonOf([tagged()], on)).toMatchObject(IN);
  });

  it('go through the proxy of the environment, in either case, unless NO_PROXY says otherwise', async () => {
    const folder = await dockerConfig('proxied', { auths: { 'registry.example': { auth } } });
    const env = { DOCKER_CONFIG: folder };
    for (const variable of ['HTTPS_PROXY', 'https_proxy'])
      expect(await reasonOf([NAMED], { ...env, [variable]: proxy.url })).toMatchObject(IN);
    const direct = { ...env, HTTPS_PROXY: proxy.url, NO_PROXY: '.example' };
    expect(await reasonOf([NAMED], direct)).toMatchObject({
      code: 3,
      reason: 'REGISTRY_UNREACHABLE',
    });
    const refused = { ...env, HTTPS_PROXY: proxy.url };
    expect(await reasonOf(['other.example/app:v1'], refused)).toMatchObject({ code: 3 });
    expect(proxy.refused()).toContain('other.example:443');
  });
});
