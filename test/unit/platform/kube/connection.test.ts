import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { loadConnection } from '../../../../platform/kube/connection.ts';
import { loadKube } from '../../../../platform/kube/load-kube.ts';
import { RESOURCES } from '../../../../platform/kube/resources.ts';
import { createCertificateAuthority } from '../../../../sandbox/certificates.ts';
import { json, startServer } from './api-server.ts';

const place = { namespace: 'team', name: 'prod' };

describe('the connection to the API server', () => {
  it("trusts the kubeconfig's authority over TLS, and no other", async () => {
    await using server = await startServer();
    server.answer(json(200, { metadata: {} }));
    await expect((await server.connect()).get(RESOURCES.keySets, place)).resolves.toEqual({
      metadata: {},
    });
    const { caPem } = await createCertificateAuthority();
    const stranger = await server.connect({ caPem });
    await expect(stranger.get(RESOURCES.keySets, place)).rejects.toMatchObject({
      code: 'UNREACHABLE',
    });
    expect(server.requests).toHaveLength(1);
  });

  it('sends a user name and password as such', async () => {
    await using server = await startServer();
    server.answer(json(200, { metadata: {} }));
    const kube = await server.connect({ user: { username: 'u', password: 'p' } });
    await kube.get(RESOURCES.keySets, place);
    const expected = `Basic ${Buffer.from('u:p').toString('base64')}`;
    expect(server.requests[0]?.headers.authorization).toBe(expected);
  });
});

describe('a kubeconfig', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'keyward-config-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  const write = async (name: string, config: object) => {
    const path = join(folder, name);
    await writeFile(path, JSON.stringify({ apiVersion: 'v1', kind: 'Config', ...config }));
    return path;
  };
  const cluster = (name: string, server: string) => ({ name, cluster: { server } });
  const context = (name: string) => ({ name, context: { cluster: name, user: name } });

  it('may be several files, of which the first names the context', async () => {
    const first = await write('first', {
      'current-context': 'b',
      clusters: [cluster('a', 'https://a')],
      users: [{ name: 'a', user: {} }],
      contexts: [context('a')],
    });
    const second = await write('second', {
      clusters: [cluster('b', 'https://b:6443/')],
      users: [{ name: 'b', user: {} }],
      contexts: [context('b')],
    });
    const kube = await loadKube({ kubeconfig: [first, '', second].join(delimiter) });
    expect(kube.server).toBe('https://b:6443');
    await kube.close();
  });

  it('gives one pool until its authority changes on the disk, and then another', async () => {
    const authorityFile = join(folder, 'ca.pem');
    await writeFile(authorityFile, (await createCertificateAuthority()).caPem);
    const path = await write('rotated', {
      'current-context': 'a',
      clusters: [
        { name: 'a', cluster: { server: 'https://a', 'certificate-authority': authorityFile } },
      ],
      users: [{ name: 'a', user: { token: 'T' } }],
      contexts: [context('a')],
    });
    const config = loadConnection(path);
    const first = await config.authorize();
    expect(first.headers).toEqual({ Authorization: 'Bearer T' });
    expect((await config.authorize()).dispatcher).toBe(first.dispatcher);
    await writeFile(authorityFile, (await createCertificateAuthority()).caPem);
    const second = await config.authorize();
    expect(second.dispatcher).not.toBe(first.dispatcher);
    await config.close();
  });

  it.each<[string, object]>([
    ['without a cluster', {}],
    ['whose context is missing', { 'current-context': 'x', clusters: [cluster('a', 'https://a')] }],
    [
      'whose server speaks no TLS',
      {
        'current-context': 'a',
        clusters: [cluster('a', 'http://127.0.0.1:8001')],
        users: [{ name: 'a', user: {} }],
        contexts: [context('a')],
      },
    ],
    [
      'whose server is no URL',
      {
        'current-context': 'a',
        clusters: [cluster('a', 'nowhere')],
        users: [{ name: 'a', user: {} }],
        contexts: [context('a')],
      },
    ],
  ])('%s is refused before any call', async (_what, config) => {
    const path = await write('broken', config);
    await expect(loadKube({ kubeconfig: path })).rejects.toMatchObject({ code: 'INVALID' });
  });

  it.each(['', delimiter])('is refused as the path %j', (path) => {
    expect(() => loadConnection(path)).toThrow('the kubeconfig cannot be used');
  });

  it('is refused when the file is missing or no YAML', async () => {
    expect(() => loadConnection(join(folder, 'absent'))).toThrow('the kubeconfig cannot be used');
    const path = join(folder, 'rubbish');
    await writeFile(path, '{]');
    expect(() => loadConnection(path)).toThrow('the kubeconfig cannot be used');
  });
});
