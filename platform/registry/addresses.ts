import { lookup } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/**
 * Addresses that a public name must not lead to: whoever controls a registry, or its storage's DNS, must not make keyward
 * speak to the node's metadata service or to the cluster's inside (A137). From the IANA special-purpose registries (RFC 6890).
 */
const RESERVED: readonly (readonly [address: string, prefix: number, family: 'ipv4' | 'ipv6'])[] = [
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

const reserved = new BlockList();
for (const [address, prefix, family] of RESERVED) reserved.addSubnet(address, prefix, family);

/** True for private, loopback, link-local and other special addresses; IPv4-mapped IPv6 is judged as IPv4. */
export function isReservedAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 0) return true;
  // BlockList judges ::ffff:a.b.c.d by the IPv4 rules itself.
  return reserved.check(address, family === 4 ? 'ipv4' : 'ipv6');
}

export class AddressRefused extends Error {
  readonly code = 'ADDRESS_REFUSED';
}

/**
 * A resolver for sockets that refuses names with any reserved address. It is the connection's own resolver, so that a
 * name cannot show one address to a check and another to the connection (DNS rebinding).
 */
export const lookupPublicAddress: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error !== null) {
      callback(error, '', 0);
      return;
    }
    const first = addresses[0];
    const refused = addresses.find(({ address }) => isReservedAddress(address));
    if (first === undefined || refused !== undefined) {
      callback(new AddressRefused(`'${hostname}' leads to a reserved address`), '', 0);
    } else if (options.all === true) {
      callback(null, addresses);
    } else {
      callback(null, first.address, first.family);
    }
  });
};
