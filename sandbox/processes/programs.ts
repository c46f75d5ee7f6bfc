import { join } from 'node:path';
import { z } from 'zod';
import { QUEUE, WORKER_CLIENT_ID, type AzureStandIns } from '../azure.ts';
import type { CertificateAuthority } from '../certificates.ts';
import type { Cluster } from '../cluster/start-cluster.ts';
import type { ReplicaAddress } from '../replicas.ts';
import { NAMES } from '../story/names.ts';
import { startChild, type ChildProgram } from './child.ts';
import type { SandboxFolder } from './folder.ts';
import { readMetric } from './metric.ts';

export interface WorkerControl {
  start(): Promise<void>;
  stop(): Promise<void>;
  /** A sample of the worker's metrics; 0 while it has none. */
  metric(name: string, labels: Readonly<Record<string, string>>): Promise<number>;
}

export interface Programs {
  readonly addresses: readonly ReplicaAddress[];
  readonly worker: WorkerControl;
  stop(): Promise<void>;
}

export interface ProgramSettings {
  readonly folder: SandboxFolder;
  readonly caFile: string;
  readonly authority: CertificateAuthority;
  readonly azure: AzureStandIns;
  readonly cluster: Cluster;
  readonly replicas: number;
}

const addressSchema = z.object({ port: z.number().int(), metricsPort: z.number().int() });

/** What the chart would give a webhook replica: nothing that leads to the vault, the bus or a queue. */
function webhookEnvironment(settings: ProgramSettings, files: Record<'cert' | 'key', string>) {
  const { folder, cluster, caFile, azure } = settings;
  return {
    KUBECONFIG: folder.write('webhook.kubeconfig', cluster.kubeconfig('keyward-webhook')),
    NODE_EXTRA_CA_CERTS: caFile,
    KEYWARD_NAMESPACE: NAMES.system,
    KEYWARD_LISTEN_HOST: '127.0.0.1',
    KEYWARD_LISTEN_PORT: '0',
    KEYWARD_METRICS_HOST: '127.0.0.1',
    KEYWARD_METRICS_PORT: '0',
    KEYWARD_TLS_CERT_FILE: files.cert,
    KEYWARD_TLS_KEY_FILE: files.key,
    KEYWARD_RATIFY_ROLE: 'replace',
    // By exact host and port: every other private address stays closed.
    KEYWARD_REGISTRY_ALLOWED_HOSTS: azure.registry.host,
    KEYWARD_REGISTRY_PRIVATE_ADDRESSES: 'refuse',
    // The stand-in has no quota to keep within.
    KEYWARD_REGISTRY_REQUESTS_PER_SECOND: '10000',
    KEYWARD_REGISTRY_REFERRERS_PER_SECOND: '10000',
    KEYWARD_DRAIN_SECONDS: '0',
  };
}

function workerEnvironment({ folder, cluster, caFile, azure }: ProgramSettings) {
  const subject = `system:serviceaccount:${NAMES.system}:keyward-worker`;
  return {
    KUBECONFIG: folder.write('worker.kubeconfig', cluster.kubeconfig('keyward-worker')),
    NODE_EXTRA_CA_CERTS: caFile,
    HTTPS_PROXY: azure.egress.url,
    NO_PROXY: '127.0.0.1,localhost',
    AZURE_AUTHORITY_HOST: azure.entra.authorityHost,
    AZURE_TENANT_ID: azure.entra.tenantId,
    AZURE_CLIENT_ID: WORKER_CLIENT_ID,
    AZURE_FEDERATED_TOKEN_FILE: folder.write('token', azure.entra.createFederatedToken(subject)),
    KEYWARD_NAMESPACE: NAMES.system,
    KEYWARD_ALLOWED_VAULTS: NAMES.vaultHost,
    KEYWARD_BUS_CONNECTION_STRING: azure.bus.connectionString,
    KEYWARD_BUS_QUEUE: QUEUE,
    KEYWARD_METRICS_HOST: '127.0.0.1',
    KEYWARD_METRICS_PORT: '0',
  };
}

function createWorkerControl(settings: ProgramSettings): WorkerControl {
  let child: ChildProgram | undefined;
  const env = workerEnvironment(settings);
  const logFile = join(settings.folder.path, 'worker.log');
  return {
    async start() {
      child ??= await startChild({ program: 'worker', env, logFile });
    },
    async stop() {
      const running = child;
      child = undefined;
      await running?.stop();
    },
    async metric(name, labels) {
      const port = z.number().int().parse(child?.listening['metricsPort']);
      return readMetric(`http://127.0.0.1:${port}/metrics`, name, labels);
    },
  };
}

async function startReplicas(settings: ProgramSettings): Promise<ChildProgram[]> {
  const { folder, authority } = settings;
  const { certPem, keyPem } = await authority.issue({
    commonName: 'keyward-webhook',
    dnsNames: ['localhost', `keyward-webhook.${NAMES.system}.svc`],
    ipAddresses: ['127.0.0.1'],
  });
  const env = webhookEnvironment(settings, {
    cert: folder.write('tls.crt', certPem),
    key: folder.write('tls.key', keyPem),
  });
  const attempts = await Promise.allSettled(
    Array.from({ length: settings.replicas }, (_, index) =>
      startChild({
        program: 'webhook',
        env,
        logFile: join(folder.path, `webhook-${index + 1}.log`),
      }),
    ),
  );
  const running = attempts.flatMap((attempt) =>
    attempt.status === 'fulfilled' ? [attempt.value] : [],
  );
  const failure = attempts.find((attempt) => attempt.status === 'rejected');
  if (failure !== undefined) {
    await Promise.all(running.map((child) => child.stop()));
    throw failure.reason;
  }
  return running;
}

/** Starts the worker and the webhook replicas side by side; all run, or none. */
export async function startPrograms(settings: ProgramSettings): Promise<Programs> {
  const worker = createWorkerControl(settings);
  const [started, replicas] = await Promise.allSettled([worker.start(), startReplicas(settings)]);
  const children = replicas.status === 'fulfilled' ? replicas.value : [];
  const stop = async (): Promise<void> => {
    await Promise.all([worker.stop(), ...children.map((child) => child.stop())]);
  };
  for (const attempt of [started, replicas]) {
    if (attempt.status === 'rejected') {
      await stop();
      throw attempt.reason;
    }
  }
  return {
    addresses: children.map(({ listening }) => addressSchema.parse(listening)),
    worker,
    stop,
  };
}
