import { BlockList, isIP } from 'node:net';

export interface ProxySettings {
  /** `http://proxy:3128`, with user and password where it asks for them. For https addresses. */
  readonly https?: string;
  /** For the registries that are spoken to without TLS. */
  readonly http?: string;
  /** Hosts that are reached without a proxy: names, `.suffixes`, addresses, CIDR ranges, `*`; a port may follow. */
  readonly noProxy?: string;
}

/** The proxy for an address; undefined: none. */
export type FindProxy = (url: URL) => string | undefined;

const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'https:': 443, 'http:': 80 };

/**
 * HTTPS_PROXY, HTTP_PROXY and NO_PROXY as Go programs read them, which is what a cluster's other components are configured by: each
 * scheme has its own proxy, CIDR ranges count, loopback is never proxied. (undici's EnvHttpProxyAgent knows no ranges, and takes the
 * one proxy for the other.)
 * @throws TypeError that names the variable and not its value, which may hold a password
 */
export function createProxyRule({ https, http, noProxy = '' }: ProxySettings): FindProxy {
  const proxies: Readonly<Record<string, string | undefined>> = {
    'https:': parseProxy(https, 'HTTPS_PROXY'),
    'http:': parseProxy(http, 'HTTP_PROXY'),
  };
  const exceptions = noProxy
    .split(/[,\s]+/u)
    .filter((entry) => entry !== '')
    .map(parseException);
  return (url) => {
    const host = url.hostname.replace(/^\[(.*)\]$/u, '$1').replace(/\.$/u, '');
    const port = url.port === '' ? DEFAULT_PORTS[url.protocol] : Number(url.port);
    const isDirect = isLoopback(host) || exceptions.some((covers) => covers(host, port));
    return isDirect ? undefined : proxies[url.protocol];
  };
}

function parseProxy(value: string | undefined, variable: string): string | undefined {
  if (value === undefined || value === '') return undefined;
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//iu.test(value) ? value : `http://${value}`);
  if (url === null || !/^https?:$/u.test(url.protocol) || url.hostname === '') {
    throw new TypeError(`${variable} is not the address of an http or https proxy`);
  }
  return url.href;
}

type Exception = (host: string, port: number | undefined) => boolean;

function parseException(entry: string): Exception {
  if (entry === '*') return () => true;
  const range = parseRange(entry);
  if (range !== undefined) return (host) => isIP(host) !== 0 && range(host);
  const [, bracketed, named = '', digits] =
    /^(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?$/u.exec(entry) ?? [];
  const name = (bracketed ?? named).toLowerCase();
  const domain = name.replace(/^\*?\./u, '').replace(/\.$/u, '');
  const port = digits === undefined ? undefined : Number(digits);
  return (host, asked) =>
    domain !== '' &&
    (port === undefined || port === asked) &&
    (host === domain || host.endsWith(`.${domain}`));
}

function parseRange(entry: string): ((address: string) => boolean) | undefined {
  const [network = '', prefix, ...more] = entry.split('/');
  const family = isIP(network) === 4 ? 'ipv4' : 'ipv6';
  const longest = family === 'ipv4' ? 32 : 128;
  if (isIP(network) === 0 || more.length > 0 || !/^\d{1,3}$/u.test(prefix ?? String(longest)))
    return undefined;
  const bits = Number(prefix ?? longest);
  if (bits > longest) return undefined;
  const list = new BlockList();
  list.addSubnet(network, bits, family);
  return (address) => list.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6');
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}
