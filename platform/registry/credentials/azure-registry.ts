import { matchesHost } from './azure-hosts.ts';
import type { RegistryCredentials } from './credentials.ts';
import type { EntraIdentity } from './entra-identity.ts';

export interface AzureCredentialsOptions {
  readonly identity: EntraIdentity;
  /** Hosts that get its token: exact ones, and `*.domain` for one label before it. */
  readonly hosts: readonly string[];
}

/** Azure Container Registry by an identity of Microsoft Entra. */
export function createAzureCredentials(options: AzureCredentialsOptions): RegistryCredentials {
  const { identity, hosts } = options;
  return {
    scope: `azure:${identity.name}`,
    find: async (host) =>
      hosts.some((pattern) => matchesHost(pattern, host))
        ? { kind: 'entra', token: (signal) => identity.getToken(signal) }
        : undefined,
    // The identity's library keeps its own tokens and renews them; what the registry made of them is the exchange's to forget.
    forget: () => undefined,
  };
}
