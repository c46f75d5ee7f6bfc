import { systemClock, type Clock } from '../../platform/lifecycle/clock.ts';
import type { CertificateAuthority } from '../certificates.ts';
import { SANDBOX_TENANT } from '../entra/entra.ts';
import { serveTls, type StandInRequest, type StandInResponse } from '../entra/serve-tls.ts';
import { answerError, answerForbidden } from './answers.ts';
import { challenge } from './authenticate.ts';
import { createVaultControls, type VaultControls } from './controls.ts';
import { answerFault, type VaultFault } from './faults.ts';
import { answerRequest } from './routes.ts';
import { createVaultRoom, type NewVersionEvent, type VaultRoom } from './vault-room.ts';
import { readTokenClaims } from '../entra/tokens.ts';

export type { NewVersionEvent, VaultStats } from './vault-room.ts';
export type { VaultControls } from './controls.ts';
export type { VaultFault } from './faults.ts';

export interface VaultOptions {
  readonly certificates: CertificateAuthority;
  /** Host names of the vaults; the first is the default one. */
  readonly hosts?: readonly [string, ...string[]];
  readonly tenantId?: string;
  /** Client ids that may read and nothing else, as a role with `keys/read` only. */
  readonly readers?: readonly string[];
  readonly clock?: Clock;
}

/** The controls of the first vault, and the server that they all share. */
export interface VaultStandIn extends VaultControls {
  /** On 127.0.0.1; clients get there through the egress proxy, by the vault's real-looking name. */
  readonly port: number;
  readonly hosts: readonly string[];
  /** The controls of the vault of that host name. */
  at(host: string): VaultControls;
  readonly faults: {
    /** From now on, for all operations of all vaults, or of the one named. */
    set(fault: VaultFault, host?: string): void;
  };
  /** Called after each new version of any vault, whoever made it. Returns the function that ends it. */
  onNewVersion(callback: (event: NewVersionEvent) => void): () => void;
  close(): Promise<void>;
}

/**
 * A stand-in for Azure Key Vault's REST interface for keys, over HTTPS. It answers like Azure where that is known
 * (a disabled version is shown with `enabled: false`), and otherwise on demand.
 */
export async function startVault(options: VaultOptions): Promise<VaultStandIn> {
  const { certificates, hosts = ['contoso.vault.azure.net'], clock = systemClock } = options;
  const subscribers = new Set<(event: NewVersionEvent) => void>();
  const notify = (event: NewVersionEvent) => {
    for (const callback of subscribers) callback(event);
  };
  const rooms = new Map(
    hosts.map((host) => [host, createVaultRoom(`https://${host}`, clock, notify)]),
  );
  const faults = new Map<string, VaultFault>();
  const certificate = await certificates.issue({
    commonName: hosts[0],
    dnsNames: [...hosts, 'localhost'],
    ipAddresses: ['127.0.0.1'],
  });
  const server = await serveTls(certificate, (request) =>
    answer({ request, rooms, faults, clock, options }),
  );

  const controlsOf = (host: string): VaultControls => {
    const room = rooms.get(host.toLowerCase());
    if (room === undefined) throw new Error(`the sandbox has no vault ${host}`);
    return createVaultControls(room);
  };
  return {
    ...controlsOf(hosts[0]),
    port: server.port,
    hosts,
    at: controlsOf,
    faults: {
      set: (fault, host) => {
        for (const name of host === undefined ? hosts : [host.toLowerCase()])
          faults.set(name, fault);
      },
    },
    onNewVersion: (callback) => {
      subscribers.add(callback);
      return () => {
        subscribers.delete(callback);
      };
    },
    close: () => server.close(),
  };
}

interface Visit {
  readonly request: StandInRequest;
  readonly rooms: ReadonlyMap<string, VaultRoom>;
  readonly faults: ReadonlyMap<string, VaultFault>;
  readonly clock: Clock;
  readonly options: VaultOptions;
}

function answer({ request, rooms, faults, clock, options }: Visit): StandInResponse {
  const host = request.host.replace(/:\d+$/u, '');
  const room = rooms.get(host);
  if (room === undefined) {
    return answerError(404, { code: 'VaultNotFound', message: 'The sandbox has no such vault.' });
  }
  const challenged = challenge(request, { tenantId: options.tenantId ?? SANDBOX_TENANT, clock });
  if (challenged !== undefined) return challenged;
  const fault = faults.get(host) ?? 'none';
  if (fault !== 'none') {
    room.count(request.url.pathname.endsWith('/versions') ? 'lists' : 'reads');
    return answerFault(fault);
  }
  if (request.method !== 'GET' && isReader(request, options)) {
    return answerForbidden('ForbiddenByRbac');
  }
  return answerRequest(request, room);
}

function isReader(request: StandInRequest, { readers = [] }: VaultOptions): boolean {
  const token = request.headers.authorization?.slice('Bearer '.length) ?? '';
  const client = readTokenClaims(token)?.['appid'];
  return typeof client === 'string' && readers.includes(client);
}
