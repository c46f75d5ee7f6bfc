import type { BusAddress, BusEntity } from '../platform/bus/session.ts';
import { createCredential, type TokenCredential } from '../platform/identity/workload-identity.ts';
import type { WorkerConfig } from './config.ts';

export interface AzureAccess {
  readonly credential: TokenCredential;
  /** Undefined: no events are configured. */
  readonly bus: { readonly address: BusAddress; readonly entity: BusEntity } | undefined;
}

/** The worker's one identity, for vaults and for the bus where that has no key of its own. */
export function createAzureAccess({ identity, bus }: WorkerConfig): AzureAccess {
  const credential = identity === undefined ? noIdentity() : createCredential(identity);
  if (bus === undefined) return { credential, bus };
  const { address, entity } = bus;
  return {
    credential,
    bus: { entity, address: 'namespace' in address ? { ...address, credential } : address },
  };
}

/** Of an installation that follows no vault: whoever asks it has found a fault of keyward's own. */
function noIdentity(): TokenCredential {
  return {
    getToken: () => Promise.reject(new Error('no workload identity is configured')),
  };
}
