import type { KnownKey } from '../../core/keys/version-facts.ts';
import type { KeySource } from './provider-source.ts';

/** Why the vault's answer about a key or version is not known. `message` is safe to publish. */
export interface VaultProblem {
  readonly vaultUri: string;
  readonly code: string;
  readonly message: string;
  readonly retryAfterSeconds?: number;
}

/** What the vault said of one version. Times are milliseconds since the epoch. */
export interface SeenVersion {
  readonly version: string;
  readonly enabled: boolean;
  readonly createdOn?: number;
  readonly notBefore?: number;
  readonly expiresOn?: number;
  /** Its public key; undefined where the vault would not show it or could not be asked. */
  readonly key?: KnownKey;
}

/** One key as the vault told it. `failed`: the list itself is not known, so nothing may change. */
export type KeyReading =
  | {
      readonly kind: 'read';
      readonly source: KeySource;
      readonly versions: readonly SeenVersion[];
      /** Known versions that the list lacked and a GET of each confirmed as gone (404 KeyNotFound). */
      readonly deleted: ReadonlySet<string>;
      /** What could not be found out about single versions. */
      readonly problems: readonly VaultProblem[];
    }
  | { readonly kind: 'failed'; readonly source: KeySource; readonly problem: VaultProblem };
