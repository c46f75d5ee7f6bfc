import { X509Certificate } from 'node:crypto';
import type { Kube } from '../kube/kube.ts';
import type { Clock } from '../lifecycle/clock.ts';
import { ConfigProblem } from '../lifecycle/load-config.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { RegistryClientOptions } from './create-registry.ts';
import { anonymousCredentials } from './credentials/anonymous.ts';
import { createAzureCredentials } from './credentials/azure-registry.ts';
import { chainCredentials } from './credentials/chain.ts';
import { createHelperRunner } from './credentials/credential-helper.ts';
import type { RegistryCredentials } from './credentials/credentials.ts';
import { createDockerConfigCredentials } from './credentials/docker-config-file.ts';
import { createEntraIdentity } from './credentials/entra-identity.ts';
import { createSecretCredentials } from './credentials/kubernetes-secret.ts';
import {
  findRegistryProblems,
  type RegistryAuth,
  type RegistryVariables,
} from './registry-config.ts';

export interface RegistrySurroundings {
  readonly clock: Clock;
  readonly metrics: Metrics;
  /** What stands in KEYWARD_REGISTRY_CA_FILE. */
  readonly caPem?: string;
  /** For the Secrets that the variables name. */
  readonly kube?: Pick<Kube, 'get'>;
}

const HELPER_TIMEOUT_MS = 5000;

/**
 * A registry client's options as the configuration says. Reads and asks nothing yet.
 * @throws ConfigProblem that names every variable at fault and repeats no value
 */
export function registryOptionsOf(
  variables: RegistryVariables,
  surroundings: RegistrySurroundings,
): RegistryClientOptions & { readonly credentials: RegistryCredentials } {
  const { clock, metrics, caPem } = surroundings;
  const problems = [...findRegistryProblems(variables)];
  if (caPem !== undefined && !holdsCertificate(caPem))
    problems.push('KEYWARD_REGISTRY_CA_FILE: there is no certificate in it that can be read');
  if (variables.KEYWARD_REGISTRY_AUTH.includes('secret') && surroundings.kube === undefined)
    problems.push('KEYWARD_REGISTRY_AUTH: secret needs a cluster to read it from');
  if (problems.length > 0) {
    const list = problems.map((problem) => `  ${problem}`).join('\n');
    throw new ConfigProblem(
      `the configuration cannot be used:\n${list}\nSee docs/configuration.md for each variable.`,
    );
  }
  const { HTTPS_PROXY: https, HTTP_PROXY: http, NO_PROXY: noProxy } = variables;
  return {
    clock,
    metrics,
    credentials: chainCredentials(
      variables.KEYWARD_REGISTRY_AUTH.flatMap((auth) =>
        createSources(auth, variables, surroundings),
      ),
    ),
    ...(caPem === undefined ? {} : { caPem }),
    plainHttp: variables.KEYWARD_REGISTRY_PLAIN_HTTP,
    allowedHosts: variables.KEYWARD_REGISTRY_ALLOWED_HOSTS,
    registryReach: variables.KEYWARD_REGISTRY_PRIVATE_ADDRESSES === 'allow' ? 'private' : 'public',
    limits: {
      requests: {
        perSecond: variables.KEYWARD_REGISTRY_REQUESTS_PER_SECOND,
        burst: variables.KEYWARD_REGISTRY_REQUESTS_BURST,
      },
      referrers: {
        perSecond: variables.KEYWARD_REGISTRY_REFERRERS_PER_SECOND,
        burst: variables.KEYWARD_REGISTRY_REFERRERS_BURST,
      },
    },
    proxy: {
      ...(https === undefined ? {} : { https }),
      ...(http === undefined ? {} : { http }),
      ...(noProxy === undefined ? {} : { noProxy }),
    },
  };
}

function createSources(
  auth: RegistryAuth,
  variables: RegistryVariables,
  { clock, kube }: RegistrySurroundings,
): readonly RegistryCredentials[] {
  switch (auth) {
    case 'anonymous':
      return [anonymousCredentials];
    case 'docker-config': {
      const isHelped = variables.KEYWARD_REGISTRY_CREDENTIAL_HELPERS === 'on';
      const runHelper = createHelperRunner({ timeoutMs: HELPER_TIMEOUT_MS });
      const path = variables.KEYWARD_REGISTRY_DOCKER_CONFIG ?? '';
      return [createDockerConfigCredentials({ path, clock, ...(isHelped ? { runHelper } : {}) })];
    }
    case 'secret':
      return kube === undefined
        ? []
        : variables.KEYWARD_REGISTRY_SECRETS.map((secret) =>
            createSecretCredentials({ kube, secret, clock }),
          );
    case 'azure-workload-identity':
    case 'azure-managed-identity':
      return [createAzureSource(auth, variables)];
  }
}

function createAzureSource(
  auth: 'azure-workload-identity' | 'azure-managed-identity',
  variables: RegistryVariables,
): RegistryCredentials {
  const {
    AZURE_TENANT_ID: tenantId = '',
    AZURE_CLIENT_ID: clientId,
    AZURE_FEDERATED_TOKEN_FILE: tokenFilePath = '',
    AZURE_AUTHORITY_HOST: authorityHost,
  } = variables;
  const identity = createEntraIdentity(
    auth === 'azure-managed-identity'
      ? { kind: 'managed', ...(clientId === undefined ? {} : { clientId }) }
      : {
          kind: 'workload',
          tenantId,
          clientId: clientId ?? '',
          tokenFilePath,
          ...(authorityHost === undefined ? {} : { authorityHost }),
        },
  );
  return createAzureCredentials({ identity, hosts: variables.KEYWARD_REGISTRY_AZURE_HOSTS });
}

/** Node takes a file without a certificate for one that adds none, and every TLS handshake would fail in its place. */
function holdsCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).subject !== undefined;
  } catch {
    return false;
  }
}
