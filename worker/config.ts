import { z } from 'zod';
import type { BusEntity } from '../platform/bus/session.ts';
import {
  ConfigProblem,
  listVariable,
  loadConfig,
  portVariable,
} from '../platform/lifecycle/load-config.ts';
import { LOG_LEVELS, type LogLevel } from '../platform/observe/logger.ts';
import { CLOUD_SUFFIXES, type Cloud } from '../platform/vault/allowed-vaults.ts';
import {
  ENDPOINT_CONFIG,
  readEndpointConfig,
  type EndpointConfig,
} from './hints/endpoint-config.ts';
import type { CredentialOptions } from '../platform/identity/workload-identity.ts';
import { WORKLOAD_IDENTITY_CONFIG } from '../platform/identity/workload-variables.ts';
import { HOLD_ABOVE_PERCENT } from './plan/hold-trust.ts';

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
  KEYWARD_HOLD_ABOVE_PERCENT: z.coerce
    .number()
    .min(0)
    .max(100)
    .default(HOLD_ABOVE_PERCENT)
    .describe(
      'guard rail: a reading that would take trust from more than this share of a key set at once, with the vault calling none of them disabled or deleted, waits for a person; 100 turns it off',
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
    .describe(
      'the Service Bus queue of this cluster; without queue and topic the sweep works alone',
    ),
  KEYWARD_BUS_TOPIC: z
    .string()
    .optional()
    .describe('in place of the queue, a Service Bus topic: each cluster has its own subscription'),
  KEYWARD_BUS_SUBSCRIPTION: z
    .string()
    .optional()
    .describe('the subscription of this cluster, with KEYWARD_BUS_TOPIC'),
  KEYWARD_BUS_NAMESPACE: z
    .string()
    .optional()
    .describe('contoso.servicebus.windows.net, read with the workload identity'),
  KEYWARD_BUS_CONNECTION_STRING: z
    .string()
    .optional()
    .describe('in place of the namespace, where there is no workload identity; a secret'),
  ...ENDPOINT_CONFIG,
  ...WORKLOAD_IDENTITY_CONFIG,
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
  readonly holdAbovePercent: number;
  readonly queueUrl?: string;
  /** Absent: no events. */
  readonly bus?: {
    readonly entity: BusEntity;
    readonly address: { readonly connectionString: string } | { readonly namespace: string };
  };
  /** Absent: events come by the bus alone, or not at all. */
  readonly endpoint?: EndpointConfig;
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
  const endpoint = readEndpointConfig(variables, variables.KEYWARD_CLOUD, problems);
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
    holdAbovePercent: variables.KEYWARD_HOLD_ABOVE_PERCENT,
    ...(queueUrl === undefined ? {} : { queueUrl }),
    ...(bus === undefined ? {} : { bus }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(identity === undefined ? {} : { identity }),
  };
}

type Variables = z.output<z.ZodObject<typeof WORKER_CONFIG>>;

function readBus(variables: Variables, problems: string[]): WorkerConfig['bus'] {
  const entity = readBusEntity(variables, problems);
  const { KEYWARD_BUS_NAMESPACE: namespace, KEYWARD_BUS_CONNECTION_STRING: connectionString } =
    variables;
  if (namespace !== undefined && connectionString !== undefined)
    problems.push('KEYWARD_BUS_NAMESPACE, KEYWARD_BUS_CONNECTION_STRING: give one of the two');
  if (namespace === undefined && connectionString === undefined) {
    if (entity !== undefined)
      problems.push(
        'KEYWARD_BUS_NAMESPACE: the bus has no address; give it, or a connection string',
      );
    return undefined;
  }
  if (entity === undefined) {
    problems.push('KEYWARD_BUS_QUEUE: the bus has an address, and neither a queue nor a topic');
    return undefined;
  }
  if (connectionString !== undefined) return { entity, address: { connectionString } };
  return namespace === undefined ? undefined : { entity, address: { namespace } };
}

function readBusEntity(variables: Variables, problems: string[]): BusEntity | undefined {
  const {
    KEYWARD_BUS_QUEUE: queue,
    KEYWARD_BUS_TOPIC: topic,
    KEYWARD_BUS_SUBSCRIPTION: subscription,
  } = variables;
  if ((topic === undefined) !== (subscription === undefined))
    problems.push('KEYWARD_BUS_TOPIC, KEYWARD_BUS_SUBSCRIPTION: give both, or neither');
  if (queue !== undefined && topic !== undefined)
    problems.push('KEYWARD_BUS_QUEUE, KEYWARD_BUS_TOPIC: give one of the two');
  if (queue !== undefined) return { queue };
  return topic === undefined || subscription === undefined ? undefined : { topic, subscription };
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
