import { z } from 'zod';
import { createCredential } from '../../platform/identity/workload-identity.ts';
import { WORKLOAD_IDENTITY_CONFIG } from '../../platform/identity/workload-variables.ts';
import { loadConfig } from '../../platform/lifecycle/load-config.ts';
import { createLogger } from '../../platform/observe/logger.ts';
import {
  CLOUD_SUFFIXES,
  requireAllowedVault,
  type Cloud,
} from '../../platform/vault/allowed-vaults.ts';
import { createAzureKeyVault } from '../../platform/vault/azure-key-vault.ts';
import type { KeyVault } from '../../platform/vault/key-vault.ts';
import { VaultError } from '../../platform/vault/vault-error.ts';
import { UsageProblem } from '../command-input.ts';

const VARIABLES = {
  ...WORKLOAD_IDENTITY_CONFIG,
  KEYWARD_CLOUD: z.enum(Object.keys(CLOUD_SUFFIXES) as [Cloud, ...Cloud[]]).default('AzurePublic'),
} as const;

/**
 * The vaults that the keys and files given name, and no others, read with the workload identity of the environment. @throws
 * UsageProblem when a name is no vault's, or the identity is not there: both before anything is asked.
 */
export function openVaults(
  vaultUris: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): KeyVault {
  const variables = loadConfig(VARIABLES, environment);
  const { KEYWARD_CLOUD: cloud, AZURE_AUTHORITY_HOST: authorityHost } = variables;
  for (const vaultUri of vaultUris) checkName(vaultUri, cloud);
  const {
    AZURE_TENANT_ID: tenantId,
    AZURE_CLIENT_ID: clientId,
    AZURE_FEDERATED_TOKEN_FILE: tokenFilePath,
  } = variables;
  if (tenantId === undefined || clientId === undefined || tokenFilePath === undefined)
    throw new UsageProblem(
      `keys in a vault are read with a workload identity, and the environment has none.\nSet AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_FEDERATED_TOKEN_FILE (AKS sets them in a pod), or give the public keys as files.`,
    );
  return createAzureKeyVault({
    credential: createCredential({
      tenantId,
      clientId,
      tokenFilePath,
      ...(authorityHost === undefined ? {} : { authorityHost }),
    }),
    allowedVaults: vaultUris,
    cloud,
    logger: createLogger({ level: 'silent', component: 'cli' }),
  });
}

function checkName(vaultUri: string, cloud: Cloud): void {
  try {
    requireAllowedVault(vaultUri, { allowedVaults: [vaultUri], cloud });
  } catch (error) {
    if (error instanceof VaultError) throw new UsageProblem(`${error.message}.`);
    throw error;
  }
}
