import { describeError } from '../observe/describe-error.ts';
import { VaultRefusal } from './refusal.ts';
import { VaultError, type VaultErrorCode } from './vault-error.ts';

/** The one place where errors of the Azure SDK become ours. */
export function translateError(error: unknown, { timedOut }: { timedOut: boolean }): VaultError {
  if (error instanceof VaultError) return error;
  if (error instanceof VaultRefusal) return translateRefusal(error);
  if (timedOut) return fail('VAULT_TIMEOUT', 'the vault did not answer in time', error);
  const { name, code, message } = describeError(error);
  const words = code === undefined ? message : `${code}: ${message}`;
  if (isIdentityError(name)) return fail('VAULT_IDENTITY', words, error);
  return fail(isNetworkError(code) ? 'VAULT_UNREACHABLE' : 'VAULT_BAD_RESPONSE', words, error);
}

const RETRYABLE: Readonly<Record<VaultErrorCode, boolean>> = {
  VAULT_FORBIDDEN: false,
  // Entra may be down, a federated credential still spreading, a projected token about to be renewed.
  VAULT_IDENTITY: true,
  VAULT_THROTTLED: true,
  VAULT_UNREACHABLE: true,
  VAULT_TIMEOUT: true,
  VAULT_BAD_RESPONSE: true,
  VAULT_KEY_ABSENT: false,
  VAULT_NOT_ALLOWED: false,
};

function fail(code: VaultErrorCode, message: string, cause: unknown): VaultError {
  return new VaultError(code, message, { retryable: RETRYABLE[code], cause });
}

function translateRefusal(refusal: VaultRefusal): VaultError {
  const { status, code, innerCode, retryAfterSeconds } = refusal;
  const { message } = describeError(refusal);
  const verdict = classify(refusal);
  const words = [`status ${status}`, innerCode ?? code ?? '', message];
  return new VaultError(verdict, words.filter((word) => word !== '').join(': '), {
    retryable: RETRYABLE[verdict],
    cause: refusal,
    retryAfterSeconds,
  });
}

function classify({ status, code }: VaultRefusal): VaultErrorCode {
  if (status === 401) return 'VAULT_IDENTITY';
  if (status === 403) return 'VAULT_FORBIDDEN';
  if (status === 429) return 'VAULT_THROTTLED';
  // Only Key Vault's own word counts: a proxy's or a wrong path's 404 says nothing about the key.
  if (status === 404 && code === 'KeyNotFound') return 'VAULT_KEY_ABSENT';
  return status >= 500 || status === 408 ? 'VAULT_UNREACHABLE' : 'VAULT_BAD_RESPONSE';
}

/** @azure/identity's errors are known by name; its classes are not exported for all of them. */
function isIdentityError(name: string): boolean {
  return /^(?:AggregateAuthentication|Authentication|CredentialUnavailable)/u.test(name);
}

/** REQUEST_SEND_ERROR is the SDK's own; the rest are Node's: ECONNREFUSED, EAI_AGAIN, ERR_TLS_…, CERT_HAS_EXPIRED, … */
function isNetworkError(code: string | undefined): boolean {
  return (
    code !== undefined &&
    /^(?:REQUEST_SEND_ERROR|E(?:AI_)?[A-Z]+$|ERR_TLS|ERR_SSL|CERT_|UNABLE_|SELF_|DEPTH_)/u.test(
      code,
    )
  );
}
