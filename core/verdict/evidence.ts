import type { DenyCode, UnavailableCode } from './reasons.ts';

export type Store = 'referrers' | 'fallback-tag' | 'signature-tag';

/**
 * A candidate whose bytes are well formed and whose claims bind to the image (cosign.md section 11, steps 2 and 3, all
 * but the key trials). The claims are *signed* claims only once a key verifies `signature` over `signedBytes`.
 */
export interface SoundCandidate {
  readonly kind: 'sound';
  readonly store: Store;
  readonly format: 'legacy' | 'bundle';
  /** Digest of the manifest that holds it, and of the blob that carries the payload or bundle. */
  readonly manifestDigest: string;
  readonly blobDigest: string;
  /** Legacy: the payload as stored. Bundle: the DSSE pre-authentication encoding. */
  readonly signedBytes: Uint8Array;
  readonly signature: Uint8Array;
  /** Bundle only, unauthenticated: `sha256:<hex>` of the SPKI DER it names. It orders attempts and proves nothing. */
  readonly hint?: string | undefined;
  readonly claims: {
    readonly digest: string;
    readonly reference?: string | undefined;
    readonly annotations: ReadonlyMap<string, string>;
  };
}

export interface RejectedCandidate {
  readonly kind: 'rejected';
  readonly store: Store;
  readonly manifestDigest: string;
  readonly code: DenyCode;
  readonly detail: string;
}

/** A candidate or a whole store that could not be read: never "unsigned". */
export interface UnreadCandidate {
  readonly kind: 'unavailable';
  readonly store: Store;
  readonly code: UnavailableCode;
  readonly detail: string;
}

export type Candidate = SoundCandidate | RejectedCandidate | UnreadCandidate;

/** What a registry holds for one image digest. Immutable; verdicts are computed from it (DESIGN decision 5). */
export interface Evidence {
  /** `registry/repository`, without tag or digest. */
  readonly repository: string;
  /** `sha256:<64 lower hex>`. */
  readonly digest: string;
  readonly candidates: readonly Candidate[];
  /** Where was looked, for the message of a denial. */
  readonly lookedAt: readonly string[];
  /** Milliseconds since the epoch. */
  readonly fetchedAt: number;
}
