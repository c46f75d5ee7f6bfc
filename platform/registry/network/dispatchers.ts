import { getCACertificates } from 'node:tls';
import { Agent, ProxyAgent, type Dispatcher } from 'undici';
import type { Reach } from './addresses.ts';
import { createLookup, type Resolve } from './lookup.ts';

export interface DispatcherOptions {
  /** Trusted besides what the process trusts (the system's roots and NODE_EXTRA_CA_CERTS). */
  readonly caPem?: string;
  /** Any certificate of a registry will do, if not of a proxy: for a person at a keyboard, never for a webhook. */
  readonly insecureSkipTlsVerify?: boolean;
  /** `dns.lookup` by default. */
  readonly resolve?: Resolve;
  /** At most this many requests to one registry at a time. */
  readonly connectionsPerHost: number;
  readonly callTimeoutMs: number;
}

/** Image references choose hosts, so their number is bounded. */
const HOSTS_LIMIT = 256;

export interface Dispatchers {
  (reach: Reach, proxy: string | undefined): Dispatcher;
  close(): Promise<void>;
}

/** Made when first needed: for each proxy one set of pools, without proxy one for each reach, whose resolver says where a name may lead. */
export function createDispatchers(options: DispatcherOptions): Dispatchers {
  const proxyTls =
    options.caPem === undefined ? {} : { ca: [...getCACertificates('default'), options.caPem] };
  const tls = {
    ...proxyTls,
    ...(options.insecureSkipTlsVerify === true ? { rejectUnauthorized: false } : {}),
  };
  const shared = {
    connections: options.connectionsPerHost,
    maxOrigins: HOSTS_LIMIT,
    allowH2: false,
    headersTimeout: options.callTimeoutMs,
    bodyTimeout: options.callTimeoutMs,
    keepAliveTimeout: 30_000,
  };
  const timeout = options.callTimeoutMs;
  const made = new Map<string, Dispatcher>();
  const make = (reach: Reach, proxy: string | undefined): Dispatcher =>
    proxy === undefined
      ? new Agent({
          ...shared,
          connect: { timeout, ...tls, lookup: createLookup(reach, options.resolve) },
        })
      : new ProxyAgent({
          ...shared,
          uri: proxy,
          connectTimeout: timeout,
          requestTls: tls,
          proxyTls,
        });
  const find = (reach: Reach, proxy: string | undefined): Dispatcher => {
    const key = proxy ?? reach;
    const dispatcher = made.get(key) ?? make(reach, proxy);
    made.set(key, dispatcher);
    return dispatcher;
  };
  return Object.assign(find, {
    close: async () => {
      await Promise.all([...made.values()].map((dispatcher) => dispatcher.destroy()));
    },
  });
}
