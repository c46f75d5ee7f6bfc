import { createPublicKey } from 'node:crypto';
import { once } from 'node:events';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Kube } from '../../platform/kube/kube.ts';
import { loadKube } from '../../platform/kube/load-kube.ts';
import { RESOURCES } from '../../platform/kube/resources.ts';
import {
  createCertificateAuthority,
  type CertificateAuthority,
} from '../../sandbox/certificates.ts';
import { startKubeApi, type KubeApi } from '../../sandbox/kube/kube-api.ts';
import { startChild, type ChildProgram } from '../../sandbox/processes/child.ts';
import { readMetric } from '../../sandbox/processes/metric.ts';
import {
  startRegistry,
  type RegistryOptions,
  type RegistryStandIn,
} from '../../sandbox/registry/registry.ts';
import { installKeyward } from '../../sandbox/setup.ts';
import { signImage } from '../../sandbox/signer/sign-image.ts';
import { generateKey, signDigest } from '../../sandbox/vault/key-material.ts';
import { loadPublicKey } from '../../core/keys/public-key.ts';
import { podOf, requestOf, reviewOf } from '../support/reviews.ts';
import { waitUntil } from '../support/wait-until.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const VERSION = '3f9a0000000000000000000000000001';
export const KEY = `azurekms://contoso.vault.azure.net/cosign-key/${VERSION}`;

export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly allowed?: boolean;
  readonly message: string;
  readonly warnings: readonly string[];
  readonly code?: string;
}

interface Response {
  readonly allowed: boolean;
  readonly uid: string;
  readonly status?: { readonly message: string };
  readonly warnings?: readonly string[];
  readonly auditAnnotations?: Readonly<Record<string, string>>;
}

export interface World extends AsyncDisposable {
  readonly kube: Kube;
  readonly api: KubeApi;
  readonly registry: RegistryStandIn;
  readonly child: ChildProgram;
  readonly env: Readonly<Record<string, string>>;
  /** `host/name@digest` of a new image, signed by the trusted version or not at all. */
  push(name: string, signed?: 'legacy' | 'bundle'): Promise<string>;
  /** A review of a new pod with these images. */
  ask(
    images: readonly string[],
    options?: { namespace?: string; timeout?: string },
  ): Promise<Answer>;
  post(path: string, body: string | Buffer, port?: number): Promise<Answer>;
  /** A sum of the webhook's own metrics. */
  metric(name: string, labels: Readonly<Record<string, string>>): Promise<number>;
  /** Until the webhook's log has a line with this text. */
  untilLogged(text: string): Promise<void>;
  /** All that the webhook has logged. */
  log(): Promise<string>;
  label(namespace: string, enforce: string): Promise<void>;
}

/** What stands before the webhook starts. */
export interface Scenery {
  readonly kube: Kube;
  readonly registry: RegistryStandIn;
  readonly authority: CertificateAuthority;
  /** Writes a file that only the webhook may read; gives its path. */
  write(name: string, text: string): Promise<string>;
  /** Closed with the world. */
  readonly started: AsyncDisposableStack;
}

export interface WorldOptions {
  readonly registry?: Partial<Omit<RegistryOptions, 'certificate'>>;
  /** Besides what every webhook has. */
  readonly environment?: (scenery: Scenery) => Promise<Readonly<Record<string, string>>>;
}

