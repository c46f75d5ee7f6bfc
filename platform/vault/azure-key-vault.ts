import { KeyClient } from '@azure/keyvault-keys';
import type { TokenCredential } from '@azure/identity';
import type { Logger } from '../observe/logger.ts';
import { requireAllowedVault, type Cloud } from './allowed-vaults.ts';
import type { CallOptions, KeyVault, VaultVersion } from './key-vault.ts';
import { parseKey, parseVersion } from './parse-key.ts';
import { VaultRefusal } from './refusal.ts';
import { translateError } from './translate-error.ts';
import { VaultError } from './vault-error.ts';
import { createVaultPolicy } from './vault-policy.ts';

export interface AzureKeyVaultOptions {
  readonly credential: TokenCredential;
  /** Exact host names (or `https://` URIs) that may be called. Empty: none. */
  readonly allowedVaults: readonly string[];
  /** `AzurePublic` by default. */
  readonly cloud?: Cloud;
  /** For one read, all pages, the token and a repeated attempt included; 10 s by default. */
  readonly timeoutSeconds?: number;
  readonly logger: Logger;
}

/** 25 versions each: far beyond any key, and an end to a vault that always names a next page. */
const PAGE_LIMIT = 100;
const KEY_NAME = /^[0-9a-z-]{1,127}$/iu;
const KEY_VERSION = /^[0-9a-z]{1,64}$/iu;

/** Azure Key Vault over its own SDK. Throws {@link VaultError} and nothing else, `signal`'s reason when the caller gave up. */
export function createAzureKeyVault(options: AzureKeyVaultOptions): KeyVault {
  const { credential, allowedVaults, cloud = 'AzurePublic', timeoutSeconds = 10 } = options;
  const logger = options.logger.child({ subsystem: 'vault' });
  const clients = new Map<string, KeyClient>();

  const openVault = (vaultUri: string): { host: string; client: KeyClient } => {
    const host = requireAllowedVault(vaultUri, { allowedVaults, cloud });
    // One client a vault: each keeps its own connections, challenge and token.
    const client = clients.get(host) ?? createClient(host, credential, timeoutSeconds * 1000);
    clients.set(host, client);
    return { host, client };
  };

  const call = async <Result>(
    { signal }: CallOptions,
    operation: (signal: AbortSignal) => Promise<Result>,
  ): Promise<Result> => {
    signal.throwIfAborted();
    const timeout = AbortSignal.timeout(timeoutSeconds * 1000);
    const either = AbortSignal.any([signal, timeout]);
    const attempt = async () => {
      try {
        return await race(operation(either), either);
      } catch (error) {
        signal.throwIfAborted();
        throw translateError(error, { timedOut: timeout.aborted });
      }
    };
    try {
      return await attempt();
    } catch (error) {
      if (!isDroppedConnection(error) || either.aborted) throw error;
      // The vault or something between closed an idle connection just as it was used: the only failure tried again here.
      // Everything else is the sweep's, which must see a 429 at once to slow down.
      logger.debug({ code: error.code }, 'vault connection dropped, trying once more');
      return await attempt();
    }
  };

  return {
    listVersions: (id, callOptions) =>
      call(callOptions, async (signal) => {
        requireName(KEY_NAME, id.name, 'key name');
        const { host, client } = openVault(id.vaultUri);
        const versions: VaultVersion[] = [];
        let pages = 0;
        const listing = client.listPropertiesOfKeyVersions(id.name, { abortSignal: signal });
        for await (const page of listing.byPage()) {
          pages += 1;
          // The SDK gives its second and later requests no signal.
          signal.throwIfAborted();
          for (const item of page) versions.push(parseVersion(item, { host, name: id.name }));
          if (pages > PAGE_LIMIT) {
            throw new VaultError('VAULT_BAD_RESPONSE', 'the list of versions has no end', {
              retryable: false,
            });
          }
        }
        return sortVersions(versions);
      }),
    getVersion: (id, callOptions) =>
      call(callOptions, async (signal) => {
        requireName(KEY_NAME, id.name, 'key name');
        requireName(KEY_VERSION, id.version, 'key version');
        const { host, client } = openVault(id.vaultUri);
        const { name, version } = id;
        try {
          const key = await client.getKey(name, { version, abortSignal: signal });
          return parseKey(key, { host, name, version });
        } catch (error) {
          const refusal = error instanceof VaultRefusal ? error : undefined;
          if (refusal?.status === 404 && refusal.code === 'KeyNotFound') return 'absent';
          if (refusal?.status === 403 && refusal.innerCode === 'KeyDisabled') return 'disabled';
          throw error;
        }
      }),
  };
}

function createClient(host: string, credential: TokenCredential, timeout: number): KeyClient {
  return new KeyClient(`https://${host}`, credential, {
    // The SDK's own retries would hide a 429 and outlast the sweep.
    retryOptions: { maxRetries: 0 },
    // A vault does not redirect: whoever does is not the vault.
    redirectOptions: { maxRetries: 0 },
    additionalPolicies: [createVaultPolicy(host, timeout)],
  });
}

/** Settles with the signal although the operation does not heed it (token requests, later pages). */
function race<Result>(operation: Promise<Result>, signal: AbortSignal): Promise<Result> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', abort, { once: true });
    operation.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', abort);
    });
  });
}

/** Azure promises no order of its lists; `createdOn` is compared with `createdOn` only. */
function sortVersions(versions: readonly VaultVersion[]): readonly VaultVersion[] {
  return versions.toSorted(
    (first, second) =>
      (first.createdOn ?? 0) - (second.createdOn ?? 0) || (first.version < second.version ? -1 : 1),
  );
}

/** Nothing that could change the path of the request. */
function requireName(pattern: RegExp, text: string, what: string): void {
  if (pattern.test(text)) return;
  throw new VaultError('VAULT_NOT_ALLOWED', `the vault is not called: not a ${what}`, {
    retryable: false,
  });
}

function isDroppedConnection(error: unknown): error is VaultError {
  if (!(error instanceof VaultError) || error.code !== 'VAULT_UNREACHABLE') return false;
  const { cause } = error;
  return (
    cause instanceof Error &&
    !(cause instanceof VaultRefusal) &&
    /ECONNRESET|EPIPE|socket hang up/u.test(
      `${cause.message} ${String((cause as { code?: unknown }).code)}`,
    )
  );
}
