/**
 * Real etcd and kube-apiserver for tests, CI and `npm start -- --cluster real`. No controller-manager, scheduler or kubelet runs: Pods stay
 * Pending, a deleted namespace stays Terminating, and nobody makes `default` service accounts, so the admission plugin that asks for
 * them (ServiceAccount) is off. RBAC, TokenRequest, CRDs with CEL and admission webhooks by URL are as anywhere.
 */
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Logger } from '../../platform/observe/logger.ts';
import { createCertificateAuthority, type CertificateAuthority } from '../certificates.ts';
import { SandboxProblem } from '../processes/folder.ts';
import { createApiClient, type ApiClient } from './api-client.ts';
import { apiserverArguments, writeClusterFiles, type ClusterFiles } from './cluster-files.ts';
import { createClusterUsers, type ClusterUserName } from './cluster-users.ts';
import { findClusterTools, type ClusterTools, type ToolEnvironment } from './cluster-tools.ts';
import { findFreePort } from './free-port.ts';
import { readTail, startSupervised, type SupervisedProcess } from './supervised-process.ts';
import { untilTrue } from './until-true.ts';

export interface RealClusterOptions {
  /** Issues the API server's certificate; one of its own without it. */
  readonly certificates?: CertificateAuthority;
  readonly logger?: Logger;
  /** `process.env`: KUBEBUILDER_ASSETS wins, else KEYWARD_TOOLS or the cache. */
  readonly environment: ToolEnvironment;
  /** How long etcd, and then the API server, may take to be ready. */
  readonly deadlineMs?: number;
}

export interface RealCluster {
  readonly url: string;
  readonly caPem: string;
  /** The API server's own word: `v1.36.3`. */
  readonly version: string;
  readonly tools: ClusterTools;
  /** A kubeconfig as text; `admin` without a name. */
  kubeconfig(user?: ClusterUserName): string;
  /** Ends both programs and removes their folder. */
  close(): Promise<void>;
}

const ATTEMPTS = 3;

/**
 * Starts them on ephemeral loopback ports and waits until `/readyz` says ok.
 * @throws SandboxProblem when a program is missing or does not come up.
 */
