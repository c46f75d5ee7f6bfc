import { isIP } from 'node:net';
import { request, type Dispatcher } from 'undici';
import { isRefused, type Reach } from './addresses.ts';
import { createDispatchers, type DispatcherOptions } from './dispatchers.ts';
import { AddressRefused, resolveWithin, type Resolve } from './lookup.ts';
import { createProxyRule, type ProxySettings } from './proxy.ts';
import { RegistryError } from '../registry-error.ts';
import { isStaleConnection } from '../failures.ts';
import { within } from './within.ts';

export interface TransportOptions extends DispatcherOptions {
  /** `host[:port]` that are spoken to without TLS. Empty by default. */
  readonly plainHttp: readonly string[];
  /** `host[:port]` that a redirect or a token realm may lead to besides the registry itself. They may be anywhere but at metadata. */
  readonly allowedHosts: readonly string[];
  /** Where a registry may be that an image reference names. */
  readonly registryReach: Reach;
  /** None by default. */
  readonly proxy?: ProxySettings;
}

export interface Outgoing {
  readonly url: URL;
  /** The registry whose answer led here: itself and allowed hosts may be private, others may not. */
  readonly origin: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** Given: it is a POST of this form. */
  readonly form?: Readonly<Record<string, string>>;
}

export interface Transport {
  /** https unless the operator listed the host. */
  baseUrl(host: string): URL;
  isAllowed(url: URL, origin: URL): boolean;
  /** Sends one request; redirects come back as they are. Rejects as undici does, or with RegistryError or AddressRefused. */
  send(outgoing: Outgoing): Promise<Dispatcher.ResponseData>;
  close(): Promise<void>;
}

/** Beyond this many waiting, an answer would come too late for its review. */
const QUEUE_LIMIT = 1000;

/** Pools of kept-alive connections, one set for each reach: the resolver of each decides where a name may lead. */
export function createTransport(options: TransportOptions): Transport {
  const findDispatcher = createDispatchers(options);
  const findProxy = createProxyRule(options.proxy ?? {});
  /** Requests without an answer yet, by origin. */
  const waiting = new Map<string, number>();

  const isAllowed = (url: URL, origin: URL): boolean =>
    url.origin === origin.origin ||
    (options.allowedHosts.includes(url.host) && schemeFits(url, options.plainHttp));

  const reachOf = (url: URL, origin: URL): Reach => {
    // By exact host and port the operator may open what nobody else can: a registry on loopback.
    if (options.allowedHosts.includes(url.host)) return 'any';
    if (url.origin !== origin.origin) return 'public';
    return options.plainHttp.includes(url.host) ? 'any' : options.registryReach;
  };

  const dispatch = async (outgoing: Outgoing): Promise<Dispatcher.ResponseData> => {
    const { url, origin, signal, form } = outgoing;
    if (!isAllowed(url, origin)) refuseForeign(url);
    const reach = reachOf(url, origin);
    refuseLiteral(url, reach);
    const proxy = findProxy(url);
    // The proxy resolves by itself. A host that a registry named must be a public one by our own resolver too, or be listed.
    if (proxy !== undefined && reach === 'public') {
      await within(requirePublic(url, options.resolve), signal);
    }
    const headers = {
      ...outgoing.headers,
      'accept-encoding': 'identity',
      'user-agent': 'keyward',
    };
    const dispatcher = findDispatcher(reach, proxy);
    if (form === undefined) return request(url, { dispatcher, method: 'GET', headers, signal });
    return request(url, {
      dispatcher,
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(form).toString(),
      signal,
    });
  };

  return {
    baseUrl: (host) => parseHost(options.plainHttp.includes(host) ? 'http' : 'https', host),
    isAllowed,
    send: async (outgoing) => {
      const { origin, host } = outgoing.url;
      const queued = waiting.get(origin) ?? 0;
      if (queued >= QUEUE_LIMIT) {
        throw new RegistryError('OVERLOADED', `too many requests are waiting for ${host}`);
      }
      waiting.set(origin, queued + 1);
      try {
        return await dispatch(outgoing);
      } catch (failure) {
        if (outgoing.signal.aborted || !isStaleConnection(failure)) throw failure;
        return await dispatch(outgoing);
      } finally {
        const left = (waiting.get(origin) ?? 1) - 1;
        if (left > 0) waiting.set(origin, left);
        else waiting.delete(origin);
      }
    },
    close: () => findDispatcher.close(),
  };
}

function schemeFits(url: URL, plainHttp: readonly string[]): boolean {
  return url.protocol === 'https:' || (url.protocol === 'http:' && plainHttp.includes(url.host));
}

function refuseForeign(url: URL): void {
  if (url.protocol !== 'https:' || url.username !== '' || url.password !== '') {
    throw new RegistryError(
      'REGISTRY_REDIRECT_REFUSED',
      `the registry sent us to ${url.protocol}//${url.host}, where we do not go`,
    );
  }
}

async function requirePublic(url: URL, resolve: Resolve | undefined): Promise<void> {
  try {
    await resolveWithin(url.hostname, 'public', resolve);
  } catch (error) {
    if (error instanceof AddressRefused) throw error;
    throw new RegistryError(
      'REGISTRY_REDIRECT_REFUSED',
      `${url.host} does not resolve here, and only listed hosts are left to the proxy (KEYWARD_REGISTRY_ALLOWED_HOSTS)`,
    );
  }
}

/** A literal address never reaches the resolver, so it is judged here. */
function refuseLiteral(url: URL, reach: Reach): void {
  const literal = url.hostname.replace(/^\[(.*)\]$/u, '$1');
  if (isIP(literal) !== 0 && isRefused(literal, reach)) throw new AddressRefused(literal, reach);
}

function parseHost(scheme: string, host: string): URL {
  const url = URL.parse(`${scheme}://${host}/`);
  // `host@evil`, `host/path` and the like would change meaning inside a URL.
  if (url === null || url.pathname !== '/' || url.username !== '' || url.search !== '') {
    throw new RegistryError('REGISTRY_UNREACHABLE', 'not a registry host name');
  }
  return url;
}
