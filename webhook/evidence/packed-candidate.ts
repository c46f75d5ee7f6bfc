import { readClaims } from '../../core/cosign/claims.ts';
import type { SoundCandidate } from '../../core/verdict/evidence.ts';

/**
 * The same candidate in little more memory than its own bytes, for as long as the cache keeps it: all of it in one string of one-byte
 * characters (an array buffer costs 200 bytes beside its content), digests as 32 bytes, and claims read from the signed bytes when
 * somebody asks for them.
 */
export function packCandidate(candidate: SoundCandidate): SoundCandidate {
  return new PackedCandidate(candidate);
}

class PackedCandidate implements SoundCandidate {
  readonly store: SoundCandidate['store'];
  readonly format: SoundCandidate['format'];
  readonly #imageDigest: string;
  /** Signature, signed bytes, digest of the manifest, of the blob, hint. */
  readonly #bytes: string;
  readonly #signatureLength: number;
  readonly #signedLength: number;

  constructor(candidate: SoundCandidate) {
    const { signature, signedBytes, manifestDigest, blobDigest, hint } = candidate;
    this.store = candidate.store;
    this.format = candidate.format;
    this.#imageDigest = candidate.claims.digest;
    this.#signatureLength = signature.length;
    this.#signedLength = signedBytes.length;
    const digests = [manifestDigest, blobDigest, ...(hint === undefined ? [] : [hint])];
    const bytes = Buffer.concat([signature, signedBytes, ...digests.map(packDigest)]);
    this.#bytes = bytes.toString('latin1');
  }

  get kind(): 'sound' {
    return 'sound';
  }

  get signature(): Uint8Array {
    return this.#take(0, this.#signatureLength);
  }

  get signedBytes(): Uint8Array {
    return this.#take(this.#signatureLength, this.#signedLength);
  }

  get manifestDigest(): string {
    return this.#takeDigest(0);
  }

  get blobDigest(): string {
    return this.#takeDigest(1);
  }

  get hint(): string | undefined {
    const isThere = this.#bytes.length > this.#startOfDigest(2);
    return isThere ? this.#takeDigest(2) : undefined;
  }

  get claims(): SoundCandidate['claims'] {
    return new LazyClaims(this.#imageDigest, () =>
      readClaims(this.format, this.signedBytes, this.#imageDigest),
    );
  }

  #take(start: number, length: number): Buffer {
    return Buffer.from(this.#bytes.slice(start, start + length), 'latin1');
  }

  #takeDigest(index: number): string {
    return `${SHA256}${this.#take(this.#startOfDigest(index), DIGEST_LENGTH).toString('hex')}`;
  }

  #startOfDigest(index: number): number {
    return this.#signatureLength + this.#signedLength + index * DIGEST_LENGTH;
  }
}

/** Every verdict asks for the digest, few for the rest. */
class LazyClaims {
  readonly digest: string;
  readonly #read: () => SoundCandidate['claims'];

  constructor(digest: string, read: () => SoundCandidate['claims']) {
    this.digest = digest;
    this.#read = read;
  }

  get reference(): string | undefined {
    return this.#read().reference;
  }

  get annotations(): ReadonlyMap<string, string> {
    return this.#read().annotations;
  }
}

const SHA256 = 'sha256:';
const DIGEST_LENGTH = 32;

function packDigest(digest: string): Buffer {
  const bytes = Buffer.from(digest.slice(SHA256.length), 'hex');
  if (!digest.startsWith(SHA256) || bytes.length !== DIGEST_LENGTH)
    throw new TypeError('not a sha256 digest');
  return bytes;
}
