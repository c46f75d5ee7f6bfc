import { createHash, type KeyObject } from 'node:crypto';

/** The JWA names that Key Vault's `sign` operation takes. */
export type SignAlgorithm = 'ES256' | 'ES384' | 'ES512' | 'RS256' | 'RS384' | 'RS512';

interface SigningChoice {
  readonly algorithm: SignAlgorithm;
  readonly hash: 'sha256' | 'sha384' | 'sha512';
}

const EC_CHOICES: ReadonlyMap<string | undefined, SigningChoice> = new Map([
  ['prime256v1', { algorithm: 'ES256', hash: 'sha256' }],
  ['secp384r1', { algorithm: 'ES384', hash: 'sha384' }],
  ['secp521r1', { algorithm: 'ES512', hash: 'sha512' }],
]);
const RSA_CHOICES: ReadonlyMap<number | undefined, SigningChoice> = new Map([
  [2048, { algorithm: 'RS256', hash: 'sha256' }],
  [3072, { algorithm: 'RS384', hash: 'sha384' }],
  [4096, { algorithm: 'RS512', hash: 'sha512' }],
]);

export interface VaultSigner {
  /** The public key of the version that signs. */
  readonly publicKey: KeyObject;
  /** Key Vault's `sign`: takes a digest, returns r‖s or the RSA value. */
  sign(digest: Buffer, algorithm: SignAlgorithm): Promise<Buffer>;
  /** RSA as cosign up to v3.1.2 writes it, or as `kms/azure` v1.10.9 does. Default `wrapped`. */
  readonly rsaForm?: 'wrapped' | 'raw';
}

/** A signature over `bytes` in the encoding that cosign with `azurekms://` stores. Throws on a key that Key Vault has not. */
export async function signAsCosign(signer: VaultSigner, bytes: Uint8Array): Promise<Buffer> {
  const { asymmetricKeyDetails: details, asymmetricKeyType: type } = signer.publicKey;
  const choice =
    type === 'ec' ? EC_CHOICES.get(details?.namedCurve) : RSA_CHOICES.get(details?.modulusLength);
  if (choice === undefined) throw new TypeError(`Key Vault has no such signing key: ${type}`);
  const digest = createHash(choice.hash).update(bytes).digest();
  const raw = await signer.sign(digest, choice.algorithm);
  return type === 'rsa' && signer.rsaForm === 'raw' ? raw : wrapHalves(raw);
}

/**
 * Two halves as DER INTEGERs in a SEQUENCE. Right for r‖s. cosign does the same to RSA values, which is why verifiers
 * have to undo it (sigstore/sigstore #1384).
 */
export function wrapHalves(raw: Uint8Array): Buffer {
  const half = raw.length >> 1;
  const content = Buffer.concat([
    encodeInteger(raw.subarray(0, half)),
    encodeInteger(raw.subarray(half)),
  ]);
  return Buffer.concat([Buffer.from([0x30]), encodeLength(content.length), content]);
}

function encodeInteger(magnitude: Uint8Array): Buffer {
  const first = magnitude.findIndex((byte) => byte !== 0);
  const minimal = first === -1 ? Buffer.from([0]) : Buffer.from(magnitude.subarray(first));
  const sign = (minimal[0] ?? 0) >= 0x80 ? [0] : [];
  const content = Buffer.concat([Buffer.from(sign), minimal]);
  return Buffer.concat([Buffer.from([0x02]), encodeLength(content.length), content]);
}

function encodeLength(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  if (length < 0x100) return Buffer.from([0x81, length]);
  return Buffer.from([0x82, length >> 8, length & 0xff]);
}
