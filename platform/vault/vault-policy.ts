import type { KeyClientOptions } from '@azure/keyvault-keys';
import { VaultRefusal } from './refusal.ts';
import { VaultError } from './vault-error.ts';

type AdditionalPolicy = NonNullable<KeyClientOptions['additionalPolicies']>[number];

/**
 * Around every request of one vault's client: it goes to that vault only, ends after `timeout` milliseconds, and an answer other
 * than 200 becomes a {@link VaultRefusal} with all that the vault said (for lists the SDK itself keeps no more than the status).
 */
export function createVaultPolicy(host: string, timeout: number): AdditionalPolicy {
  return {
    position: 'perCall',
    policy: {
      name: 'keywardVault',
      sendRequest: async (request, next) => {
        const url = new URL(request.url);
        // The SDK asks `nextLink` as given, with the token: it must not lead anywhere else.
        if (url.protocol !== 'https:' || url.host !== host) {
          throw new VaultError(
            'VAULT_BAD_RESPONSE',
            'the vault named a next page on another host: not followed',
            { retryable: false },
          );
        }
        // The SDK gives its second and later pages no signal: this ends them.
        request.timeout = timeout;
        const response = await next(request);
        if (response.status !== 200) throw new VaultRefusal(response);
        return response;
      },
    },
  };
}
