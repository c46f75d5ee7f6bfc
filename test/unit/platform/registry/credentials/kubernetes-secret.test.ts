import { describe, expect, it } from '@jest/globals';
import { KubeError, type KubeErrorCode } from '../../../../../platform/kube/kube-error.ts';
import type { Kube, ObjectPlace } from '../../../../../platform/kube/kube.ts';
import { RESOURCES, type Resource } from '../../../../../platform/kube/resources.ts';
import { createFakeClock } from '../../../../../platform/lifecycle/fake-clock.ts';
import type { Credential } from '../../../../../platform/registry/credentials/credentials.ts';
import { createSecretCredentials } from '../../../../../platform/registry/credentials/kubernetes-secret.ts';

const HOST = 'contoso.azurecr.io';
const TYPE = 'kubernetes.io/dockerconfigjson';
const MINUTE = 60_000;

function secretOf(password: string, overrides: object = {}): object {
  const config = {
    auths: { [HOST]: { auth: Buffer.from(`me:${password}`).toString('base64') } },
  };
  const data = { '.dockerconfigjson': Buffer.from(JSON.stringify(config)).toString('base64') };
  return { type: TYPE, data, ...overrides };
}

function createSetup(secret: object | undefined = secretOf('first')) {
  const state: { secret: object | undefined; fault?: KubeErrorCode } = { secret };
  const asked: { resource: Resource; place: ObjectPlace }[] = [];
  const kube: Pick<Kube, 'get'> = {
    get: async <T>(resource: Resource, place: ObjectPlace) => {
      asked.push({ resource, place });
      if (state.fault !== undefined) throw new KubeError(state.fault, 'hunter2');
      return state.secret as T | undefined;
    },
  };
  const clock = createFakeClock();
  const name = { namespace: 'keyward-system', name: 'registry-pull' };
  const credentials = createSecretCredentials({ kube, secret: name, clock });
  const find = (host = HOST) => credentials.find(host, new AbortController().signal);
  return { state, asked, clock, credentials, find };
}

function passwordOf(credential: Credential | undefined): string | undefined {
  return credential?.kind === 'basic' ? credential.password.reveal() : undefined;
}

describe('a pull secret', () => {
  it('is the one that is named, and no other is read', async () => {
    const { find, asked, credentials } = createSetup();
    expect(passwordOf(await find())).toBe('first');
    expect(await find('ghcr.io')).toBeUndefined();
    expect(asked).toEqual([
      {
        resource: RESOURCES.secrets,
        place: { namespace: 'keyward-system', name: 'registry-pull' },
      },
    ]);
    expect(credentials.scope).toBe('secret:keyward-system/registry-pull');
  });

  it('is read once for all who ask at a time', async () => {
    const { find, asked } = createSetup();
    await Promise.all([find(), find(), find('ghcr.io')]);
    expect(asked).toHaveLength(1);
  });

  it('that changes counts within a minute, and at once when the registry refuses the old', async () => {
    const { find, state, clock, credentials } = createSetup();
    await find();
    state.secret = secretOf('second');
    clock.advance(MINUTE);
    expect(passwordOf(await find())).toBe('first');
    clock.advance(1);
    expect(passwordOf(await find())).toBe('second');
    state.secret = secretOf('third');
    clock.advance(6000);
    credentials.forget(HOST);
    expect(passwordOf(await find())).toBe('third');
  });

  it.each(['UNREACHABLE', 'TIMEOUT', 'THROTTLED'] as const)(
    'still holds while the API server is %s',
    async (fault) => {
      const { find, state, clock } = createSetup();
      await find();
      state.fault = fault;
      clock.advance(MINUTE + 1);
      expect(passwordOf(await find())).toBe('first');
    },
  );

  it.each([
    ['was deleted', undefined, undefined, /^there is no Secret keyward-system\/registry-pull$/u],
    ['may no longer be read', secretOf('x'), 'FORBIDDEN', /cannot be read: FORBIDDEN$/u],
    ['is of another type', secretOf('x', { type: 'Opaque' }), undefined, /is not of type/u],
    ['has no config', secretOf('x', { data: {} }), undefined, /is not of type/u],
    ['has no base64', secretOf('x', { data: { '.dockerconfigjson': '!' } }), undefined, /not of/u],
    [
      'has a config that is none',
      secretOf('x', { data: { '.dockerconfigjson': 'aHVudGVyMg==' } }),
      undefined,
      /^\.dockerconfigjson of the Secret keyward-system\/registry-pull: it is not a Docker config$/u,
    ],
  ] as const)('that %s leaves no host anonymous', async (_, secret, fault, message) => {
    const { find, state, clock } = createSetup();
    await find();
    Object.assign(state, { secret, fault });
    clock.advance(MINUTE + 1);
    for (const host of [HOST, 'ghcr.io']) {
      const failure: unknown = await find(host).catch((error: unknown) => error);
      expect(failure).toMatchObject({
        code: 'REGISTRY_AUTH',
        message: expect.stringMatching(message) as unknown,
      });
      expect(JSON.stringify(failure, Object.getOwnPropertyNames(failure))).not.toMatch(
        /hunter2|aHVudGVyMg/u,
      );
    }
  });

  it('that cannot be read is not asked for by every question of a second', async () => {
    const { find, state, asked, clock } = createSetup();
    state.fault = 'UNREACHABLE';
    for (let count = 0; count < 5; count += 1) await expect(find()).rejects.toThrow(/UNREACHABLE/u);
    expect(asked).toHaveLength(1);
    delete state.fault;
    clock.advance(1001);
    expect(passwordOf(await find())).toBe('first');
  });

  it('may name no credential helper: what would run it is not there', async () => {
    const config = Buffer.from(JSON.stringify({ credsStore: 'desktop' })).toString('base64');
    const { find } = createSetup(secretOf('x', { data: { '.dockerconfigjson': config } }));
    await expect(find()).rejects.toMatchObject({
      code: 'REGISTRY_AUTH',
      message: expect.stringContaining('a credential helper cannot be in a Secret') as unknown,
    });
  });
});
