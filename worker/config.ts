import { z } from 'zod';
import type { BusAddress } from '../platform/bus/session.ts';
import {
  ConfigProblem,
  listVariable,
  loadConfig,
  portVariable,
} from '../platform/lifecycle/load-config.ts';
import { LOG_LEVELS, type LogLevel } from '../platform/observe/logger.ts';
import { CLOUD_SUFFIXES, type Cloud } from '../platform/vault/allowed-vaults.ts';
import type { CredentialOptions } from '../platform/vault/credential.ts';

/** The worker's environment variables; docs/configuration.md is made from this. */
export const WORKER_CONFIG = {
  KUBECONFIG: z
    .string()
    .optional()
    .describe('path of a kubeconfig; without it the service account of the pod is used'),
  KEYWARD_NAMESPACE: z
    .string()
    .default('keyward-system')
    .describe("keyward's own namespace: its KeySets are cluster-wide, and the lease is in it"),
  KEYWARD_LOG_LEVEL: z.enum(LOG_LEVELS).default('info').describe('debug, info, warn, error'),
  KEYWARD_METRICS_HOST: z
    .string()
    .default('0.0.0.0')
    .describe('address of /livez, /readyz, /metrics and /statusz'),
  KEYWARD_METRICS_PORT: portVariable.default(9090).describe('their port; 0 takes a free one'),
  KEYWARD_DRAIN_SECONDS: z.coerce
    .number()
    .min(0)
    .max(300)
    .default(4)
    .describe('how long work under way may go on after SIGTERM or after the lease was lost'),
  KEYWARD_ALLOWED_VAULTS: listVariable
    .default([])
    .describe('host names of the vaults that may be called, with commas; no other one ever is'),
  KEYWARD_CLOUD: z
    .enum(Object.keys(CLOUD_SUFFIXES) as [Cloud, ...Cloud[]])
    .default('AzurePublic')
    .describe('the Azure cloud whose vaults are meant: AzurePublic, AzureUSGovernment, AzureChina'),
  KEYWARD_CLUSTERS_SHARING_VAULT: z.coerce
    .number()
    .int()
    .min(1)
    .max(1000)
    .default(1)
    .describe(
      'how many clusters read the same vault with keyward: they share a tenth of its limit',
    ),
  KEYWARD_QUEUE_URL: z
    .string()
    .optional()
    .describe(
      'redis:// or rediss:// of the job queue, one per cluster; without it the queue is in memory, in this process',
    ),
  KEYWARD_BUS_QUEUE: z
    .string()
    .optional()
    .describe('the Service Bus queue of this cluster; without it the sweep works alone'),
  KEYWARD_BUS_NAMESPACE: z
    .string()
    .optional()
    .describe('contoso.servicebus.windows.net, read with the workload identity'),
  KEYWARD_BUS_CONNECTION_STRING: z
    .string()
    .optional()
    .describe('in place of the namespace, where there is no workload identity; a secret'),
  AZURE_TENANT_ID: z.string().optional().describe('set by the workload identity webhook'),
  AZURE_CLIENT_ID: z.string().optional().describe('set by the workload identity webhook'),
  AZURE_FEDERATED_TOKEN_FILE: z
    .string()
    .optional()
    .describe('set by the workload identity webhook'),
  AZURE_AUTHORITY_HOST: z.string().optional().describe('set by the workload identity webhook'),
} as const;

export interface WorkerConfig {
  readonly kubeconfig?: string;
  readonly namespace: string;
  readonly logLevel: LogLevel;
  readonly metrics: { readonly host: string; readonly port: number };
  readonly drainMs: number;
  readonly allowedVaults: readonly string[];
  readonly cloud: Cloud;
  readonly clustersSharingVault: number;
  readonly queueUrl?: string;
  /** Absent: no events. */
  readonly bus?: {
    readonly queue: string;
    readonly address: { readonly connectionString: string } | { readonly namespace: string };
  };
  /** Absent: neither a vault nor a bus asks for it. */
  readonly identity?: CredentialOptions;
}

/** @throws ConfigProblem that names every problem and repeats no value. */
export function loadWorkerConfig(
  environment: Readonly<Record<string, string | undefined>>,
): WorkerConfig {
  const variables = loadConfig(WORKER_CONFIG, environment);
  const problems: string[] = [];
  const bus = readBus(variables, problems);
  const identity = readIdentity(variables, problems, bus);
  if (problems.length > 0) {
    const list = problems.map((problem) => `  ${problem}`).join('\n');
    throw new ConfigProblem(
      `the configuration cannot be used:\n${list}\nSee docs/configuration.md for each variable.`,
    );
  }
  const { KUBECONFIG: kubeconfig, KEYWARD_QUEUE_URL: queueUrl } = variables;
  return {
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    namespace: variables.KEYWARD_NAMESPACE,
    logLevel: variables.KEYWARD_LOG_LEVEL,
    metrics: { host: variables.KEYWARD_METRICS_HOST, port: variables.KEYWARD_METRICS_PORT },
    drainMs: variables.KEYWARD_DRAIN_SECONDS * 1000,
    allowedVaults: variables.KEYWARD_ALLOWED_VAULTS,
    cloud: variables.KEYWARD_CLOUD,
    clustersSharingVault: variables.KEYWARD_CLUSTERS_SHARING_VAULT,
    ...(queueUrl === undefined ? {} : { queueUrl }),
    ...(bus === undefined ? {} : { bus }),
    ...(identity === undefined ? {} : { identity }),
  };
}

type Variables = z.output<z.ZodObject<typeof WORKER_CONFIG>>;

function readBus(variables: Variables, problems: string[]): WorkerConfig['bus'] {
  const {
    KEYWARD_BUS_QUEUE: queue,
    KEYWARD_BUS_NAMESPACE: namespace,
    KEYWARD_BUS_CONNECTION_STRING: connectionString,
  } = variables;
  if (namespace !== undefined && connectionString !== undefined)
    problems.push('KEYWARD_BUS_NAMESPACE, KEYWARD_BUS_CONNECTION_STRING: give one of the two');
  const address = connectionString === undefined ? { namespace } : { connectionString };
  const isAddressed = namespace !== undefined || connectionString !== undefined;
  if (queue === undefined) {
    if (isAddressed) problems.push('KEYWARD_BUS_QUEUE: the bus has an address and no queue');
    return undefined;
  }
  if (!isAddressed)
    problems.push('KEYWARD_BUS_QUEUE: give KEYWARD_BUS_NAMESPACE too, or a connection string');
  return { queue, address: address as BusAddress };
}

function readIdentity(
  variables: Variables,
  problems: string[],
  bus: WorkerConfig['bus'],
): CredentialOptions | undefined {
  const {
    AZURE_TENANT_ID: tenantId,
    AZURE_CLIENT_ID: clientId,
    AZURE_FEDERATED_TOKEN_FILE: tokenFilePath,
    AZURE_AUTHORITY_HOST: authorityHost,
  } = variables;
  if (tenantId !== undefined && clientId !== undefined && tokenFilePath !== undefined)
    return {
      tenantId,
      clientId,
      tokenFilePath,
      ...(authorityHost === undefined ? {} : { authorityHost }),
    };
  const isNeeded =
    variables.KEYWARD_ALLOWED_VAULTS.length > 0 ||
    (bus !== undefined && 'namespace' in bus.address);
  if (isNeeded)
    problems.push(
      'AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_FEDERATED_TOKEN_FILE: vaults or the bus need the workload identity',
    );
  return undefined;
}
