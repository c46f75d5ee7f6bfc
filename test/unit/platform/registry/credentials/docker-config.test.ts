import { describe, expect, it } from '@jest/globals';
import {
  parseDockerConfig,
  type DockerConfigEntry,
} from '../../../../../platform/registry/credentials/docker-config.ts';

const encode = (text: string) => Buffer.from(text).toString('base64');

function find(config: object, host = 'contoso.azurecr.io'): DockerConfigEntry | undefined {
  return parseDockerConfig(JSON.stringify(config)).find(host);
}

/** What an entry would show, in the clear. */
function shown(entry: DockerConfigEntry | undefined): unknown {
  if (entry?.kind !== 'credential') return entry;
  const { credential } = entry;
  if (credential.kind === 'basic') return [credential.username, credential.password.reveal()];
  if (credential.kind === 'entra') return credential;
  return [credential.kind, credential.token.reveal()];
}

describe('an entry of a Docker config', () => {
  it.each<[string, object, unknown]>([
    ['user and password in one', { auth: encode('me:pass') }, ['me', 'pass']],
    ['a password with a colon', { auth: encode('me:pa:ss') }, ['me', 'pa:ss']],
    ['an empty password', { auth: encode('me:') }, ['me', '']],
    ['what old Docker pads with NUL', { auth: encode('me:pass\0\0') }, ['me', 'pass']],
    ['user and password apart', { username: 'me', password: 'pass' }, ['me', 'pass']],
    [
      'what az acr login writes',
      { auth: encode('00000000-0000-0000-0000-000000000000:'), identitytoken: 'refresh' },
      ['refresh-token', 'refresh'],
    ],
    [
      'a registry token, before all others',
      { registrytoken: 'bearer', identitytoken: 'refresh', auth: encode('me:pass') },
      ['registry-token', 'bearer'],
    ],
    ['nothing: the secret is in a store that is not named', {}, undefined],
  ])('is read: %s', (_, auth, credential) => {
    expect(shown(find({ auths: { 'contoso.azurecr.io': auth } }))).toEqual(credential);
  });

  it.each([
    ['no base64', { auth: 'm e:pass' }],
    ['no colon', { auth: encode('me') }],
    ['no user', { auth: encode(':pass') }],
    ['a user and no password', { username: 'me' }],
  ])('that cannot be read is no absence: %s', (_, auth) => {
    expect(find({ auths: { 'contoso.azurecr.io': auth } })).toMatchObject({ kind: 'unusable' });
  });

  it.each([
    'contoso.azurecr.io',
    'https://contoso.azurecr.io',
    'https://contoso.azurecr.io/',
    'https://contoso.azurecr.io/v1/',
    'https://contoso.azurecr.io/v2/',
    'Contoso.azurecr.io',
  ])('is for the host that its key names: %s', (key) => {
    expect(shown(find({ auths: { [key]: { auth: encode('me:pass') } } }))).toEqual(['me', 'pass']);
  });

  it.each([
    'contoso.azurecr.io.evil.example',
    'evil.contoso.azurecr.io',
    'contoso.azurecr.io:5000',
    'evil.example/contoso.azurecr.io',
    'azurecr.io',
    'xcontoso.azurecr.io',
  ])('is not for %s (A22)', (host) => {
    const auths = { 'contoso.azurecr.io': { auth: encode('me:pass') } };
    expect(find({ auths }, host)).toBeUndefined();
  });

  it('for Docker Hub has any of its names', () => {
    const auths = { 'https://index.docker.io/v1/': { auth: encode('me:pass') } };
    for (const host of ['docker.io', 'index.docker.io', 'registry-1.docker.io'])
      expect(shown(find({ auths }, host))).toEqual(['me', 'pass']);
  });

  it.each(['contoso.azurecr.io/team', '*.azurecr.io', 'cont*.azurecr.io'])(
    'for a part of a registry, or several, is not followed and not passed over: %s',
    (key) => {
      expect(find({ auths: { [key]: { auth: encode('me:pass') } } })).toMatchObject({
        kind: 'unusable',
        why: expect.stringContaining(`its entry '${key}'`) as unknown,
      });
      const other = { auths: { [key]: { auth: encode('me:pass') } } };
      expect(find(other, 'a.b.example')).toBeUndefined();
      expect(find(other, 'a.contoso.azurecr.io')).toBeUndefined();
    },
  );

  it('for the whole host wins over one for a part of it', () => {
    const auths = {
      'contoso.azurecr.io/team': { auth: encode('other:x') },
      'contoso.azurecr.io': { auth: encode('me:pass') },
    };
    expect(shown(find({ auths }))).toEqual(['me', 'pass']);
  });
});

describe('a credential helper', () => {
  it('of a host comes first; a store for all others comes last', () => {
    const config = {
      credHelpers: { 'contoso.azurecr.io': 'acr' },
      credsStore: 'desktop',
      auths: {
        'contoso.azurecr.io': { auth: encode('me:pass') },
        'ghcr.io': { auth: encode('me:pass') },
        'quay.io': {},
      },
    };
    expect(find(config)).toEqual({ kind: 'helper', name: 'acr', isNamed: true });
    expect(shown(find(config, 'ghcr.io'))).toEqual(['me', 'pass']);
    expect(find(config, 'quay.io')).toEqual({ kind: 'helper', name: 'desktop', isNamed: false });
  });
});

describe('a file that is no Docker config', () => {
  it.each(['', 'hunter2', '[]', 'null', '{"auths":[]}', '{"auths":{"a.example":{"auth":7}}}'])(
    'is a fault that repeats nothing of it: %j',
    (text) => {
      expect(() => parseDockerConfig(text)).toThrow(/^it is not a Docker config/u);
      expect(() => parseDockerConfig(text)).not.toThrow(/hunter2/u);
    },
  );

  it('is not one that says nothing', () => {
    expect(find({})).toBeUndefined();
    expect(find({ auths: null, credHelpers: null, credsStore: null })).toBeUndefined();
    expect(find({ auths: { 'contoso.azurecr.io': null } })).toBeUndefined();
    expect(find({ HttpHeaders: { a: 'b' }, credsStore: '' })).toBeUndefined();
  });
});
