import { ServiceError, type ServiceErrorOptions } from '../observe/service-error.ts';

export const VAULT_ERROR_CODES = [
  /** 403: RBAC, access policy or firewall. Not "disabled". */
  'VAULT_FORBIDDEN',
  /** No token could be had, or the vault refused it (401): workload identity, federated credential, tenant. */
  'VAULT_IDENTITY',
  'VAULT_THROTTLED',
  /** DNS, connect, TLS, reset, or a 5xx answer. */
  'VAULT_UNREACHABLE',
  'VAULT_TIMEOUT',
  /** An answer that is not Key Vault's. */
  'VAULT_BAD_RESPONSE',
  /** The vault says that it has no key of that name. */
  'VAULT_KEY_ABSENT',
  /** Refused before any call: not in `allowedVaults`, or not a vault of the configured cloud. */
  'VAULT_NOT_ALLOWED',
] as const;
export type VaultErrorCode = (typeof VAULT_ERROR_CODES)[number];

/** The vault's answer is not known. The message is safe to publish in a KeySet's condition. */
export class VaultError extends ServiceError<VaultErrorCode> {
  /** From `Retry-After`, when the vault gave one. */
  readonly retryAfterSeconds?: number;

  constructor(
    code: VaultErrorCode,
    message: string,
    options: ServiceErrorOptions & { readonly retryAfterSeconds?: number | undefined },
  ) {
    super(code, message, options);
    this.name = 'VaultError';
    if (options.retryAfterSeconds !== undefined) this.retryAfterSeconds = options.retryAfterSeconds;
  }
}
