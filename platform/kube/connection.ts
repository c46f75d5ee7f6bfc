import { existsSync } from 'node:fs';
import { createHash } from 'node:crypto';
import type { RequestOptions } from 'node:https';
import path from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { Agent, ProxyAgent, type Dispatcher } from 'undici';
import { KubeError } from './kube-error.ts';

type RequestContext = Parameters<KubeConfig['applySecurityAuthentication']>[0];

const SERVICE_ACCOUNT_TOKEN = '/var/run/secrets/kubernetes.io/serviceaccount/token';

/**
 * client-node's authentication over ONE shared connection pool. client-node itself builds an agent for each call: as many
 * TLS handshakes and open sockets as calls. The pool is rebuilt when the CA or client certificate on disk changes.
 */
export class SharedAgentConfig extends KubeConfig {
  #shared: { readonly fingerprint: string; readonly dispatcher: Dispatcher } | undefined;

  override async applySecurityAuthentication(context: RequestContext): Promise<void> {
    const { headers, dispatcher } = await this.authorize();
    for (const [name, value] of Object.entries(headers)) context.setHeaderParam(name, value);
    context.setDispatcher(dispatcher);
  }

  /** The headers of the next request (a rotated in-cluster token is read here) and the shared pool. */
  async authorize(): Promise<{ headers: Record<string, string>; dispatcher: Dispatcher }> {
    const options: RequestOptions = {};
    await this.applyToHTTPSOptions(options);
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(options.headers ?? {}))
      headers[name] = String(value);
    if (typeof options.auth === 'string')
      headers['Authorization'] = `Basic ${Buffer.from(options.auth).toString('base64')}`;
    return { headers, dispatcher: this.#dispatcherFor(options) };
  }

  async close(): Promise<void> {
    await this.#shared?.dispatcher.destroy();
    this.#shared = undefined;
  }

  #dispatcherFor(options: RequestOptions): Dispatcher {
    const fingerprint = fingerprintOf(options);
    if (this.#shared?.fingerprint === fingerprint) return this.#shared.dispatcher;
    // The old pool finishes what is in flight, watches included, then goes.
    this.#shared?.dispatcher.close().catch(() => undefined);
    const dispatcher = createDispatcher(options, this.getCurrentCluster()?.proxyUrl);
    this.#shared = { fingerprint, dispatcher };
    return dispatcher;
  }
}

/**
 * Reads the kubeconfig (a path, or several joined by the path delimiter), else the service account of the pod, else
 * client-node's default places.
 * @throws KubeError INVALID when there is none or it names no cluster.
 */
export function loadConnection(kubeconfig: string | undefined): SharedAgentConfig {
  const config = new SharedAgentConfig();
  try {
    if (kubeconfig !== undefined) loadFiles(config, kubeconfig);
    else if (existsSync(SERVICE_ACCOUNT_TOKEN)) config.loadFromCluster();
    else config.loadFromDefault();
  } catch (error) {
    const why = error instanceof Error ? error.message : 'unreadable';
    throw new KubeError('INVALID', `the kubeconfig cannot be used: ${why}`, { cause: error });
  }
  const cluster = config.getCurrentCluster();
  const server = cluster?.server;
  if (server === undefined || server === '' || !URL.canParse(server))
    throw new KubeError('INVALID', 'the kubeconfig names no cluster in its current context');
  // client-node would say so at each call, as if the server were out of reach.
  if (server.startsWith('http:') && cluster?.skipTLSVerify !== true)
    throw new KubeError('INVALID', `the kubeconfig's server ${server} is not https`);
  return config;
}

function loadFiles(config: SharedAgentConfig, paths: string): void {
  const [first, ...rest] = paths.split(path.delimiter).filter((each) => each !== '');
  if (first === undefined) throw new Error('the path is empty');
  config.loadFromFile(first);
  for (const each of rest) {
    const next = new KubeConfig();
    next.loadFromFile(each);
    config.mergeConfig(next);
  }
}

function createDispatcher(options: RequestOptions, proxyUrl: string | undefined): Dispatcher {
  const tls = {
    ...(options.ca === undefined ? {} : { ca: options.ca }),
    ...(options.cert === undefined ? {} : { cert: options.cert }),
    ...(options.key === undefined ? {} : { key: options.key }),
    ...(options.servername === undefined ? {} : { servername: options.servername }),
    ...(options.rejectUnauthorized === undefined
      ? {}
      : { rejectUnauthorized: options.rejectUnauthorized }),
  };
  const common = { allowH2: false, keepAliveTimeout: 30_000, headersTimeout: 0, bodyTimeout: 0 };
  if (proxyUrl === undefined)
    return new Agent({ ...common, connect: { ...tls, keepAlive: true, timeout: 5_000 } });
  if (!/^https?:/.test(proxyUrl))
    throw new KubeError('INVALID', 'only an http or https proxy-url is supported in a kubeconfig');
  return new ProxyAgent({ ...common, uri: proxyUrl, requestTls: tls });
}

function fingerprintOf(options: RequestOptions): string {
  const hash = createHash('sha256');
  for (const part of [options.ca, options.cert, options.key, options.servername])
    hash.update(Buffer.isBuffer(part) || typeof part === 'string' ? part : '').update('\0');
  return hash.update(String(options.rejectUnauthorized)).digest('hex');
}
