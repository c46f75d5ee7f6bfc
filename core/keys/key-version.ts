/** One version of one key in one vault. Vault host and name compare case-insensitively, so both are lower case here. */
export interface KeyVersionId {
  /** `https://contoso.vault.azure.net` (no trailing slash). */
  readonly vaultUri: string;
  readonly name: string;
  readonly version: string;
}

export const KEY_STATES = [
  'trusted',
  'disabled',
  'expired',
  'notYetValid',
  'deleted',
  'revoked',
  'superseded',
  'notFollowed',
  'heldOut',
  'unsupported',
  'unknown',
] as const;

/** Any state that is not `trusted` is untrusted (DESIGN decision 10). */
export type KeyState = (typeof KEY_STATES)[number];

export const KEY_ALGORITHMS = [
  'RSA-2048',
  'RSA-3072',
  'RSA-4096',
  'P-256',
  'P-384',
  'P-521',
] as const;
export type KeyAlgorithm = (typeof KEY_ALGORITHMS)[number];

/** One entry of `KeySet.status.versions`. Times are RFC 3339. Inline keys have no vault and version: empty strings. */
export interface KeyVersionStatus extends KeyVersionId {
  readonly state: KeyState;
  /** Why it has this state, for people: one sentence; for untrusted ones the line that would include it. */
  readonly reason: string;
  readonly since: string;
  readonly createdOn?: string;
  readonly notBefore?: string;
  readonly expiresOn?: string;
  readonly algorithm?: KeyAlgorithm;
  /** `sha256:` and the lower-case hex SHA-256 of the SPKI DER. */
  readonly fingerprint?: string;
  readonly publicKeyPem?: string;
}
