import type { JsonWebKey } from 'node:crypto';

/** What a list tells of a version. Times are milliseconds since the epoch. */
export interface SeenVersion {
  readonly version: string;
  readonly enabled: boolean | null;
  readonly createdOn: number | null;
  readonly notBefore: number | null;
  readonly expiresOn: number | null;
}

export interface SeenKey extends SeenVersion {
  /** The key's URL as the vault gave it. */
  readonly id: string;
  readonly jwk: JsonWebKey;
}

export interface NewKey {
  readonly kty: 'RSA' | 'EC';
  readonly size?: number;
  readonly curve?: 'P-256' | 'P-384' | 'P-521';
  readonly enabled?: boolean;
  readonly notBefore?: number;
  readonly expiresOn?: number;
}

export const SIGNATURES = ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512'] as const;
export type SignatureAlgorithm = (typeof SIGNATURES)[number];

/** Faults in words that all libraries' errors are mapped to. */
export type Fault = 'absent' | 'forbidden' | 'throttled' | 'unauthorized' | 'other';
export type Result<Value> =
  { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly fault: Fault };

/** One Key Vault client library, as the contract's behaviours use it. */
export interface VaultClient {
  /** Creates the key, or one more version of it. */
  create(name: string, key: NewKey): Promise<Result<SeenKey>>;
  rotate(name: string): Promise<Result<SeenKey>>;
  setEnabled(name: string, version: string, enabled: boolean): Promise<Result<null>>;
  /** Resolves when the vault says that it is deleted. */
  remove(name: string): Promise<Result<null>>;
  list(name: string): Promise<Result<readonly SeenVersion[]>>;
  /** Without a version: the current one. */
  read(name: string, version?: string): Promise<Result<SeenKey>>;
  /** base64, or a fault; the library has verified it with the public key by its own means. */
  sign(
    id: { readonly name: string; readonly version: string },
    algorithm: SignatureAlgorithm,
    digest: Buffer,
  ): Promise<Result<string>>;
  close(): Promise<void>;
}

export function valueOf<Value>(result: Result<Value>): Value {
  if (!result.ok) throw new Error(`the client library failed: ${result.fault}`);
  return result.value;
}
