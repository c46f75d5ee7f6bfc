import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadKube } from '../../platform/kube/load-kube.ts';
import { findTool, type ToolEnvironment } from '../cluster/cluster-tools.ts';
import { startRealCluster } from '../cluster/real-cluster.ts';
import { SandboxProblem } from '../processes/folder.ts';
import { RATIFY_VERSION, startRatify, type RatifyAnswer } from './ratify.ts';
import { applyControlObjects, installRatifyKinds, readControlObjects } from './ratify-objects.ts';

export interface RatifyControlOptions {
  readonly environment: ToolEnvironment;
  /** Its own; removed by the caller. */
  readonly folder: string;
  /** `host:port`. */
  readonly registry: string;
  /** Where the sandbox's CA certificate lies. */
  readonly caFile: string;
  readonly egressUrl: string;
  readonly entra: {
    readonly authorityHost: string;
    readonly tenantId: string;
    createFederatedToken(subject: string): string;
  };
}

export interface RatifyControl {
  /** Of the API server that it runs against. */
  readonly kubernetes: string;
  readonly commands: readonly string[];
  /** Writes the KMP by hand, once, with this one version, and waits until Ratify has read the key. */
  trust(keyVersion: string): Promise<void>;
  verify(image: string): Promise<RatifyAnswer>;
  close(): Promise<void>;
}

/**
 * Today's set-up beside keyward's: the real Ratify with the walkthrough's YAML, on an API server of its own, so that its controllers write
 * into nothing that keyward reads. Vault, Entra and registry are the same ones.
 * @throws SandboxProblem when a program is missing or does not come up.
 */
export async function startRatifyControl(options: RatifyControlOptions): Promise<RatifyControl> {
  const binary = findTool(options.environment, `ratify-${RATIFY_VERSION}`);
  if (binary === undefined) {
    throw new SandboxProblem(
      `the real Ratify ${RATIFY_VERSION} is not built yet. Run: scripts/build-tools.sh ratify`,
    );
  }
  await using started = new AsyncDisposableStack();
  mkdirSync(options.folder, { recursive: true, mode: 0o700 });
  const write = (name: string, text: string): string => {
    const path = join(options.folder, name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  };
  const cluster = await startRealCluster({ environment: options.environment });
  started.defer(() => cluster.close());
  const kubeconfig = write('kubeconfig', cluster.kubeconfig());
  const kube = await loadKube({ kubeconfig });
  started.defer(() => kube.close());
  await installRatifyKinds(kube);
  const subject = 'system:serviceaccount:gatekeeper-system:ratify-admin';
  const tokenFile = write('federated-token', options.entra.createFederatedToken(subject));
  const ratify = await startRatify({
    binary,
    kubeconfig,
    folder: join(options.folder, 'ratify'),
    env: {
      HTTPS_PROXY: options.egressUrl,
      SSL_CERT_FILE: options.caFile,
      AZURE_AUTHORITY_HOST: options.entra.authorityHost,
      AZURE_TENANT_ID: options.entra.tenantId,
      AZURE_FEDERATED_TOKEN_FILE: tokenFile,
    },
  });
  started.defer(() => ratify.close());
  const resources = started.move();
  return {
    kubernetes: cluster.version,
    commands: [ratify.command],
    async trust(keyVersion) {
      const objects = await readControlObjects({ registry: options.registry, keyVersion });
      await applyControlObjects(kube, objects);
    },
    verify: (image) => ratify.verify(image),
    close: () => resources.disposeAsync(),
  };
}
