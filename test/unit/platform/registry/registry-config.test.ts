import { describe, expect, it } from '@jest/globals';
import type { Kube } from '../../../../platform/kube/kube.ts';
import { createFakeClock } from '../../../../platform/lifecycle/fake-clock.ts';
import { loadConfig } from '../../../../platform/lifecycle/load-config.ts';
import { createMetrics } from '../../../../platform/observe/metrics.ts';
import {
  REGISTRY_CONFIG,
  withProxyVariables,
} from '../../../../platform/registry/registry-config.ts';
import {
  registryOptionsOf,
  type RegistrySurroundings,
} from '../../../../platform/registry/registry-options.ts';

const signal = new AbortController().signal;
const KUBE: Pick<Kube, 'get'> = { get: async () => undefined };

function read(
  environment: Readonly<Record<string, string>>,
  surroundings: Partial<RegistrySurroundings> = {},
) {
  return registryOptionsOf(loadConfig(REGISTRY_CONFIG, withProxyVariables(environment)), {
    clock: createFakeClock(),
    metrics: createMetrics(),
    ...surroundings,
  });
}

function problemOf(
  environment: Readonly<Record<string, string>>,
  surroundings: Partial<RegistrySurroundings> = {},
): string {
  try {
    read(environment, surroundings);
    return 'none';
  } catch (error) {
    return String(error);
  }
}

describe('registries, by an empty environment', () => {
  it('are asked anonymously, within limits, where images may say: not on loopback', async () => {
    const options = read({});
    expect(options).toMatchObject({
      plainHttp: [],
      allowedHosts: [],
      registryReach: 'private',
      limits: { requests: { perSecond: 25, burst: 200 }, referrers: { perSecond: 4, burst: 80 } },
      proxy: {},
      credentials: { scope: 'anonymous' },
    });
    expect(await options.credentials.find('contoso.azurecr.io', signal)).toBeUndefined();
    expect(options).not.toHaveProperty('insecureSkipTlsVerify');
  });
});

describe('where credentials come from', () => {
  const FEDERATED = {
    AZURE_TENANT_ID: 't',
    AZURE_CLIENT_ID: 'c',
    AZURE_FEDERATED_TOKEN_FILE: '/f',
  };

  it.each<[Record<string, string>, string]>([
    [
      { KEYWARD_REGISTRY_AUTH: 'docker-config,anonymous', KEYWARD_REGISTRY_DOCKER_CONFIG: '/c' },
      'docker-config:/c+anonymous',
    ],
    [
      { KEYWARD_REGISTRY_AUTH: 'secret', KEYWARD_REGISTRY_SECRETS: 'a/b,c/d' },
      'secret:a/b+secret:c/d',
    ],
    [{ KEYWARD_REGISTRY_AUTH: 'azure-workload-identity', ...FEDERATED }, 'azure:workload:c'],
    [{ KEYWARD_REGISTRY_AUTH: 'azure-managed-identity' }, 'azure:managed:system'],
    [{ KEYWARD_REGISTRY_AUTH: 'azure-managed-identity', AZURE_CLIENT_ID: 'c' }, 'azure:managed:c'],
  ])('is part of what evidence is kept by, each source another scope: %j', (environment, scope) => {
    expect(read(environment, { kube: KUBE }).credentials.scope).toBe(scope);
  });

  it.each<[string, Record<string, string>, string]>([
    ['an unknown source', { KEYWARD_REGISTRY_AUTH: 'keychain' }, 'KEYWARD_REGISTRY_AUTH'],
    ['none at all', { KEYWARD_REGISTRY_AUTH: ',' }, 'KEYWARD_REGISTRY_AUTH'],
    [
      'a Docker config without path',
      { KEYWARD_REGISTRY_AUTH: 'docker-config' },
      'KEYWARD_REGISTRY_DOCKER_CONFIG',
    ],
    ['a Secret without name', { KEYWARD_REGISTRY_AUTH: 'secret' }, 'KEYWARD_REGISTRY_SECRETS'],
    [
      'a Secret by half a name',
      { KEYWARD_REGISTRY_AUTH: 'secret', KEYWARD_REGISTRY_SECRETS: 'pull' },
      'KEYWARD_REGISTRY_SECRETS',
    ],
    [
      'a Secret by a path',
      { KEYWARD_REGISTRY_AUTH: 'secret', KEYWARD_REGISTRY_SECRETS: 'a/b/../c' },
      'KEYWARD_REGISTRY_SECRETS',
    ],
    [
      'an identity without its file',
      {
        KEYWARD_REGISTRY_AUTH: 'azure-workload-identity',
        AZURE_TENANT_ID: 't',
        AZURE_CLIENT_ID: 'c',
      },
      'AZURE_FEDERATED_TOKEN_FILE',
    ],
    [
      'two identities',
      { KEYWARD_REGISTRY_AUTH: 'azure-workload-identity,azure-managed-identity', ...FEDERATED },
      'not both',
    ],
    [
      'every host for Entra’s token',
      { KEYWARD_REGISTRY_AZURE_HOSTS: '*' },
      'KEYWARD_REGISTRY_AZURE_HOSTS',
    ],
    [
      'a scheme in a host',
      { KEYWARD_REGISTRY_ALLOWED_HOSTS: 'https://a.example' },
      'KEYWARD_REGISTRY_ALLOWED_HOSTS',
    ],
    [
      'a wildcard among allowed hosts',
      { KEYWARD_REGISTRY_ALLOWED_HOSTS: '*.example' },
      'KEYWARD_REGISTRY_ALLOWED_HOSTS',
    ],
    [
      'a rate of nothing',
      { KEYWARD_REGISTRY_REQUESTS_PER_SECOND: '0' },
      'KEYWARD_REGISTRY_REQUESTS_PER_SECOND',
    ],
    ['a proxy that is none', { HTTPS_PROXY: 'socks5://me:hunter2@proxy' }, 'HTTPS_PROXY'],
  ])('cannot be %s: the program does not start', (_, environment, variable) => {
    const problem = problemOf(environment, { kube: KUBE });
    expect(problem).toContain(variable);
    expect(problem).not.toContain('hunter2');
  });

  it('cannot be a Secret where there is no cluster', () => {
    const environment = { KEYWARD_REGISTRY_AUTH: 'secret', KEYWARD_REGISTRY_SECRETS: 'a/b' };
    expect(problemOf(environment)).toContain('needs a cluster');
  });

  it('cannot be read through a CA file that holds no certificate', () => {
    expect(problemOf({}, { caPem: 'hunter2' })).toMatch(/KEYWARD_REGISTRY_CA_FILE/u);
    expect(problemOf({}, { caPem: 'hunter2' })).not.toContain('hunter2');
  });
});

describe('proxy variables', () => {
  it('are read in either case, and the lower one wins', () => {
    const environment = {
      HTTPS_PROXY: 'http://upper:1',
      https_proxy: 'http://lower:1',
      no_proxy: '.svc',
      HTTP_PROXY: 'http://plain:1',
    };
    expect(read(environment).proxy).toEqual({
      https: 'http://lower:1',
      http: 'http://plain:1',
      noProxy: '.svc',
    });
  });
});

describe('addresses that images may name', () => {
  it('are private ones too, unless the operator refuses them', () => {
    expect(read({ KEYWARD_REGISTRY_PRIVATE_ADDRESSES: 'refuse' }).registryReach).toBe('public');
  });
});
