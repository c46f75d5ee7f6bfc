import { VaultError } from './vault-error.ts';

/** Where vaults of each cloud live. A name outside must never be called with a token. */
export const CLOUD_SUFFIXES = {
  AzurePublic: '.vault.azure.net',
  AzureUSGovernment: '.vault.usgovcloudapi.net',
  AzureChina: '.vault.azure.cn',
} as const;
export type Cloud = keyof typeof CLOUD_SUFFIXES;

const LABEL = /^[a-z](?:[a-z0-9-]{0,22}[a-z0-9])?$/u;

/**
 * The host of a vault that may be called, or VAULT_NOT_ALLOWED. The attacker here writes a KeyManagementProvider or an event
 * that names a host of their own, to be sent the worker's token (the like of CVE-2025-27403, GHSA-44f7-5fj5-h4px).
 */
export function requireAllowedVault(
  vaultUri: string,
  { allowedVaults, cloud }: { readonly allowedVaults: readonly string[]; readonly cloud: Cloud },
): string {
  const host = /^https:\/\/([a-z0-9.-]{1,253})\/?$/u.exec(vaultUri.toLowerCase())?.[1];
  if (host === undefined) {
    throw refuse('it is not https://<vault host>');
  }
  const suffix = CLOUD_SUFFIXES[cloud];
  if (!host.endsWith(suffix) || !LABEL.test(host.slice(0, -suffix.length))) {
    throw refuse(`${host} is not a vault of the configured cloud (*${suffix})`);
  }
  if (!allowedVaults.some((allowed) => normalise(allowed) === host)) {
    throw refuse(`${host} is not in allowedVaults: add it there if keyward should read it`);
  }
  return host;
}

/** A host name or a vault URI: both are found in people's configuration. */
function normalise(allowed: string): string {
  return allowed
    .trim()
    .toLowerCase()
    .replace(/^https:\/\//u, '')
    .replace(/\/+$/u, '');
}

function refuse(why: string): VaultError {
  return new VaultError('VAULT_NOT_ALLOWED', `the vault is not called: ${why}`, {
    retryable: false,
  });
}
