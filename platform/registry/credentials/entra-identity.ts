import type { CredentialOptions, TokenCredential } from '../../identity/workload-identity.ts';
import { RegistryError } from '../registry-error.ts';
import { within } from '../network/within.ts';
import { SecretText } from './secret-text.ts';

/** An identity that Microsoft Entra gives tokens to. */
export interface EntraIdentity {
  /** Which one, for people and for the evidence cache's key; no secret. */
  readonly name: string;
  /** A token for Azure Container Registry. Rejects with REGISTRY_AUTH. */
  getToken(signal: AbortSignal): Promise<SecretText>;
}

export type EntraIdentityOptions =
  | (CredentialOptions & { readonly kind: 'workload' })
  /** Without `clientId`: the one that the node or host has. */
  | { readonly kind: 'managed'; readonly clientId?: string };

/** The one audience that works with registries that refuse Resource Manager's (azure.md section 10.1), in every cloud. */
const SCOPE = 'https://containerregistry.azure.net/.default';

/**
 * Azure's own library, loaded when the first token is asked for: most webhooks never do. One identity and no chain of fallbacks: a pod
 * that is meant to have this one must not end up with the node's or a developer's.
 */
export function createEntraIdentity(options: EntraIdentityOptions): EntraIdentity {
  let loading: Promise<TokenCredential> | undefined;
  return {
    name: `${options.kind}:${options.clientId ?? 'system'}`,
    getToken: async (signal) => {
      try {
        loading ??= load(options);
        const credential = await loading;
        const asked = credential.getToken(SCOPE, { abortSignal: signal });
        const token = await within(asked, signal);
        if (token !== null) return new SecretText(token.token);
      } catch (error) {
        throw new RegistryError('REGISTRY_AUTH', `no token from Entra: ${describe(error)}`);
      }
      throw new RegistryError('REGISTRY_AUTH', 'no token from Entra');
    },
  };
}

async function load(options: EntraIdentityOptions): Promise<TokenCredential> {
  if (options.kind === 'workload') {
    const { createCredential } = await import('../../identity/workload-identity.ts');
    return createCredential(options);
  }
  const { ManagedIdentityCredential } = await import('@azure/identity');
  const { clientId } = options;
  const retryOptions = { maxRetries: 1, maxRetryDelayInMs: 1000 };
  return new ManagedIdentityCredential(
    clientId === undefined ? { retryOptions } : { clientId, retryOptions },
  );
}

/** Entra's own code where there is one. Its message quotes the request, which holds the federated token. */
function describe(error: unknown): string {
  const message = error instanceof Error ? error.message : '';
  const code = /\bAADSTS\d+/u.exec(message)?.[0];
  return code ?? (error instanceof Error ? error.name : 'unknown cause');
}
