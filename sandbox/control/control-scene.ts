import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ToolEnvironment } from '../cluster/cluster-tools.ts';
import { createCertificateAuthority } from '../certificates.ts';
import { startEgressProxy } from '../egress-proxy.ts';
import { ENTRA_HOST, startEntra } from '../entra/entra.ts';
import { startRegistry, type RegistryStandIn } from '../registry/registry.ts';
import { signImage } from '../signer/sign-image.ts';
import { startVault, type VaultStandIn } from '../vault/vault.ts';
import { startRatifyControl, type RatifyControl } from './ratify-control.ts';

export interface ControlScene extends AsyncDisposable {
  readonly control: RatifyControl;
  readonly vault: VaultStandIn;
  /** What the programs asked the outside world for, and did not get. */
  refused(): readonly string[];
  /** Pushes an image and signs it with this version. Gives `repository@digest`. */
  publish(name: string, version?: string): Promise<string>;
}

export const SCENE_KEY = 'cosign-key';
const HOST = 'contoso.vault.azure.net';

/** The smallest world in which the control is true: vault, Entra, registry, the way to them, and the real Ratify. */
export async function startControlScene(environment: ToolEnvironment): Promise<ControlScene> {
  await using started = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), 'keyward-control-'));
  started.defer(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  const certificates = await createCertificateAuthority();
  const caFile = join(folder, 'ca.pem');
  writeFileSync(caFile, certificates.caPem);
  const vault = await startVault({ certificates, hosts: [HOST] });
  started.defer(() => vault.close());
  const entra = await startEntra({ certificates });
  started.defer(() => entra.close());
  const registry = await startRegistry({
    certificate: await certificates.issue({
      commonName: 'registry',
      ipAddresses: ['127.0.0.1'],
    }),
  });
  started.defer(() => registry.close());
  const ports = new Map([
    [`${HOST}:443`, vault.port],
    [`${ENTRA_HOST}:443`, entra.port],
  ]);
  const egress = await startEgressProxy({
    routes: (host, port) => {
      const found = ports.get(`${host}:${port}`);
      return found === undefined ? undefined : { port: found };
    },
  });
  started.defer(() => egress.close());
  const control = await startRatifyControl({
    environment,
    folder: join(folder, 'control'),
    registry: registry.host,
    caFile,
    egressUrl: egress.url,
    entra,
  });
  started.defer(() => control.close());
  const resources = started.move();
  return {
    control,
    vault,
    refused: () => egress.refused(),
    publish: (name, version) => publish({ registry, vault }, name, version),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

async function publish(
  { registry, vault }: { registry: RegistryStandIn; vault: VaultStandIn },
  name: string,
  version: string | undefined,
): Promise<string> {
  const { digest } = registry.pushImage(name, 'v1', { content: name });
  if (version !== undefined) {
    await signImage({
      registry,
      repository: name,
      digest,
      format: 'legacy',
      now: Date.now(),
      signer: {
        publicKey: vault.publicKeyOf(SCENE_KEY, version),
        sign: (hash, algorithm) => Promise.resolve(vault.sign(SCENE_KEY, version, hash, algorithm)),
      },
    });
  }
  return `${registry.host}/${name}@${digest}`;
}
