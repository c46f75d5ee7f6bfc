import { z } from 'zod';
import { WORKLOAD_IDENTITY_CONFIG } from '../identity/workload-variables.ts';
import { listVariable } from '../lifecycle/load-config.ts';
import { AZURE_REGISTRY_HOSTS, isHostPattern } from './credentials/azure-hosts.ts';
import type { SecretName } from './credentials/kubernetes-secret.ts';
import { createProxyRule } from './network/proxy.ts';

export const REGISTRY_AUTHS = [
  'anonymous',
  'docker-config',
  'secret',
  'azure-workload-identity',
  'azure-managed-identity',
] as const;
export type RegistryAuth = (typeof REGISTRY_AUTHS)[number];

const HOST_PORT = /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::[1-9]\d{0,4})?$/u;
const hostsVariable = listVariable.refine((hosts) => hosts.every((host) => HOST_PORT.test(host)), {
  error: 'each must be host or host:port, in lower case, without a scheme',
});
const perSecond = z.coerce.number().positive().max(10_000);
const burst = z.coerce.number().int().min(1).max(100_000);
const proxyVariable = z.string().refine(isProxy, {
  error: 'not the address of an http or https proxy',
});

/** How registries are reached: the environment of whatever reads signatures. docs/configuration.md is made from this. */
export const REGISTRY_CONFIG = {
  KEYWARD_REGISTRY_AUTH: listVariable
    .pipe(z.array(z.enum(REGISTRY_AUTHS)).min(1))
    .default(['anonymous'])
    .describe(
      `where credentials come from, the first that knows a host wins: ${REGISTRY_AUTHS.join(', ')}; without anonymous in it, a registry that none knows is not asked`,
    ),
  KEYWARD_REGISTRY_DOCKER_CONFIG: z
    .string()
    .optional()
    .describe('path of the config.json for docker-config; read again every minute'),
  KEYWARD_REGISTRY_CREDENTIAL_HELPERS: z
    .enum(['off', 'on'])
    .default('off')
    .describe('on: run the docker-credential-… programs that the config.json names'),
  KEYWARD_REGISTRY_SECRETS: listVariable
    .transform((names, context): SecretName[] =>
      names.map((name) => parseSecretName(name, context)),
    )
    .default([])
    .describe(
      'namespace/name of Secrets of type kubernetes.io/dockerconfigjson for secret; manifests/rbac/webhook-registry-secrets.yaml has the right to read them',
    ),
  KEYWARD_REGISTRY_AZURE_HOSTS: listVariable
    .refine((patterns) => patterns.every(isHostPattern), {
      error: 'each must be a host, or *.domain for one name before the domain',
    })
    .default([...AZURE_REGISTRY_HOSTS])
    .describe('registries that the Azure identity is shown to, and no others; * is one name'),
  KEYWARD_REGISTRY_CA_FILE: z
    .string()
    .optional()
    .describe('PEM of private CAs that registries, or a proxy, use, besides the system roots'),
  KEYWARD_REGISTRY_PLAIN_HTTP: hostsVariable
    .default([])
    .describe('registries (host:port) spoken to without TLS'),
  KEYWARD_REGISTRY_ALLOWED_HOSTS: hostsVariable
    .default([])
    .describe(
      'hosts (host:port) that a registry may redirect to or take tokens from although they are private, and registries on loopback; behind a proxy also storage whose name does not resolve here',
    ),
  KEYWARD_REGISTRY_PRIVATE_ADDRESSES: z
    .enum(['allow', 'refuse'])
    .default('allow')
    .describe(
      'whether an image may name a registry at a private address (private endpoints are); link-local and metadata addresses never',
    ),
  KEYWARD_REGISTRY_REQUESTS_PER_SECOND: perSecond
    .default(25)
    .describe('how often this process asks one registry, in the long run'),
  KEYWARD_REGISTRY_REQUESTS_BURST: burst
    .default(200)
    .describe('how many requests may go at once after a quiet time'),
  KEYWARD_REGISTRY_REFERRERS_PER_SECOND: perSecond
    .default(4)
    .describe(
      'the same for lists of referrers; Azure allows an identity 250 a minute (Basic, Standard: set 1 for three replicas) or 1000 (Premium)',
    ),
  KEYWARD_REGISTRY_REFERRERS_BURST: burst
    .default(80)
    .describe('how many lists of referrers may go at once after a quiet time'),
  HTTPS_PROXY: proxyVariable.optional().describe('proxy for registries; lower case works too'),
  HTTP_PROXY: proxyVariable
    .optional()
    .describe('proxy for registries that are spoken to without TLS'),
  NO_PROXY: z
    .string()
    .optional()
    .describe('names, .suffixes, addresses and CIDR ranges that are reached without a proxy'),
  ...WORKLOAD_IDENTITY_CONFIG,
  AZURE_CLIENT_ID: z
    .string()
    .optional()
    .describe(
      'set by the workload identity webhook; with azure-managed-identity, which one (absent: the system-assigned)',
    ),
} as const;

export type RegistryVariables = z.output<z.ZodObject<typeof REGISTRY_CONFIG>>;

/** What the variables lack together, in words that name each and repeat no value. */
export function findRegistryProblems(variables: RegistryVariables): readonly string[] {
  const auth = variables.KEYWARD_REGISTRY_AUTH;
  const problems: string[] = [];
  if (auth.includes('docker-config') && variables.KEYWARD_REGISTRY_DOCKER_CONFIG === undefined)
    problems.push('KEYWARD_REGISTRY_DOCKER_CONFIG: docker-config needs the path of a config.json');
  if (auth.includes('secret') && variables.KEYWARD_REGISTRY_SECRETS.length === 0)
    problems.push('KEYWARD_REGISTRY_SECRETS: secret needs at least one namespace/name');
  const { AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_FEDERATED_TOKEN_FILE } = variables;
  const federated = [AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_FEDERATED_TOKEN_FILE];
  if (auth.includes('azure-workload-identity') && federated.includes(undefined))
    problems.push(
      'AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_FEDERATED_TOKEN_FILE: azure-workload-identity needs them all; the workload identity webhook sets them',
    );
  if (auth.includes('azure-workload-identity') && auth.includes('azure-managed-identity'))
    problems.push('KEYWARD_REGISTRY_AUTH: one Azure identity, workload or managed, not both');
  return problems;
}

/** Proxy variables are written in either case, and the lower one wins, as curl and Go have it. */
export function withProxyVariables(
  environment: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string | undefined>> {
  const names = ['HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY'];
  const given = names.map((name) => [name, environment[name.toLowerCase()] ?? environment[name]]);
  return { ...environment, ...(Object.fromEntries(given) as Record<string, string | undefined>) };
}

function isProxy(value: string): boolean {
  try {
    createProxyRule({ https: value });
    return true;
  } catch {
    return false;
  }
}

function parseSecretName(text: string, context: z.core.$RefinementCtx): SecretName {
  const [, namespace, name] = /^([a-z0-9-]{1,63})\/([a-z0-9.-]{1,253})$/u.exec(text) ?? [];
  if (namespace !== undefined && name !== undefined) return { namespace, name };
  context.addIssue({ code: 'custom', message: 'each must be namespace/name' });
  return { namespace: '', name: '' };
}
