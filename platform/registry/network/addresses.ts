import { BlockList, isIP } from 'node:net';

type Range = readonly [address: string, prefix: number, family: 'ipv4' | 'ipv6'];

/**
 * Addresses that a public name must not lead to: whoever controls a registry, or its storage's DNS, must not make keyward
 * speak to the node's metadata service or to the cluster's inside (A137). From the IANA special-purpose registries (RFC 6890).
 */
const RESERVED: readonly Range[] = [
  ['0.0.0.0', 8, 'ipv4'],
  ['10.0.0.0', 8, 'ipv4'],
  ['100.64.0.0', 10, 'ipv4'], // also Alibaba's metadata service
  ['127.0.0.0', 8, 'ipv4'],
  ['168.63.129.16', 32, 'ipv4'], // Azure's wire server: a public address that only the host serves
  ['169.254.0.0', 16, 'ipv4'],
  ['172.16.0.0', 12, 'ipv4'],
  ['192.0.0.0', 24, 'ipv4'],
  ['192.0.2.0', 24, 'ipv4'],
  ['192.168.0.0', 16, 'ipv4'],
  ['198.18.0.0', 15, 'ipv4'],
  ['198.51.100.0', 24, 'ipv4'],
  ['203.0.113.0', 24, 'ipv4'],
  ['224.0.0.0', 4, 'ipv4'],
  ['240.0.0.0', 4, 'ipv4'],
  ['::', 127, 'ipv6'], // unspecified and loopback
  ['64:ff9b::', 96, 'ipv6'], // NAT64: an IPv4 address inside
  ['64:ff9b:1::', 48, 'ipv6'],
  ['100::', 64, 'ipv6'],
  ['2001::', 23, 'ipv6'],
  ['2001:db8::', 32, 'ipv6'],
  ['2002::', 16, 'ipv6'], // 6to4: an IPv4 address inside
  ['fc00::', 7, 'ipv6'],
  ['fe80::', 10, 'ipv6'],
  ['fec0::', 10, 'ipv6'],
  ['ff00::', 8, 'ipv6'],
];

/**
 * Addresses at which no registry is: a node's and a cloud's metadata services, and what is no host's address at all. They are refused
 * whoever names them, an image reference included: whoever may create a pod must not make keyward ask for the node's identity (B-74).
 */
const FORBIDDEN: readonly Range[] = [
  ['0.0.0.0', 8, 'ipv4'],
  ['100.100.100.200', 32, 'ipv4'], // Alibaba
  ['168.63.129.16', 32, 'ipv4'], // Azure's wire server
  ['169.254.0.0', 16, 'ipv4'], // link-local: Azure, AWS, GCP and others
  ['192.0.0.192', 32, 'ipv4'], // Oracle
  ['224.0.0.0', 4, 'ipv4'],
  ['240.0.0.0', 4, 'ipv4'],
  ['::', 128, 'ipv6'],
  ['fd00:ec2::254', 128, 'ipv6'], // AWS
  ['fd20:ce::254', 128, 'ipv6'], // GCP
  ['fe80::', 10, 'ipv6'],
  ['fec0::', 10, 'ipv6'],
  ['ff00::', 8, 'ipv6'],
];

const LOOPBACK: readonly Range[] = [
  ['127.0.0.0', 8, 'ipv4'],
  ['::1', 128, 'ipv6'],
];

const reserved = blockListOf(RESERVED);
const forbidden = blockListOf(FORBIDDEN);
const loopback = blockListOf(LOOPBACK);

/** True for private, loopback, link-local and other special addresses; IPv4-mapped IPv6 is judged as IPv4. */
export function isReservedAddress(address: string): boolean {
  return isIP(address) === 0 || holds(reserved, address) || isForbiddenAddress(address);
}

/** True for addresses that nobody is asked at; an IPv4 address inside an IPv6 one is judged as itself. */
export function isForbiddenAddress(address: string): boolean {
  return isIP(address) === 0 || holds(forbidden, address);
}

/**
 * Where a host may be. `public`: one that only a redirect or a token realm named. `private`: one that an image reference named;
 * private endpoints are how registries are reached from most clusters. `any`: one that the operator named. None includes metadata.
 */
export type Reach = 'public' | 'private' | 'any';

export function isRefused(address: string, reach: Reach): boolean {
  switch (reach) {
    case 'public':
      return isReservedAddress(address);
    case 'private':
      return isForbiddenAddress(address) || holds(loopback, address);
    case 'any':
      return isForbiddenAddress(address);
  }
}

/** What is wrong with an address, in words. */
export function describeRefusal(reach: Reach): string {
  switch (reach) {
    case 'public':
      return 'a reserved address';
    case 'private':
      return 'a loopback, link-local or metadata address';
    case 'any':
      return 'a link-local or metadata address';
  }
}

function blockListOf(ranges: readonly Range[]): BlockList {
  const list = new BlockList();
  for (const [address, prefix, family] of ranges) list.addSubnet(address, prefix, family);
  return list;
}

function holds(list: BlockList, address: string): boolean {
  // `fe80::1%eth0`: the zone says through which interface, not where.
  const [bare = ''] = address.split('%');
  const inside = isIP(bare) === 6 ? embeddedIPv4(bare) : undefined;
  // BlockList judges ::ffff:a.b.c.d by the IPv4 rules itself.
  if (list.check(bare, isIP(bare) === 4 ? 'ipv4' : 'ipv6')) return true;
  return inside !== undefined && list.check(inside, 'ipv4');
}

/** The IPv4 address that a translator or tunnel makes of an IPv6 one: NAT64 (RFC 6052, 8215), 6to4, and the older forms. */
function embeddedIPv4(address: string): string | undefined {
  const groups = expandIPv6(address);
  const [first, second] = groups;
  const isNat64 = first === 0x64 && second === 0xff9b;
  if (first === 0x2002) return formatIPv4(groups.slice(1));
  return isNat64 || isOldForm(groups) ? formatIPv4(groups.slice(6)) : undefined;
}

/** `::a.b.c.d` and `::ffff:0:a.b.c.d`; not `::1`, which is loopback and no 0.0.0.1. */
function isOldForm(groups: readonly number[]): boolean {
  const [high = 0, low = 0] = groups.slice(6);
  const prefix = groups.slice(0, 6).join(' ');
  return (prefix === '0 0 0 0 0 0' || prefix === '0 0 0 0 65535 0') && !(high === 0 && low <= 1);
}

function formatIPv4([high = 0, low = 0]: readonly number[]): string {
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

function expandIPv6(address: string): readonly number[] {
  // The URL parser writes every address in hexadecimal groups, also those that end in dotted IPv4.
  const canonical = new URL(`http://[${address}]/`).hostname.slice(1, -1);
  const [head = '', tail] = canonical.split('::');
  const parse = (part: string) =>
    part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16));
  const [left, right] = [parse(head), parse(tail ?? '')];
  const missing = tail === undefined ? 0 : 8 - left.length - right.length;
  return [...left, ...Array.from({ length: missing }, () => 0), ...right];
}
