/** The smallest world for the real cosign: the sandbox's vault and two of its registries, with and without referrers API. */
import type { Evidence } from '../../../core/verdict/evidence.ts';
import { systemClock } from '../../../platform/lifecycle/clock.ts';
import { createMetrics } from '../../../platform/observe/metrics.ts';
import { createRegistry } from '../../../platform/registry/create-registry.ts';
import { createCertificateAuthority } from '../../../sandbox/certificates.ts';
import { startRegistry, type RegistryStandIn } from '../../../sandbox/registry/registry.ts';
import type { VaultSigner } from '../../../sandbox/signer/sign-image.ts';
import { fetchEvidence } from '../../../webhook/evidence/fetch-evidence.ts';
import { startAzureSandbox, type AzureSandbox } from '../vault/azure-sandbox.ts';
import { createCosignRoom, type CosignRoom } from './cosign.ts';

export interface CosignScene {
  readonly azure: AzureSandbox;
  readonly room: CosignRoom;
  readonly withApi: RegistryStandIn;
  readonly withoutApi: RegistryStandIn;
  /** A new image each time, in a repository of its own. */
  readonly pushImage: (registry: RegistryStandIn) => {
    readonly repository: string;
    readonly digest: string;
    /** As cosign takes it. */
    readonly image: string;
  };
  /** By keyward's own client. */
  readonly lookUp: (
    registry: RegistryStandIn,
    repository: string,
    digest: string,
  ) => Promise<Evidence>;
  /** Rejects when anybody outside was asked for anything. */
  readonly close: () => Promise<void>;
}

export async function startCosignScene(): Promise<CosignScene> {
  await using started = new AsyncDisposableStack();
  const azure = await startAzureSandbox();
  started.defer(() => azure.close());
  const certificates = await createCertificateAuthority();
  const { caPem } = certificates;
  const names = { commonName: 'registry', ipAddresses: ['127.0.0.1'] };
  const certificate = await certificates.issue(names);
  const withApi = await startRegistry({ certificate });
  started.defer(() => withApi.close());
  const withoutApi = await startRegistry({ certificate, referrers: false });
  started.defer(() => withoutApi.close());
  const client = createRegistry({ caPem, metrics: createMetrics(), clock: systemClock });
  started.defer(() => client.close());
  const room = createCosignRoom([caPem, azure.caPem], azure.environment);
  started.defer(() => {
    room.close();
  });
  let count = 0;
  const opened = started.move();
  return {
    azure,
    room,
    withApi,
    withoutApi,
    pushImage: (registry) => {
      count += 1;
      const repository = `team/app-${count}`;
      const { digest } = registry.pushImage(repository, 'v1', { content: repository });
      return { repository, digest, image: `${registry.host}/${repository}@${digest}` };
    },
    lookUp: (registry, repository, digest) =>
      fetchEvidence({
        registry: client,
        repository: { registry: registry.host, repository },
        digest,
        clock: systemClock,
      }),
    close: async () => {
      const refused = azure.proxy.refused();
      await opened.disposeAsync();
      if (refused.length > 0) {
        throw new Error(`cosign wanted to leave this machine: ${refused.join(', ')}`);
      }
    },
  };
}

export interface VaultKey {
  /** `azurekms://host/name/version`: what `--key` takes. */
  readonly reference: string;
  readonly signer: VaultSigner;
}

/** A new key of the vault, for cosign and for the sandbox's signer. */
export function createVaultKey({ vault }: AzureSandbox, name: string, kty: 'RSA' | 'EC'): VaultKey {
  const version = vault.createKey({ name, kty });
  return {
    reference: `azurekms://${vault.hosts[0] ?? ''}/${name}/${version}`,
    signer: {
      publicKey: vault.publicKeyOf(name, version),
      sign: (digest, algorithm) => Promise.resolve(vault.sign(name, version, digest, algorithm)),
    },
  };
}
