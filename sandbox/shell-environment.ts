import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { AzureStandIns } from './azure.ts';
import type { SandboxFolder } from './processes/folder.ts';

/** Who a person at the keyboard is to the stand-ins: may rotate, disable and sign, which the worker's identity may not. */
const PERSON_CLIENT_ID = '33333333-4444-4555-8666-777777777777';

export interface ShellEnvironmentOptions {
  readonly folder: SandboxFolder;
  readonly azure: AzureStandIns;
  /** Absolute paths: a shell may go anywhere. */
  readonly kubeconfig: string;
  readonly caFile: string;
  readonly statusUrls: readonly string[];
}

/**
 * What a shell needs so that `kubectl`, `keyward`, `cosign` and `az` reach this sandbox and nothing else: the cluster, the proxy that
 * serves the vault's own name, the CA that it trusts, and an identity.
 */
export function shellEnvironment(
  options: ShellEnvironmentOptions,
): Readonly<Record<string, string>> {
  const { folder, azure, kubeconfig, caFile } = options;
  const token = azure.entra.createFederatedToken('system:serviceaccount:default:person');
  return {
    KUBECONFIG: kubeconfig,
    KEYWARD_REPLICAS: options.statusUrls.join(','),
    NODE_EXTRA_CA_CERTS: caFile,
    SSL_CERT_FILE: caFile,
    REQUESTS_CA_BUNDLE: caFile,
    HTTPS_PROXY: azure.egress.url,
    NO_PROXY: '127.0.0.1,localhost',
    AZURE_AUTHORITY_HOST: azure.entra.authorityHost,
    AZURE_TENANT_ID: azure.entra.tenantId,
    AZURE_CLIENT_ID: PERSON_CLIENT_ID,
    AZURE_FEDERATED_TOKEN_FILE: resolve(folder.write('person.token', token)),
    AZURE_CONFIG_DIR: writeAzureProfile(folder, azure.entra.tenantId, token),
    AZURE_CORE_COLLECT_TELEMETRY: 'false',
  };
}

/** What `az login --service-principal --federated-token` leaves behind, but for a subscription: the sandbox has no Resource Manager. */
function writeAzureProfile(folder: SandboxFolder, tenantId: string, token: string): string {
  const path = resolve(folder.path, 'azure');
  const subscription = {
    id: '44444444-5555-4666-8777-888888888888',
    name: 'sandbox',
    state: 'Enabled',
    user: { name: PERSON_CLIENT_ID, type: 'servicePrincipal' },
    isDefault: true,
    tenantId,
    environmentName: 'AzureCloud',
  };
  const principal = { client_id: PERSON_CLIENT_ID, tenant: tenantId, client_assertion: token };
  mkdirSync(path, { mode: 0o700 });
  const files = {
    'azureProfile.json': { installationId: subscription.id, subscriptions: [subscription] },
    'service_principal_entries.json': [principal],
  };
  for (const [name, content] of Object.entries(files))
    writeFileSync(join(path, name), JSON.stringify(content), { mode: 0o600 });
  return path;
}

/** The same as a file to `source`, with `bin/` of this checkout on the PATH. */
export function writeShellEnvironment(
  folder: SandboxFolder,
  environment: Readonly<Record<string, string>>,
): string {
  const quoted = Object.entries(environment).map(
    ([name, value]) => `export ${name}='${value.replaceAll("'", String.raw`'\''`)}'`,
  );
  const bin = join(import.meta.dirname, '..', 'bin');
  return folder.write('env', `${quoted.join('\n')}\nexport PATH='${bin}':"$PATH"\n`);
}
