import { verify, type KeyObject } from 'node:crypto';
import type { KeyAlgorithm } from '../keys/key-version.ts';
import { parseIntegerPair } from './der.ts';

/** `encoding`: not in a form that this kind of key produces, so it was not even tried. */
export type SignatureCheck = 'valid' | 'invalid' | 'encoding';

export interface VerificationKey {
  readonly publicKey: KeyObject;
  readonly algorithm: KeyAlgorithm;
  /**
   * `auto` (absent): what Key Vault and cosign's P-256, P-384, P-521 and RSA-2048 keys use. `sha256`: for local RSA-3072 and RSA-4096 keys of
   * cosign, and keys of other tools that hash with SHA-256 whatever the key. Never both in turn (cosign.md section 2.1).
   */
  readonly hash?: 'auto' | 'sha256';
}

/** A signature in the bytes that OpenSSL checks, and the hash that its key asks for. */
export interface SignatureTrial {
  readonly hash: Scheme['hash'];
  readonly publicKey: KeyObject;
  readonly signature: Uint8Array;
}

interface Scheme {
  /** With Azure Key Vault the hash follows from the key, never from payload or format (cosign.md section 2.1). */
  readonly hash: 'sha256' | 'sha384' | 'sha512';
  /** The signature as OpenSSL checks it; undefined: not in a form that such a key produces. */
  readonly bare: (signature: Uint8Array, bytes: number) => Uint8Array | undefined;
  /** RSA: the modulus; EC: the group order. In bytes. */
  readonly bytes: number;
}

const SCHEMES: Readonly<Record<KeyAlgorithm, Scheme>> = {
  'RSA-2048': { hash: 'sha256', bare: bareRsa, bytes: 256 },
  'RSA-3072': { hash: 'sha384', bare: bareRsa, bytes: 384 },
  'RSA-4096': { hash: 'sha512', bare: bareRsa, bytes: 512 },
  'P-256': { hash: 'sha256', bare: bareEcdsa, bytes: 32 },
  'P-384': { hash: 'sha384', bare: bareEcdsa, bytes: 48 },
  'P-521': { hash: 'sha512', bare: bareEcdsa, bytes: 66 },
};

/**
 * Verifies one signature with one key by the scheme that the key dictates: ECDSA in strict DER, or RSASSA-PKCS1-v1_5, raw or
 * in the halves that cosign's Key Vault signer wraps it in. Never throws, changes nothing that it is given.
 */
export function verifySignature(
  key: VerificationKey,
  signedBytes: Uint8Array,
  signature: Uint8Array,
): SignatureCheck {
  const trial = prepareTrial(key, signature);
  if (trial === undefined) return 'encoding';
  try {
    return verify(trial.hash, signedBytes, trial.publicKey, trial.signature) ? 'valid' : 'invalid';
  } catch {
    // An odd key or signature that OpenSSL chokes on is not a proof.
    return 'invalid';
  }
}

/** What is to be verified; undefined: the signature is not in a form that this kind of key produces. */
export function prepareTrial(
  { publicKey, algorithm, hash }: VerificationKey,
  signature: Uint8Array,
): SignatureTrial | undefined {
  const scheme = SCHEMES[algorithm];
  const bare = scheme.bare(signature, scheme.bytes);
  if (bare === undefined) return undefined;
  return { hash: hash === 'sha256' ? 'sha256' : scheme.hash, publicKey, signature: bare };
}

/** Whether the signature has a form that a key of this algorithm produces: costs no cryptography. */
export function isSignatureEncoding(algorithm: KeyAlgorithm, signature: Uint8Array): boolean {
  const { bare, bytes } = SCHEMES[algorithm];
  return bare(signature, bytes) !== undefined;
}

function bareEcdsa(signature: Uint8Array, bytes: number): Uint8Array | undefined {
  const pair = parseIntegerPair(signature);
  const sound = pair?.every((part) => part.byteLength > 0 && part.byteLength <= bytes) ?? false;
  return sound ? signature : undefined;
}

/** cosign.md section 2.2. Short halves are padded on the left: without that, rare good signatures would be refused. */
function bareRsa(signature: Uint8Array, bytes: number): Uint8Array | undefined {
  if (signature.byteLength === bytes) return signature;
  const pair = parseIntegerPair(signature);
  if (pair === undefined) return undefined;
  const half = bytes / 2;
  const bare = new Uint8Array(bytes);
  for (const [index, part] of pair.entries()) {
    if (part.byteLength > half) return undefined;
    bare.set(part, (index + 1) * half - part.byteLength);
  }
  return bare;
}
