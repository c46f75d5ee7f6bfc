import { describe, expect, it } from '@jest/globals';
import type { RegistryClientOptions } from '../../../../../platform/registry/create-registry.ts';
import type { Resolve } from '../../../../../platform/registry/network/lookup.ts';
import { startListener } from '../listener.ts';
import { startPair } from '../setup.ts';

const leadingTo =
  (address: string): Resolve =>
  (_, __, callback) => {
    callback(null, [{ address, family: address.includes(':') ? 6 : 4 }]);
  };

/** What a question to `registry` ends in. */
async function ask(registry: string, options: Partial<RegistryClientOptions>): Promise<unknown> {
  await using pair = await startPair({}, { callTimeoutMs: 500, ...options });
  const ref = { registry, repository: 'team/app' };
  return pair.client.resolveTag(ref, 'v1').catch((error: unknown) => error);
}

describe('an image that names a registry', () => {
  const METADATA = ['169.254.169.254', '168.63.129.16', '100.100.100.200'];

  it.each(METADATA)(
    'at %s is not asked for, whatever the operator allowed (B-74)',
    async (address) => {
      const options = {
        registryReach: 'any',
        allowedHosts: [address],
        plainHttp: [address],
      } as const;
      expect(await ask(address, options)).toMatchObject({
        code: 'REGISTRY_UNREACHABLE',
        message: `'${address}' leads to a link-local or metadata address`,
      });
    },
  );

  it.each([...METADATA, 'fd00:ec2::254', '::ffff:169.254.169.254'])(
    'whose name leads to %s is not asked for either (B-74)',
    async (address) => {
      const name = 'metadata.example.com';
      for (const listed of [[], [name]]) {
        const options = { resolve: leadingTo(address), allowedHosts: listed } as const;
        expect(await ask(name, options)).toMatchObject({
          code: 'REGISTRY_UNREACHABLE',
          message: `'${name}' leads to a link-local or metadata address`,
        });
      }
    },
  );

  it('by an address written as a number is judged by what it stands for (B-74)', async () => {
    expect(await ask('2852039166', {})).toMatchObject({
      message: "'169.254.169.254' leads to a link-local or metadata address",
    });
  });

  it('on loopback is asked for only where its host and port are listed', async () => {
    await using listener = await startListener();
    const host = `127.0.0.1:${listener.port}`;
    const refused = { code: 'REGISTRY_UNREACHABLE', message: expect.stringMatching(/loopback/u) };
    expect(await ask(host, { registryReach: 'private' })).toMatchObject(refused);
    const other = `127.0.0.1:${listener.port + 1}`;
    expect(await ask(host, { registryReach: 'private', allowedHosts: [other] })).toMatchObject(
      refused,
    );
    const local = { registryReach: 'private', resolve: leadingTo('127.0.0.1') } as const;
    expect(await ask(`name.example:${listener.port}`, local)).toMatchObject(refused);
    expect(listener.connections()).toBe(0);
    await ask(host, { registryReach: 'private', allowedHosts: [host] });
    expect(listener.connections()).toBeGreaterThan(0);
  });

  it('at a private address is not asked for where the operator refuses those', async () => {
    const message = "'10.255.255.1' leads to a reserved address";
    expect(await ask('10.255.255.1', { registryReach: 'public' })).toMatchObject({ message });
  });
});

describe('a redirect from a registry on loopback', () => {
  it('to another port of loopback is refused: the exact host and port is what was listed', async () => {
    await using listener = await startListener();
    await using pair = await startPair(
      {},
      { registryReach: 'private', allowedHosts: ['x.example'] },
    );
    await using listed = await startPair(
      {},
      { registryReach: 'private', allowedHosts: [pair.server.host] },
    );
    const ref = { registry: pair.server.host, repository: 'team/app' };
    pair.server.faults.set({
      kind: 'redirect',
      location: `https://127.0.0.1:${listener.port}/blob`,
    });
    await expect(listed.client.resolveTag(ref, 'v1')).rejects.toMatchObject({
      code: 'REGISTRY_REDIRECT_REFUSED',
    });
    expect(pair.server.requests().count).toBe(1);
    expect(listener.connections()).toBe(0);
  });
});

describe('a name that changes where it leads (DNS rebinding)', () => {
  it('is judged by the connection itself, at each connection', async () => {
    let asked = 0;
    const rebinding: Resolve = (_, __, callback) => {
      asked += 1;
      callback(null, [{ address: asked === 1 ? '127.0.0.1' : '169.254.169.254', family: 4 }]);
    };
    await using pair = await startPair({}, { resolve: rebinding });
    const name = `rebinding.example.com:1`;
    const ref = { registry: name, repository: 'team/app' };
    await expect(pair.client.resolveTag(ref, 'v1')).rejects.toMatchObject({
      message: expect.stringMatching(/:1 cannot be reached: /u) as unknown,
    });
    await expect(pair.client.resolveTag(ref, 'v1')).rejects.toMatchObject({
      message: "'rebinding.example.com' leads to a link-local or metadata address",
    });
  });
});
