/**
 * Reading side of OCI distribution 1.1, as far as signatures need it. Every byte that leaves here was hashed by us where a
 * digest was asked for; everything that could not be found out is a {@link RegistryError}, never an absence.
 */
import type { RegistryError } from './registry-error.ts';

export interface RepositoryRef {
  /** `host[:port]` as the image reference names it. */
  readonly registry: string;
  readonly repository: string;
}

export interface CallOptions {
  /** Ends the call with `LIMIT_TIME`. Each exchange has a timeout of its own besides. */
  readonly signal?: AbortSignal;
}

export interface Manifest {
  readonly bytes: Uint8Array;
  /** Our own SHA-256 of the bytes, never the `Docker-Content-Digest` header (A124). */
  readonly digest: string;
  /** The Content-Type header without parameters, lower case; unauthenticated. */
  readonly mediaType: string;
}

/** Unsigned: where to look, and nothing more. */
export interface ReferrerDescriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly artifactType?: string;
}

export type LimitCode = 'LIMIT_PAGES' | 'LIMIT_REFERRERS' | 'LIMIT_BYTES';

export interface ReferrersListing {
  readonly store: 'referrers' | 'fallback-tag';
  readonly descriptors: readonly ReferrerDescriptor[];
  /** There is more than was read: why. */
  readonly incomplete?:
    | { readonly kind: 'limit'; readonly code: LimitCode }
    | { readonly kind: 'unavailable'; readonly error: RegistryError };
}

export interface Registry {
  /** One GET of the tag; the digest is our hash of the manifest's bytes. `undefined`: no such tag or repository. */
  resolveTag(ref: RepositoryRef, tag: string, options?: CallOptions): Promise<string | undefined>;
  /**
   * At most 4 MiB, and what `size` declares where it is given. `undefined`: not there. Rejects with RegistryError, or ContentError when
   * the bytes are not the digest's or the size's.
   */
  fetchManifest(
    ref: RepositoryRef,
    reference: string,
    options?: CallOptions & { readonly size?: number },
  ): Promise<Manifest | undefined>;
  /** `undefined`: not there. Rejects as `fetchManifest` does; `maxBytes` bounds what may be declared, and `size` what is read. */
  fetchBlob(
    ref: RepositoryRef,
    descriptor: { readonly digest: string; readonly size: number; readonly maxBytes: number },
    options?: CallOptions,
  ): Promise<Uint8Array | undefined>;
  /** All pages within caps; the fallback tag where there is no referrers API. Rejects as `fetchManifest` does. */
  listReferrers(
    ref: RepositoryRef,
    digest: string,
    options?: CallOptions,
  ): Promise<ReferrersListing>;
  close(): Promise<void>;
}
