import { WorkloadIdentityCredential, type TokenCredential } from '@azure/identity';

export type { TokenCredential } from '@azure/identity';

export interface CredentialOptions {
  readonly tenantId: string;
  readonly clientId: string;
  /** The projected service account token; read again at most every five minutes. */
  readonly tokenFilePath: string;
  /** `https://login.microsoftonline.com/`, or the authority of a sovereign cloud. */
  readonly authorityHost?: string;
}

/**
 * A pod's own identity by workload identity federation. No chain of fallbacks: a pod that is meant to have this identity
 * must not end up with the node's or a developer's. No other tenant: the challenge of a vault or a registry names a tenant, and must
 * not choose who gets the federated token.
 *
 * After a 429 or 5xx of the token service MSAL asks it no more for 60 s: that long an outage of Entra can outlast itself.
 */
export function createCredential(options: CredentialOptions): TokenCredential {
  const { tenantId, clientId, tokenFilePath, authorityHost } = options;
  return new WorkloadIdentityCredential({
    tenantId,
    clientId,
    tokenFilePath,
    additionallyAllowedTenants: [],
    ...(authorityHost === undefined ? {} : { authorityHost }),
    retryOptions: { maxRetries: 1, maxRetryDelayInMs: 1000 },
  });
}