export async function startRealCluster(options: RealClusterOptions): Promise<RealCluster> {
  const tools = findClusterTools(options.environment);
  const certificates = options.certificates ?? (await createCertificateAuthority());
  const folder = mkdtempSync(join(tmpdir(), 'keyward-cluster-'));
  chmodSync(folder, 0o700);
  const programs: SupervisedProcess[] = [];
  const close = async (): Promise<void> => {
    // The API server first: without etcd it would only fill its log.
    for (const program of programs.splice(0).toReversed()) await program.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const start = { tools, folder, programs, deadlineMs: options.deadlineMs ?? 60_000 };
    const users = createClusterUsers();
    const files = await writeClusterFiles(folder, certificates, users);
    const etcdUrl = await startEtcd(start);
    const { url, version } = await startApiserver(start, files, { etcdUrl, token: users.admin });
    options.logger?.info({ event: 'cluster', url, version }, 'real kube-apiserver is ready');
    return {
      url,
      version,
      tools,
      caPem: certificates.caPem,
      kubeconfig: (user = 'admin') =>
        renderKubeconfig({ url, user, caPem: certificates.caPem, token: users[user] }),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

interface Start {
  readonly tools: ClusterTools;
  readonly folder: string;
  readonly programs: SupervisedProcess[];
  readonly deadlineMs: number;
}

/** Port 0: etcd binds a free one itself and its log says which. */
async function startEtcd({ tools, folder, programs, deadlineMs }: Start): Promise<string> {
  const logFile = join(folder, 'etcd.log');
  const data = join(folder, 'etcd');
  mkdirSync(data, { mode: 0o700 });
  const etcd = startSupervised({
    command: tools.etcd,
    args: [
      `--data-dir=${data}`,
      '--listen-client-urls=http://127.0.0.1:0',
      '--advertise-client-urls=http://127.0.0.1:0',
      '--listen-peer-urls=http://127.0.0.1:0',
      '--initial-advertise-peer-urls=http://127.0.0.1:0',
      '--initial-cluster=default=http://127.0.0.1:0',
      // Data lives as long as this process, so a crash of the machine may take it.
      '--unsafe-no-fsync',
      '--log-level=info',
    ],
    env: {},
    cwd: folder,
    logFile,
    removeWhenOrphaned: folder,
  });
  programs.push(etcd);
  let address: string | undefined;
  const isReady = await untilTrue(
    async () => {
      const log = await readFile(logFile, 'utf8');
      address = /serving client traffic insecurely.*?"address":"(127\.0\.0\.1:\d+)"/u.exec(
        log,
      )?.[1];
      return address !== undefined;
    },
    { deadlineMs, giveUp: () => etcd.ended() !== undefined },
  );
  if (!isReady) throw await explain('etcd', etcd, logFile);
  return `http://${address}`;
}

interface ApiserverStart {
  readonly etcdUrl: string;
  readonly token: string;
}

async function startApiserver(
  start: Start,
  files: ClusterFiles,
  { etcdUrl, token }: ApiserverStart,
): Promise<{ url: string; version: string }> {
  for (let attempt = 1; ; attempt += 1) {
    // It cannot bind port 0. The port found free may be taken before it binds: then another one is tried.
    const port = await findFreePort();
    const url = `https://127.0.0.1:${port}`;
    const logFile = join(start.folder, `kube-apiserver-${attempt}.log`);
    const apiserver = startSupervised({
      command: start.tools.kubeApiserver,
      args: apiserverArguments(files, { port, etcdUrl }),
      env: {},
      cwd: start.folder,
      logFile,
    });
    start.programs.push(apiserver);
    const client = createApiClient({ url, caPem: files.caPem, token });
    try {
      const isReady = await untilTrue(() => isServing(client), {
        deadlineMs: start.deadlineMs,
        giveUp: () => apiserver.ended() !== undefined,
      });
      if (isReady) return { url, version: await readVersion(client) };
    } finally {
      await client.close();
    }
    const problem = await explain('kube-apiserver', apiserver, logFile);
    const isPortTaken = problem.message.includes('address already in use');
    if (!isPortTaken || attempt === ATTEMPTS) throw problem;
  }
}

/** Ready, and the namespace that everybody expects is there: a controller of the API server makes it a moment later. */
async function isServing(client: ApiClient): Promise<boolean> {
  const ready = await client.get('/readyz');
  if (ready?.status !== 200) return false;
  const namespace = await client.get('/api/v1/namespaces/default');
  return namespace?.status === 200;
}

async function readVersion(client: ApiClient): Promise<string> {
  const answer = await client.get('/version');
  return /"gitVersion":\s*"([^"]+)"/u.exec(answer?.body ?? '')?.[1] ?? 'unknown';
}

async function explain(
  name: string,
  program: SupervisedProcess,
  logFile: string,
): Promise<SandboxProblem> {
  const how = program.ended() ?? 'not ready in time';
  return new SandboxProblem(
    `${name} did not come up (${how}). Its last lines:\n${await readTail(logFile)}`,
  );
}

interface KubeconfigOptions {
  readonly url: string;
  readonly caPem: string;
  readonly user: string;
  readonly token: string;
}

/** JSON is YAML: no quoting to get wrong. */
function renderKubeconfig({ url, caPem, user, token }: KubeconfigOptions): string {
  const name = 'keyward-sandbox';
  const authority = Buffer.from(caPem).toString('base64');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server: url, 'certificate-authority-data': authority } }],
    users: [{ name: user, user: { token } }],
    contexts: [{ name, context: { cluster: name, user, namespace: 'default' } }],
    'current-context': name,
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}
