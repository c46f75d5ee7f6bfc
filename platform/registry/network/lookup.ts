import { lookup, type LookupAddress, type LookupAllOptions } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { describeRefusal, isRefused, type Reach } from './addresses.ts';

/** A host leads, or is, where nobody of this reach may be asked. */
export class AddressRefused extends Error {
  readonly code = 'ADDRESS_REFUSED';
  readonly reach: Reach;

  constructor(host: string, reach: Reach) {
    super(`'${host}' leads to ${describeRefusal(reach)}`);
    this.reach = reach;
  }
}

/** `dns.lookup` for all addresses. */
export type Resolve = (
  hostname: string,
  options: LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/**
 * A resolver for sockets that refuses names with any address out of reach. It is the connection's own resolver, so that a name cannot
 * show one address to a check and another to the connection (DNS rebinding).
 */
export function createLookup(reach: Reach, resolve: Resolve = lookup): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) {
        callback(error, '', 0);
        return;
      }
      const first = addresses[0];
      const refused = addresses.find(({ address }) => isRefused(address, reach));
      if (first === undefined || refused !== undefined) {
        callback(new AddressRefused(hostname, reach), '', 0);
      } else if (options.all === true) {
        callback(null, addresses);
      } else {
        callback(null, first.address, first.family);
      }
    });
  };
}

/** Judges the name as this machine resolves it, for a connection that somebody else makes: a proxy. */
export function resolveWithin(hostname: string, reach: Reach, resolve?: Resolve): Promise<void> {
  return new Promise((settle, reject) => {
    createLookup(reach, resolve)(hostname, { all: true }, (error) => {
      if (error === null) settle();
      else reject(error);
    });
  });
}
