import { getCACertificates } from 'node:tls';
import { isIP } from 'node:net';
import { Agent, request, type Dispatcher } from 'undici';
import { isReservedAddress, lookupPublicAddress } from './addresses.ts';
import { RegistryError } from './registry-error.ts';

export interface TransportOptions {
  /** Trusted besides what the process trusts (the system's roots and NODE_EXTRA_CA_CERTS). */
  readonly caPem?: string;
  /** `host[:port]` that are spoken to without TLS. Empty by default. */
  readonly plainHttp: readonly string[];
  /** `host[:port]` that a redirect or a token realm may lead to besides the registry itself, private or not. */
  readonly allowedHosts: readonly string[];
  /** At most this many requests to one registry at a time. */
  readonly connectionsPerHost: number;
  readonly callTimeoutMs: number;
}

export interface Outgoing {
  readonly url: URL;
  /** The registry whose answer led here: itself and allowed hosts may be private, others may not. */
  readonly origin: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

export interface Transport {
  /** https unless the operator listed the host. */
  baseUrl(host: string): URL;
  isAllowed(url: URL, origin: URL): boolean;
  /** Sends one GET; redirects come back as they are. Rejects as undici does, or with RegistryError. */
  send(outgoing: Outgoing): Promise<Dispatcher.ResponseData>;
  close(): Promise<void>;
}

/** Image references choose hosts, so their number is bounded. */
const HOSTS_LIMIT = 256;
/** Beyond this many waiting, an answer would come too late for its review. */
const QUEUE_LIMIT = 1000;

/** One pool of kept-alive connections for each host, and a second, guarded set for hosts that only a redirect named. */
export function createTransport(options: TransportOptions): Transport {
  const ca =
    options.caPem === undefined ? {} : { ca: [...getCACertificates('default'), options.caPem] };
  const shared = {
    connections: options.connectionsPerHost,
    maxOrigins: HOSTS_LIMIT,
    allowH2: false,
    headersTimeout: options.callTimeoutMs,
    bodyTimeout: options.callTimeoutMs,
    keepAliveTimeout: 30_000,
  };
  const connect = { timeout: options.callTimeoutMs, ...ca };
  const direct = new Agent({ ...shared, connect });
  const guarded = new Agent({ ...shared, connect: { ...connect, lookup: lookupPublicAddress } });

  /** Requests without an answer yet, by origin. */
  const waiting = new Map<string, number>();

  const isAllowed = (url: URL, origin: URL): boolean =>
    url.origin === origin.origin ||
    (options.allowedHosts.includes(url.host) && schemeFits(url, options.plainHttp));

  return {
    baseUrl: (host) => {
      const scheme = options.plainHttp.includes(host) ? 'http' : 'https';
      return parseHost(scheme, host);
    },
    isAllowed,
    send: async ({ url, origin, headers, signal }) => {
      const known = isAllowed(url, origin);
      if (!known) refuseForeign(url);
      const agent = known ? direct : guarded;
      const queued = waiting.get(url.origin) ?? 0;
      if (queued >= QUEUE_LIMIT) {
        throw new RegistryError('OVERLOADED', `too many requests are waiting for ${url.host}`);
      }
      waiting.set(url.origin, queued + 1);
      try {
        return await request(url, { dispatcher: agent, method: 'GET', headers, signal });
      } finally {
        const left = (waiting.get(url.origin) ?? 1) - 1;
        if (left > 0) waiting.set(url.origin, left);
        else waiting.delete(url.origin);
      }
    },
    close: async () => {
      await Promise.all([direct.destroy(), guarded.destroy()]);
    },
  };
}

function schemeFits(url: URL, plainHttp: readonly string[]): boolean {
  return url.protocol === 'https:' || (url.protocol === 'http:' && plainHttp.includes(url.host));
}

/** A literal address never reaches the resolver, so it is judged here. */
function refuseForeign(url: URL): void {
  const literal = url.hostname.replace(/^\[(.*)\]$/u, '$1');
  const reserved = isIP(literal) !== 0 && isReservedAddress(literal);
  if (url.protocol !== 'https:' || reserved || url.username !== '' || url.password !== '') {
    throw new RegistryError(
      'REGISTRY_REDIRECT_REFUSED',
      `the registry sent us to ${url.protocol}//${url.host}, where we do not go`,
    );
  }
}

function parseHost(scheme: string, host: string): URL {
  const url = URL.parse(`${scheme}://${host}/`);
  // `host@evil`, `host/path` and the like would change meaning inside a URL.
  if (url === null || url.pathname !== '/' || url.username !== '' || url.search !== '') {
    throw new RegistryError('REGISTRY_UNREACHABLE', 'not a registry host name');
  }
  return url;
}
