import { compare } from '../verdict/compare.ts';
import type { KeyVersionId, KeyVersionStatus } from './key-version.ts';
import type { LoadedPublicKey, PublicKeyLoad } from './public-key.ts';

/** A public key as far as judging goes: kept by the ten thousand, so without the key object that verifying needs. */
export type KnownKey =
  | { readonly ok: true; readonly key: Omit<LoadedPublicKey, 'publicKey'> }
  | { readonly ok: false; readonly detail: string };

export function toKnownKey(load: PublicKeyLoad): KnownKey {
  if (!load.ok) return { ok: false, detail: load.detail };
  const { fingerprint, algorithm, pem } = load.key;
  return { ok: true, key: { fingerprint, algorithm, pem } };
}

/** All that is known of a version, from the vault now or from the last time it could be read. Times are milliseconds. */
export interface VersionFacts extends KeyVersionId {
  readonly presence: 'present' | 'deleted' | 'unknown';
  readonly enabled: boolean;
  readonly createdOn?: number;
  readonly notBefore?: number;
  readonly expiresOn?: number;
  readonly key?: KnownKey;
  /** Its entry in the status that is about to be replaced. */
  readonly previous?: KeyVersionStatus;
  /** The key that this entry holds, where entry and key are sound; needed only where `key` cannot be used. */
  readonly previousKey?: KnownKey;
}

/** Newest first; without a creation time last; equal times by version, so that the order never depends on the list's. */
export function newestFirst(
  first: { readonly createdOn?: number; readonly version: string },
  second: { readonly createdOn?: number; readonly version: string },
): number {
  const byTime = (second.createdOn ?? -Infinity) - (first.createdOn ?? -Infinity);
  if (byTime !== 0 && !Number.isNaN(byTime)) return byTime;
  return compare(second.version, first.version);
}

/** The fingerprint of the key that the facts hold; undefined where it could not be read or loaded. */
export function fingerprintOf({ key }: Pick<VersionFacts, 'key'>): string | undefined {
  return key?.ok === true ? key.key.fingerprint : undefined;
}

/**
 * Whether the key is another than the one known for this version. In Key Vault the key of a version never changes, so somebody
 * changed the vault's answer, the vault or the status: which of them is not known here, so neither key deserves trust.
 */
export function hasChangedKey(
  facts: Pick<VersionFacts, 'key' | 'previous' | 'previousKey'>,
): boolean {
  // One that cannot be loaded, where the known one still can: whoever swaps keys must not pass for a vault with an odd one.
  if (facts.key?.ok === false) return facts.previousKey?.ok === true;
  const now = fingerprintOf(facts);
  const before = facts.previous?.fingerprint;
  return now !== undefined && before !== undefined && now !== before;
}
