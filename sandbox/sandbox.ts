import { resolve } from 'node:path';
import { loadKube } from '../platform/kube/load-kube.ts';
import { createCertificateAuthority } from './certificates.ts';
import { startCluster } from './cluster/start-cluster.ts';
import { runKeyward } from './processes/cli.ts';
import { claimFolder } from './processes/folder.ts';
import { startPrograms } from './processes/programs.ts';
import { connectReplicas } from './replicas.ts';
import { installKeyward, installWebhooks, renderWalkthrough } from './setup.ts';
import type { Stage } from './stage.ts';
import { startBalancer } from './processes/balancer.ts';
import { createControl } from './control/control.ts';
import { NAMES } from './story/names.ts';
import type { Narrator } from './story/narrator.ts';
import { startAzure } from './azure.ts';
import { shellEnvironment, writeShellEnvironment } from './shell-environment.ts';
import { createPublisher } from './publish.ts';
import { readVersions } from './versions.ts';

export interface SandboxSettings {
  readonly cluster: 'stand-in' | 'real';
  readonly dir: string;
  readonly say: Narrator;
  readonly signal: AbortSignal;
}

export interface Sandbox extends AsyncDisposable {
  readonly stage: Stage;
  /** What of the cluster is real, for the introduction; undefined with the stand-in. */
  readonly real?: string;
  readonly kubeconfig: string;
  /** To be sourced by a shell: everything that kubectl, keyward, cosign and az need to reach this sandbox. */
  readonly environmentFile: string;
  readonly caFile: string;
  /** An empty trusted root: cosign v2.6 would otherwise fetch Sigstore's, also where no log is asked for. */
  readonly trustedRootFile: string;
  /** The file of the current version's public key. */
  publicKeyFile(): string;
}

const REPLICAS = 3;
const EMPTY_TRUSTED_ROOT =
  '{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}';

/**
 * Starts everything that the story plays on, in the order of an installation: Azure's stand-ins, the cluster, keyward's kinds, the
 * programs, and admission last. Disposing of it ends every process, closes every port and removes the folder, also when starting failed
 * half-way.
 */
export async function startSandbox(settings: SandboxSettings): Promise<Sandbox> {
  await using started = new AsyncDisposableStack();
  const folder = claimFolder(settings.dir);
  started.defer(() => folder.remove());

  const authority = await createCertificateAuthority();
  const caFile = folder.write('ca.pem', authority.caPem);
  const azure = started.use(await startAzure(authority));
  const cluster = await startCluster(settings.cluster, authority);
  started.defer(() => cluster.close());
  const kubeconfig = folder.write('kubeconfig', cluster.kubeconfig());
  const kube = await loadKube({ kubeconfig });
  started.defer(() => kube.close());
  await installKeyward(kube);

  const firstVersion = azure.vault.createKey({ name: NAMES.key });
  folder.write(
    'verification_config.yaml',
    await renderWalkthrough({ registry: azure.registry.host, keyVersion: firstVersion }),
  );
  const programs = await startPrograms({
    folder,
    caFile,
    authority,
    azure,
    cluster,
    replicas: REPLICAS,
  });
  started.defer(() => programs.stop());
  const balancer = await startBalancer();
  started.defer(() => balancer.close());
  balancer.setTargets(programs.addresses.map(({ port }) => port));
  await installWebhooks(kube, { port: balancer.port, caPem: authority.caPem });
  const replicas = connectReplicas(programs.addresses, authority.caPem);
  started.defer(() => replicas.close());
  const control = await createControl({
    cluster,
    environment: process.env,
    azure,
    // Ratify runs in a folder of its own, where a relative path would lead elsewhere.
    folder: { path: resolve(folder.path) },
    caFile: resolve(caFile),
  });
  started.defer(() => control.close());

  const environment = shellEnvironment({
    folder,
    azure,
    kubeconfig: resolve(kubeconfig),
    caFile: resolve(caFile),
    statusUrls: replicas.statusUrls,
  });
  const environmentFile = writeShellEnvironment(folder, environment);

  const stage: Stage = {
    say: settings.say,
    signal: settings.signal,
    versions: readVersions(cluster.version),
    folder: folder.path,
    kube,
    vault: azure.vault,
    bus: azure.bus,
    eventGrid: azure.eventGrid,
    registry: azure.registry,
    replicas,
    control,
    publisher: createPublisher(azure),
    worker: programs.worker,
    keyward: (args) => runKeyward(args, environment),
  };
  const resources = started.move();
  return {
    stage,
    ...(cluster.real === undefined ? {} : { real: cluster.real }),
    kubeconfig,
    environmentFile,
    caFile,
    trustedRootFile: folder.write('trusted-root.json', EMPTY_TRUSTED_ROOT),
    publicKeyFile() {
      const version = azure.vault.currentVersion(NAMES.key);
      return folder.write(
        `${NAMES.key}-${version.slice(0, 4)}.pub`,
        azure.vault
          .publicKeyOf(NAMES.key, version)
          .export({ type: 'spki', format: 'pem' })
          .toString(),
      );
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}
