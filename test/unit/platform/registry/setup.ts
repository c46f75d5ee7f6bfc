import { createHash } from 'node:crypto';
import {
  createRegistry,
  type RegistryClientOptions,
} from '../../../../platform/registry/create-registry.ts';
import type { Registry, RepositoryRef } from '../../../../platform/registry/registry.ts';
import { createFakeClock, type FakeClock } from '../../../../platform/lifecycle/fake-clock.ts';
import { createMetrics, type Metrics } from '../../../../platform/observe/metrics.ts';
import { createCertificateAuthority } from '../../../../sandbox/certificates.ts';
import {
  startRegistry,
  type RegistryOptions,
  type RegistryStandIn,
} from '../../../../sandbox/registry/registry.ts';

export interface Pair extends AsyncDisposable {
  readonly server: RegistryStandIn;
  readonly client: Registry;
  readonly ref: RepositoryRef;
  readonly caPem: string;
  readonly clock: FakeClock;
  readonly metrics: Metrics;
}

const authority = createCertificateAuthority();

/** A stand-in registry on loopback and our client, which trusts it. */
export async function startPair(
  serverOptions: Omit<RegistryOptions, 'certificate'> = {},
  clientOptions: Partial<RegistryClientOptions> = {},
): Promise<Pair> {
  const certificates = await authority;
  const { caPem } = certificates;
  const certificate = await certificates.issue({
    commonName: 'registry',
    dnsNames: ['localhost', ...(serverOptions.name === undefined ? [] : [serverOptions.name])],
    ipAddresses: ['127.0.0.1'],
  });
  const server = await startRegistry({ certificate, ...serverOptions });
  const clock = createFakeClock();
  const metrics = createMetrics();
  const client = createRegistry({ caPem, clock, metrics, ...clientOptions });
  return {
    server,
    client,
    ref: { registry: serverOptions.name ?? server.host, repository: 'team/app' },
    caPem,
    clock,
    metrics,
    [Symbol.asyncDispose]: async () => {
      await client.close();
      await server.close();
    },
  };
}

export async function countOutcome(metrics: Metrics, operation: string, outcome: string) {
  const metric = await metrics.registry.getSingleMetric('keyward_registry_requests_total')?.get();
  return metric?.values.find(
    ({ labels }) => labels['operation'] === operation && labels['outcome'] === outcome,
  )?.value;
}

export function hashOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
