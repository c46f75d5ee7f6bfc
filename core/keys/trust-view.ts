import type { KeyObject } from 'node:crypto';
import type { KeySetName } from '../policy/policy.ts';
import type { KeyAlgorithm, KeyVersionStatus } from './key-version.ts';

/** A version with its loaded public key. `state` has revocations subtracted already. */
export interface TrustedKey extends KeyVersionStatus {
  readonly keySet: KeySetName;
  /** Of `publicKey` itself, whatever the status claimed. */
  readonly fingerprint: string;
  readonly algorithm: KeyAlgorithm;
  readonly publicKey: KeyObject;
  /** See `VerificationKey`; absent for every key of a vault. */
  readonly hash?: 'auto' | 'sha256';
  /** Milliseconds since the epoch; `-Infinity` where the vault did not say. */
  readonly createdAt: number;
  /** Its dates in milliseconds since the epoch: valid where `validFrom <= now < validUntil`. Infinite where the vault set none. */
  readonly validFrom: number;
  readonly validUntil: number;
}

/**
 * What the current API objects say about trust: a pure function of them (DESIGN decision 10), rebuilt whole on each change
 * and never mutated.
 */
export interface TrustView {
  /** Every version whose public key is known, trusted or not (an untrusted one makes a denial name its key), by key set. */
  readonly keySets: ReadonlyMap<KeySetName, KeySetTrust>;
}

export interface KeySetTrust {
  /** Newest first. */
  readonly keys: readonly TrustedKey[];
  /** Milliseconds since the epoch at which its trust goes stale; undefined: `onStale: KeepTrust` or inline. */
  readonly staleAt?: number;
  readonly expiredKeys: 'Trust' | 'Deny' | 'AllowTimestamped';
}
