import { startServiceBus, type ServiceBus } from './bus/service-bus.ts';
import type { CertificateAuthority } from './certificates.ts';
import { startEgressProxy, type EgressProxy } from './egress-proxy.ts';
import { ENTRA_HOST, startEntra, type EntraStandIn } from './entra/entra.ts';
import { createEventGrid, type EventGrid } from './event-grid/event-grid.ts';
import { startRegistry, type RegistryStandIn } from './registry/registry.ts';
import { NAMES } from './story/names.ts';
import { startVault, type VaultStandIn } from './vault/vault.ts';

export const QUEUE = 'keyward-events';
export const WORKER_CLIENT_ID = '22222222-3333-4444-8555-666666666666';

/** Everything of Azure that keyward meets, standing in on loopback, and the one way to it. */
export interface AzureStandIns extends AsyncDisposable {
  readonly vault: VaultStandIn;
  readonly entra: EntraStandIn;
  readonly bus: ServiceBus;
  readonly eventGrid: EventGrid;
  readonly registry: RegistryStandIn;
  readonly egress: EgressProxy;
}

/** Starts the stand-ins; the vault's new versions become events on the bus, as a system topic makes them. */
export async function startAzure(certificates: CertificateAuthority): Promise<AzureStandIns> {
  await using started = new AsyncDisposableStack();
  const vault = await startVault({
    certificates,
    hosts: [NAMES.vaultHost],
    readers: [WORKER_CLIENT_ID],
  });
  started.defer(() => vault.close());
  const entra = await startEntra({ certificates });
  started.defer(() => entra.close());
  const bus = await startServiceBus({ queues: [QUEUE] });
  started.defer(() => bus.close());
  const eventGrid = createEventGrid({ bus, queue: QUEUE, schema: 'CloudEventSchemaV1_0' });
  started.defer(() => eventGrid.close());
  vault.onNewVersion(({ vaultUri, name, version, nbf = null, exp = null }) =>
    eventGrid.publishNewVersion({ vaultUri, name, version, nbf, exp }),
  );
  const certificate = await certificates.issue({
    commonName: 'registry',
    dnsNames: ['localhost'],
    ipAddresses: ['127.0.0.1'],
  });
  const registry = await startRegistry({ certificate });
  started.defer(() => registry.close());
  const ports = new Map([
    [`${NAMES.vaultHost}:443`, vault.port],
    [`${ENTRA_HOST}:443`, entra.port],
  ]);
  const egress = await startEgressProxy({
    routes: (host, port) => {
      const standIn = ports.get(`${host.toLowerCase()}:${port}`);
      return standIn === undefined ? undefined : { port: standIn };
    },
  });
  started.defer(() => egress.close());
  const resources = started.move();
  return {
    vault,
    entra,
    bus,
    eventGrid,
    registry,
    egress,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}
