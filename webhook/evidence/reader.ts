import type { RejectedCandidate, Store, UnreadCandidate } from '../../core/verdict/evidence.ts';
import { describeError } from '../../platform/observe/describe-error.ts';
import type { Manifest, Registry, RepositoryRef } from '../../platform/registry/registry.ts';
import { ContentError, RegistryError } from '../../platform/registry/registry-error.ts';

/** All manifests and blobs read for one image. */
const IMAGE_BYTES = 16 * 1024 * 1024;
/** Requests for one image at a time. */
const CONCURRENCY = 8;

export interface Reader {
  /** Rejects with RegistryError or ContentError, as the registry port does. */
  readManifest(reference: string, declaredSize?: number): Promise<Manifest | undefined>;
  /** One fetch for a digest, however many layers name it (two signatures may share a payload). */
  readBlob(
    descriptor: { readonly digest: string; readonly size: number },
    maxBytes: number,
  ): Promise<Uint8Array>;
}

/** Reads for one image within its budgets of bytes and of requests in flight. */
export function createReader(
  registry: Registry,
  ref: RepositoryRef,
  signal: AbortSignal | undefined,
): Reader {
  const options = signal === undefined ? {} : { signal };
  const inTurn = createTurnstile(CONCURRENCY);
  const blobs = new Map<string, Promise<Uint8Array>>();
  let left = IMAGE_BYTES;
  const spend = (bytes: number) => {
    if (bytes > left) {
      throw new ContentError(
        'LIMIT_BYTES',
        `signatures of one image may take ${IMAGE_BYTES} bytes together`,
      );
    }
    left -= bytes;
  };
  const fetchBlob = async (
    descriptor: { readonly digest: string; readonly size: number },
    maxBytes: number,
  ): Promise<Uint8Array> => {
    if (descriptor.size <= maxBytes) spend(descriptor.size);
    const wanted = { ...descriptor, maxBytes };
    const blob = await inTurn(() => registry.fetchBlob(ref, wanted, options));
    if (blob !== undefined) return blob;
    // The manifest is there and what it names is not: the registry lost or hides it, and nobody can say what it held.
    throw new RegistryError('REGISTRY_BAD_RESPONSE', `blob ${descriptor.digest} is not there`);
  };

  return {
    readManifest: async (reference, declaredSize) => {
      const declared = declaredSize === undefined ? {} : { size: declaredSize };
      // Spent before it is asked for, as with blobs: what is read together is then never more than was to be spent.
      spend(declaredSize ?? 0);
      const wanted = { ...options, ...declared };
      const manifest = await inTurn(() => registry.fetchManifest(ref, reference, wanted));
      if (manifest === undefined) left += declaredSize ?? 0;
      else if (declaredSize === undefined) spend(manifest.bytes.length);
      return manifest;
    },
    readBlob: (descriptor, maxBytes) => {
      // The declared size is part of what is asked: two layers may name one digest and disagree.
      const key = `${descriptor.digest} ${descriptor.size} ${maxBytes}`;
      const known = blobs.get(key);
      if (known !== undefined) return known;
      const blob = fetchBlob(descriptor, maxBytes);
      blobs.set(key, blob);
      return blob;
    },
  };
}

/** What a failure means for the candidate, or the store, that was being read. A bug of ours is unavailable, never allow (A154). */
export function candidateOfFailure(
  failure: unknown,
  store: Store,
  manifestDigest: string,
): RejectedCandidate | UnreadCandidate {
  if (failure instanceof ContentError) {
    return { kind: 'rejected', store, manifestDigest, code: failure.code, detail: failure.message };
  }
  if (failure instanceof RegistryError) {
    return { kind: 'unavailable', store, code: failure.code, detail: failure.message };
  }
  const { name, message } = describeError(failure);
  return { kind: 'unavailable', store, code: 'INTERNAL_ERROR', detail: `${name}: ${message}` };
}

function createTurnstile(places: number): <T>(work: () => Promise<T>) => Promise<T> {
  let free = places;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) free += 1;
      else next();
    }
  };
}
