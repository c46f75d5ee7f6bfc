/**
 * Keys and signatures for tests, in the shapes that cosign stores when it signs with a Key Vault key. Independent of the code
 * under test: Node signs, the sandbox's signer wraps.
 */
import { Buffer } from 'node:buffer';
import { constants, createHash, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import type { KeyAlgorithm } from '../../core/keys/key-version.ts';
import { wrapHalves } from '../../sandbox/signer/signature-encoding.ts';

export interface Signer {
  readonly algorithm: KeyAlgorithm;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly fingerprint: string;
  readonly pem: string;
}

export type Hash = 'sha1' | 'sha256' | 'sha384' | 'sha512';

/** The table of cosign.md section 2.1, written down once more: tests must not read it from the code under test. */
export const HASH_OF: Readonly<Record<KeyAlgorithm, Hash>> = {
  'RSA-2048': 'sha256',
  'RSA-3072': 'sha384',
  'RSA-4096': 'sha512',
  'P-256': 'sha256',
  'P-384': 'sha384',
  'P-521': 'sha512',
};

const signers = new Map<string, Signer>();

/** The key of that algorithm and label, made at first use: the same one again for the same words. */
export function signerOf(algorithm: KeyAlgorithm = 'P-256', label = 'first'): Signer {
  const name = `${algorithm} ${label}`;
  const signer = signers.get(name) ?? makeSigner(algorithm);
  signers.set(name, signer);
  return signer;
}

function makeSigner(algorithm: KeyAlgorithm): Signer {
  const { privateKey, publicKey } = algorithm.startsWith('RSA')
    ? generateKeyPairSync('rsa', { modulusLength: Number(algorithm.slice(4)) })
    : generateKeyPairSync('ec', { namedCurve: algorithm });
  const der = publicKey.export({ format: 'der', type: 'spki' });
  return {
    algorithm,
    privateKey,
    publicKey,
    fingerprint: `sha256:${createHash('sha256').update(der).digest('hex')}`,
    pem: publicKey.export({ format: 'pem', type: 'spki' }).toString(),
  };
}

/** `wrapped`: as every cosign release up to v3.1.2 stores a Key Vault signature. `raw` matters to RSA only. */
export interface SignOptions {
  readonly hash?: Hash;
  readonly form?: 'wrapped' | 'raw';
}

export function signBytes(signer: Signer, bytes: Uint8Array, options: SignOptions = {}): Buffer {
  const raw = signRaw(signer, bytes, options.hash);
  return isRsa(signer) && options.form === 'raw' ? raw : wrapHalves(raw);
}

/** What Key Vault's own `sign` returns: r and s side by side, or the RSA value. */
export function signRaw(signer: Signer, bytes: Uint8Array, hash?: Hash): Buffer {
  const { privateKey, algorithm } = signer;
  return isRsa(signer)
    ? sign(hash ?? HASH_OF[algorithm], bytes, {
        key: privateKey,
        padding: constants.RSA_PKCS1_PADDING,
      })
    : sign(hash ?? HASH_OF[algorithm], bytes, { key: privateKey, dsaEncoding: 'ieee-p1363' });
}

/** Signs until the signature is of the wanted kind: for the rare ones, such as halves that begin with zero bytes. */
export function searchSignature(
  signer: Signer,
  isWanted: (raw: Buffer) => boolean,
): { readonly bytes: Buffer; readonly raw: Buffer } {
  for (let attempt = 0; attempt < 100_000; attempt += 1) {
    const bytes = Buffer.from(`attempt ${attempt}`);
    const raw = signRaw(signer, bytes);
    if (isWanted(raw)) return { bytes, raw };
  }
  throw new Error('no such signature turned up');
}

function isRsa({ algorithm }: Signer): boolean {
  return algorithm.startsWith('RSA');
}
