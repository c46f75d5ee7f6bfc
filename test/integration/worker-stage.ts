import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KeySet } from '../../core/keys/key-set.ts';
import type { KeyState } from '../../core/keys/key-version.ts';
import type { Kube, KubeObject } from '../../platform/kube/kube.ts';
import { loadKube } from '../../platform/kube/load-kube.ts';
import { RESOURCES } from '../../platform/kube/resources.ts';
import { parseKeySet, parseKmp, type Kmp } from '../../platform/kube/schemas.ts';
import { QUEUE, startAzure, WORKER_CLIENT_ID, type AzureStandIns } from '../../sandbox/azure.ts';
import { createCertificateAuthority } from '../../sandbox/certificates.ts';
import { startCluster } from '../../sandbox/cluster/start-cluster.ts';
import { startChild, type ChildProgram } from '../../sandbox/processes/child.ts';
import { readMetric } from '../../sandbox/processes/metric.ts';
import { installKeyward } from '../../sandbox/setup.ts';
import { NAMES } from '../../sandbox/story/names.ts';

const ROOT = join(import.meta.dirname, '..', '..');

export interface SpawnedWorker {
  waitForLine(text: string): Promise<void>;
  kill(): void;
  /** The exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
  output(): string;
}

/** Azure's stand-ins, the cluster with keyward's kinds, and workers as processes of their own. */
export interface WorkerStage extends AsyncDisposable {
  readonly azure: AzureStandIns;
  readonly kube: Kube;
  /** What the chart would give a worker. */
  readonly environment: Readonly<Record<string, string>>;
  /** Its own, with everything in it; and the path of a kubeconfig that may do all. */
  readonly folder: string;
  readonly kubeconfig: string;
  startWorker(extra?: Readonly<Record<string, string>>): Promise<ChildProgram>;
  /** One that is watched from its first moment on. */
  spawnWorker(extra?: Readonly<Record<string, string>>): SpawnedWorker;
  /** Who holds the lease; empty: nobody; undefined: there is none. */
  leaseHolder(): Promise<string | undefined>;
  metric(
    worker: ChildProgram,
    name: string,
    labels?: Readonly<Record<string, string>>,
  ): Promise<number>;
  status(worker: ChildProgram): Promise<Record<string, unknown>>;
  /** A KeyManagementProvider that lists these versions of a key. */
  createProvider(name: string, key: string, versions: readonly string[]): Promise<void>;
  manage(name: string): Promise<void>;
  readKeySet(name: string): Promise<KeySet | undefined>;
  readProvider(name: string): Promise<Kmp>;
  writeProviderKeys(name: string, key: string, versions: readonly string[]): Promise<void>;
  log(): Promise<string>;
}

export async function startWorkerStage(kind: 'stand-in' | 'real'): Promise<WorkerStage> {
  await using started = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'keyward-worker-'));
  started.defer(() => rm(folder, { recursive: true, force: true }));
  const authority = await createCertificateAuthority();
  const azure = started.use(await startAzure(authority));
  const cluster = await startCluster(kind, authority);
  started.defer(() => cluster.close());
  const write = async (name: string, text: string): Promise<string> => {
    await writeFile(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };
  const kubeconfig = await write('kubeconfig', cluster.kubeconfig());
  const kube = await loadKube({ kubeconfig });
  started.defer(() => kube.close());
  await installKeyward(kube);

  const subject = `system:serviceaccount:${NAMES.system}:keyward-worker`;
  const environment = {
    KUBECONFIG: await write('worker.kubeconfig', cluster.kubeconfig('keyward-worker')),
    NODE_EXTRA_CA_CERTS: await write('ca.pem', authority.caPem),
    HTTPS_PROXY: azure.egress.url,
    NO_PROXY: '127.0.0.1,localhost',
    AZURE_AUTHORITY_HOST: azure.entra.authorityHost,
    AZURE_TENANT_ID: azure.entra.tenantId,
    AZURE_CLIENT_ID: WORKER_CLIENT_ID,
    AZURE_FEDERATED_TOKEN_FILE: await write('token', azure.entra.createFederatedToken(subject)),
    KEYWARD_NAMESPACE: NAMES.system,
    KEYWARD_ALLOWED_VAULTS: NAMES.vaultHost,
    KEYWARD_BUS_CONNECTION_STRING: azure.bus.connectionString,
    KEYWARD_BUS_QUEUE: QUEUE,
    KEYWARD_METRICS_HOST: '127.0.0.1',
    KEYWARD_METRICS_PORT: '0',
  };
  const logFile = await write('worker.log', '');
  const portOf = ({ listening }: ChildProgram) => Number(listening['metricsPort']);
  const readParameters = async (name: string): Promise<Record<string, unknown>> => {
    const object = await kube.get<KubeObject & { spec: { parameters: Record<string, unknown> } }>(
      RESOURCES.kmps,
      { name },
    );
    return object?.spec.parameters ?? {};
  };
  const resources = started.move();
  return {
    azure,
    kube,
    environment,
    folder,
    kubeconfig,
    startWorker: (extra = {}) =>
      startChild({ program: 'worker', env: { ...environment, ...extra }, logFile }),
    spawnWorker: (extra = {}) => spawnWorker({ ...environment, ...extra }),
    leaseHolder: async () => {
      const place = { namespace: NAMES.system, name: 'keyward-worker' };
      const lease = await kube.get<{ spec: { holderIdentity?: string } }>(RESOURCES.leases, place);
      return lease?.spec.holderIdentity;
    },
    metric: (worker, name, labels = {}) =>
      readMetric(`http://127.0.0.1:${portOf(worker)}/metrics`, name, labels),
    status: async (worker) => {
      const answer = await fetch(`http://127.0.0.1:${portOf(worker)}/statusz`);
      return (await answer.json()) as Record<string, unknown>;
    },
    createProvider: async (name, key, versions) => {
      await kube.create(RESOURCES.kmps, {
        metadata: { name },
        spec: {
          type: 'azurekeyvault',
          parameters: {
            vaultURI: `${NAMES.vaultUri}/`,
            tenantID: azure.entra.tenantId,
            clientID: 'another-identity',
            keys: versions.map((version) => ({ name: key, version })),
          },
        },
      });
    },
    manage: async (name) => {
      const body = { metadata: { annotations: { 'keyward.dev/manage': 'patch' } } };
      await kube.patch(RESOURCES.kmps, { name }, { type: 'merge', body });
    },
    readKeySet: async (name) => {
      const place = { namespace: NAMES.system, name };
      const object = await kube.get(RESOURCES.keySets, place);
      const parsed = object === undefined ? undefined : parseKeySet(object);
      return parsed?.ok === true ? parsed.value : undefined;
    },
    readProvider: async (name) => {
      const parsed = parseKmp(await kube.get(RESOURCES.kmps, { name }));
      if (!parsed.ok) throw new Error(`provider ${name}: ${parsed.problems.join(', ')}`);
      return parsed.value;
    },
    writeProviderKeys: async (name, key, versions) => {
      const parameters = {
        ...(await readParameters(name)),
        keys: versions.map((version) => ({ name: key, version })),
      };
      const patch = { type: 'merge', fieldManager: 'kubectl', body: { spec: { parameters } } };
      await kube.patch(RESOURCES.kmps, { name }, { ...patch, type: 'merge' });
    },
    log: () => readFile(logFile, 'utf8'),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

function spawnWorker(environment: Readonly<Record<string, string>>): SpawnedWorker {
  const child = spawn(process.execPath, [join(ROOT, 'cli', 'main.ts'), 'worker'], {
    env: { PATH: process.env['PATH'] ?? '', ...environment },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let text = '';
  child.stderr.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  const ended = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | string);
  return {
    ended,
    kill: () => child.kill('SIGTERM'),
    output: () => text,
    waitForLine: (wanted) =>
      eventually(`a line with "${wanted}"`, async () => text.includes(wanted)).then(
        () => undefined,
      ),
  };
}

/** Polls until `check` gives something; nothing here waits for a fixed time. */
export async function eventually<T>(
  what: string,
  check: () => Promise<T | undefined | false>,
  deadlineMs = 15_000,
): Promise<T> {
  const began = performance.now();
  for (;;) {
    const value = await check();
    if (value !== undefined && value !== false) return value;
    if (performance.now() - began > deadlineMs) throw new Error(`not seen: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export function stateOf(keySet: KeySet | undefined, version: string): KeyState | undefined {
  return keySet?.status.versions.find((entry) => entry.version === version)?.state;
}

export function conditionOf(keySet: KeySet | undefined, type: string) {
  return keySet?.status.conditions.find((condition) => condition.type === type);
}

/** The KeySet, once it trusts these versions and no other. */
export function untilTrusts(
  stage: WorkerStage,
  name: string,
  versions: readonly string[],
): Promise<KeySet> {
  return eventually(`${name} trusts ${versions.join(' ')}`, async () => {
    const keySet = await stage.readKeySet(name);
    const trusted = keySet?.status.versions.filter(({ state }) => state === 'trusted') ?? [];
    const names = trusted.map(({ version }) => version).toSorted();
    return names.join() === versions.toSorted().join() ? keySet : undefined;
  });
}

/** The provider, once it is there and lists these versions and no other. */
export function untilLists(
  stage: WorkerStage,
  name: string,
  versions: readonly string[],
): Promise<Kmp> {
  return eventually(`${name} lists ${versions.join(' ')}`, async () => {
    const object = await stage.kube.get(RESOURCES.kmps, { name });
    const parsed = object === undefined ? undefined : parseKmp(object);
    if (parsed?.ok !== true) return undefined;
    const listed = parsed.value.keys.map(({ version }) => version ?? '').toSorted();
    return listed.join() === versions.toSorted().join() ? parsed.value : undefined;
  });
}
