import type { JsonWebKey } from 'node:crypto';
import type { KeyVersionId } from '../../core/keys/key-version.ts';

/** What a list tells of one version. Times are milliseconds since the epoch. */
export interface VaultVersion {
  readonly version: string;
  /** True only where the vault said exactly `true`: a missing attribute is not an enabled key. */
  readonly enabled: boolean;
  readonly createdOn?: number;
  readonly notBefore?: number;
  readonly expiresOn?: number;
}

/** A version with its public key, `kty` reduced to `EC` or `RSA` (and whatever else the vault says, unjudged). */
export interface VaultKey extends VaultVersion {
  readonly jwk: JsonWebKey;
}

export interface CallOptions {
  readonly signal: AbortSignal;
}

/**
 * Reads of key versions. Every method throws {@link VaultError} when the answer is not known, so that "could not read" is
 * never taken for "not there".
 */
export interface KeyVault {
  /** All versions of a key, oldest first (equal times: by version). `VAULT_KEY_ABSENT`: the vault says it has no such key. */
  listVersions(
    id: { readonly vaultUri: string; readonly name: string },
    options: CallOptions,
  ): Promise<readonly VaultVersion[]>;
  /**
   * One version. `absent`: the vault says it does not exist (404 KeyNotFound). `disabled`: it refused to show it because it is
   * disabled; Azure shows it with `enabled: false` instead, some emulators and documentation pages refuse.
   */
  getVersion(id: KeyVersionId, options: CallOptions): Promise<VaultKey | 'absent' | 'disabled'>;
}