/** Stand-ins for the API server and a registry, one key set that must vouch for every image, and the webhook as a process. */
export async function startWorld(options: WorldOptions = {}): Promise<World> {
  await using started = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'keyward-webhook-'));
  started.defer(() => rm(folder, { recursive: true, force: true }));
  const write = async (name: string, text: string): Promise<string> => {
    await writeFile(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };
  const authority = await createCertificateAuthority();
  const issue = (commonName: string) =>
    authority.issue({ commonName, dnsNames: [commonName], ipAddresses: ['127.0.0.1'] });
  const api = await startKubeApi({ certificates: authority });
  started.defer(() => api.close());
  const kube = await loadKube({ kubeconfig: await write('admin.kubeconfig', api.kubeconfig()) });
  started.defer(() => kube.close());
  await installKeyward(kube);
  const key = generateKey({ kty: 'EC', curve: 'P-256' });
  const publicKey = createPublicKey(key.privateKey);
  await createKeySet(kube, publicKey.export({ format: 'pem', type: 'spki' }).toString());
  const certificate = await issue(options.registry?.name ?? 'registry');
  const registry = await startRegistry({ certificate, ...options.registry });
  started.defer(() => registry.close());
  const registryName = options.registry?.name ?? registry.host;

  const { certPem, keyPem } = await issue('webhook');
  const env = {
    KUBECONFIG: await write('webhook.kubeconfig', api.kubeconfig('keyward-webhook')),
    KEYWARD_LISTEN_HOST: '127.0.0.1',
    KEYWARD_LISTEN_PORT: '0',
    KEYWARD_METRICS_HOST: '127.0.0.1',
    KEYWARD_METRICS_PORT: '0',
    KEYWARD_TLS_CERT_FILE: await write('tls.crt', certPem),
    KEYWARD_TLS_KEY_FILE: await write('tls.key', keyPem),
    KEYWARD_REGISTRY_CA_FILE: await write('ca.pem', authority.caPem),
    KEYWARD_REGISTRY_ALLOWED_HOSTS: registry.host,
    KEYWARD_DRAIN_SECONDS: '0',
    ...(await options.environment?.({ kube, registry, authority, write, started })),
  };
  const logFile = join(folder, 'webhook.log');
  const child = await startChild({ program: 'webhook', env, logFile, deadlineMs: 60_000 });
  started.defer(() => child.stop());
  const ops = `http://127.0.0.1:${String(child.listening['metricsPort'])}`;
  await waitUntil(async () => (await fetch(`${ops}/readyz`)).status === 200, 'readiness', 60_000);

  const agent = new Agent({ ca: authority.caPem });
  started.defer(() => {
    agent.destroy();
  });
  const listening = Number(child.listening['port']);
  const post: World['post'] = (path, body, port = listening) => send({ agent, port, path, body });
  const owned = started.move();
  return {
    kube,
    api,
    registry,
    child,
    env,
    post,
    push: async (name, signed) => {
      const { digest } = registry.pushImage(name, 'v1', { content: name });
      if (signed !== undefined)
        await signImage({
          registry,
          repository: name,
          digest,
          format: signed,
          now: Date.now(),
          signer: {
            publicKey,
            sign: async (bytes, algorithm) => signDigest(key, algorithm, bytes),
          },
        });
      return `${registryName}/${name}@${digest}`;
    },
    ask: (images, { namespace = 'team-deny', timeout = '10s' } = {}) => {
      const pod = requestOf({ namespace, object: podOf(images) });
      return post(`/validate?timeout=${timeout}`, reviewOf({ uid: 'asked', ...pod }));
    },
    metric: (name, labels) => readMetric(`${ops}/metrics`, name, labels),
    untilLogged: (text) =>
      waitUntil(async () => (await readFile(logFile, 'utf8')).includes(text), `a log of ${text}`),
    log: () => readFile(logFile, 'utf8'),
    label: async (name, enforce) => {
      const body = { metadata: { labels: { 'keyward.dev/enforce': enforce } } };
      await kube.patch(RESOURCES.namespaces, { name }, { type: 'merge', body });
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Cluster-wide, with one trusted version, vouching for everything; and the namespaces that the tests ask about. */
async function createKeySet(kube: Kube, publicKeyPem: string): Promise<void> {
  const loaded = loadPublicKey({ pem: publicKeyPem });
  if (!loaded.ok) throw new Error(loaded.detail);
  const place = { namespace: 'keyward-system', name: 'prod' };
  await kube.create(RESOURCES.keySets, {
    apiVersion: 'keyward.dev/v1alpha1',
    kind: 'KeySet',
    metadata: place,
    spec: { keys: ['azurekms://contoso.vault.azure.net/cosign-key'], images: ['*'] },
  });
  const now = new Date().toISOString();
  const version = {
    vaultUri: 'https://contoso.vault.azure.net',
    name: 'cosign-key',
    version: VERSION,
    state: 'trusted',
    reason: 'It is enabled and followed.',
    since: now,
    createdOn: now,
    algorithm: 'P-256',
    fingerprint: loaded.key.fingerprint,
    publicKeyPem,
  };
  const status = { trusted: 1, lastReconciledTime: now, versions: [version], conditions: [] };
  await kube.patch(
    RESOURCES.keySets,
    { ...place, subresource: 'status' },
    { type: 'merge', body: { status } },
  );
  for (const enforce of ['deny', 'warn', 'off'])
    await kube.create(RESOURCES.namespaces, {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: `team-${enforce}`, labels: { 'keyward.dev/enforce': enforce } },
    });
}

function send(call: {
  agent: Agent;
  port: number;
  path: string;
  body: string | Buffer;
}): Promise<Answer> {
  const { agent, port, path, body } = call;
  return new Promise((resolve, reject) => {
    const headers = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
    };
    const options = { host: '127.0.0.1', port, path, method: 'POST', headers, agent };
    const sending = request(options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        resolve(readAnswer(response.statusCode ?? 0, Buffer.concat(chunks).toString()));
        // A body that was refused by its length is still being sent.
        sending.destroy();
      });
    });
    sending.on('error', reject);
    sending.end(body);
  });
}

function readAnswer(status: number, text: string): Answer {
  if (status !== 200) return { status, text, message: text, warnings: [] };
  const { response } = JSON.parse(text) as { response: Response };
  const code = response.auditAnnotations?.['code'];
  return {
    status,
    text,
    allowed: response.allowed,
    message: response.status?.message ?? '',
    warnings: response.warnings ?? [],
    ...(code === undefined ? {} : { code }),
  };
}

export interface Program {
  readonly child: ChildProcess;
  /** The fields of its `listening` line. Rejects when it ends before. */
  readonly listening: Promise<Readonly<Record<string, unknown>>>;
  readonly ended: Promise<{ readonly code: number | null; readonly stderr: string }>;
}

/** `bin/keyward webhook` as the container runs it, for what only its end can tell. */
export function runProgram(env: Readonly<Record<string, string>>): Program {
  const child = spawn(join(ROOT, 'bin', 'keyward'), ['webhook'], {
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '/', ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  const said = Promise.withResolvers<Record<string, unknown>>();
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
    const line = stderr.split('\n').find((each) => each.includes('"event":"listening"'));
    if (line !== undefined) said.resolve(JSON.parse(line) as Record<string, unknown>);
  });
  const ended = once(child, 'close').then(([code]) => {
    said.reject(new Error(`it ended before it listened: ${stderr}`));
    return { code: code as number | null, stderr };
  });
  said.promise.catch(() => undefined);
  return { child, listening: said.promise, ended };
}
