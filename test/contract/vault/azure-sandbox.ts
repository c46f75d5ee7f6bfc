import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCertificateAuthority } from '../../../sandbox/certificates.ts';
import { startEgressProxy, type EgressProxy } from '../../../sandbox/egress-proxy.ts';
import { startEntra, type EntraStandIn } from '../../../sandbox/entra/entra.ts';
import { startVault, type VaultOptions, type VaultStandIn } from '../../../sandbox/vault/vault.ts';

export const CLIENT_ID = '99999999-8888-4777-8666-555555555555';

export interface AzureSandbox {
  readonly vault: VaultStandIn;
  readonly entra: EntraStandIn;
  readonly proxy: EgressProxy;
  readonly caPem: string;
  readonly tokenFile: string;
  /** What a process needs to meet the stand-ins under Azure's names; nothing of this is keyward's own. */
  readonly environment: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** Vault and token service behind the egress proxy, with the files that real clients read. */
export async function startAzureSandbox(
  options: Omit<VaultOptions, 'certificates'> = {},
): Promise<AzureSandbox> {
  const folder = await mkdtemp(join(tmpdir(), 'keyward-vault-'));
  const certificates = await createCertificateAuthority();
  const vault = await startVault({ ...options, certificates });
  const entra = await startEntra({ certificates });
  const proxy = await startEgressProxy({
    routes: (host, port) => {
      if (port !== 443) return undefined;
      if (vault.hosts.includes(host)) return { port: vault.port };
      return host === entra.host ? { port: entra.port } : undefined;
    },
  });
  const caFile = join(folder, 'ca.pem');
  const tokenFile = join(folder, 'token');
  await writeFile(caFile, certificates.caPem);
  await writeFile(tokenFile, entra.createFederatedToken('system:serviceaccount:keyward:worker'));
  return {
    vault,
    entra,
    proxy,
    caPem: certificates.caPem,
    tokenFile,
    environment: {
      HTTPS_PROXY: proxy.url,
      NODE_EXTRA_CA_CERTS: caFile,
      REQUESTS_CA_BUNDLE: caFile,
      SSL_CERT_FILE: caFile,
      AZURE_TENANT_ID: entra.tenantId,
      AZURE_CLIENT_ID: CLIENT_ID,
      AZURE_FEDERATED_TOKEN_FILE: tokenFile,
      AZURE_AUTHORITY_HOST: entra.authorityHost,
    },
    close: async () => {
      await Promise.all([proxy.close(), vault.close(), entra.close()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
