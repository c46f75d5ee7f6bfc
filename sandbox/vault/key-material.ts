import {
  constants,
  createECDH,
  generateKeyPairSync,
  privateEncrypt,
  type JsonWebKey,
  type KeyObject,
} from 'node:crypto';

export type KeySpec =
  | { readonly kty: 'RSA'; readonly size: 2048 | 3072 | 4096 }
  | { readonly kty: 'EC'; readonly curve: 'P-256' | 'P-384' | 'P-521' };

export const SIGNATURE_ALGORITHMS = ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512'] as const;
export type SignatureAlgorithm = (typeof SIGNATURE_ALGORITHMS)[number];

export interface KeyMaterial {
  readonly spec: KeySpec;
  readonly publicJwk: JsonWebKey;
  readonly privateKey: KeyObject;
}

export function generateKey(spec: KeySpec): KeyMaterial {
  const pair =
    spec.kty === 'RSA'
      ? generateKeyPairSync('rsa', { modulusLength: spec.size })
      : generateKeyPairSync('ec', { namedCurve: spec.curve });
  return {
    spec,
    publicJwk: pair.publicKey.export({ format: 'jwk' }),
    privateKey: pair.privateKey,
  };
}

const HASHES = {
  RS256: { length: 32, prefix: '3031300d060960864801650304020105000420' },
  RS384: { length: 48, prefix: '3041300d060960864801650304020205000430' },
  RS512: { length: 64, prefix: '3051300d060960864801650304020305000440' },
  ES256: { length: 32, curve: 'P-256' },
  ES384: { length: 48, curve: 'P-384' },
  ES512: { length: 64, curve: 'P-521' },
} as const;

/**
 * Signs a digest that somebody else computed, as Key Vault does. RS…: PKCS#1 v1.5. ES…: `r || s`, not DER.
 * Throws TypeError when algorithm, digest length and key do not fit each other.
 */
export function signDigest(
  { spec, privateKey }: KeyMaterial,
  algorithm: SignatureAlgorithm,
  digest: Uint8Array,
): Buffer {
  const hash = HASHES[algorithm];
  if (digest.length !== hash.length) {
    throw new TypeError(`${algorithm} takes a digest of ${hash.length} bytes`);
  }
  if ('prefix' in hash) {
    if (spec.kty !== 'RSA') throw new TypeError(`${algorithm} needs an RSA key`);
    // DigestInfo of RFC 8017 section 9.2, note 1.
    const info = Buffer.concat([Buffer.from(hash.prefix, 'hex'), digest]);
    return privateEncrypt({ key: privateKey, padding: constants.RSA_PKCS1_PADDING }, info);
  }
  if (spec.kty !== 'EC' || spec.curve !== hash.curve) {
    throw new TypeError(`${algorithm} needs a ${hash.curve} key`);
  }
  return signEcdsa(spec.curve, privateKey, digest);
}

const CURVES = {
  'P-256': {
    name: 'prime256v1',
    order: 'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551',
  },
  'P-384': {
    name: 'secp384r1',
    order:
      'ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973',
  },
  'P-521': {
    name: 'secp521r1',
    order:
      '01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409',
  },
} as const;

/**
 * ECDSA over a given digest (FIPS 186-5 section 6.4.1): node:crypto hashes before it signs and cannot be told not to. The arithmetic
 * is not constant-time: fit for a stand-in whose keys die with it, and for nothing else.
 */
function signEcdsa(curve: keyof typeof CURVES, privateKey: KeyObject, digest: Uint8Array): Buffer {
  const order = BigInt(`0x${CURVES[curve].order}`);
  const width = CURVES[curve].order.length / 2;
  const secret = toBigInt(Buffer.from(privateKey.export({ format: 'jwk' }).d ?? '', 'base64url'));
  for (;;) {
    // An ephemeral Diffie-Hellman pair is a random scalar with its point: the nonce of ECDSA.
    const ephemeral = createECDH(CURVES[curve].name);
    const point = ephemeral.generateKeys();
    const nonce = toBigInt(ephemeral.getPrivateKey());
    const r = toBigInt(point.subarray(1, 1 + (point.length - 1) / 2)) % order;
    const s = (invert(nonce, order) * ((toBigInt(digest) + r * secret) % order)) % order;
    if (r !== 0n && s !== 0n) return Buffer.concat([toBytes(r, width), toBytes(s, width)]);
  }
}

function toBigInt(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
}

function toBytes(value: bigint, width: number): Buffer {
  return Buffer.from(value.toString(16).padStart(width * 2, '0'), 'hex');
}

/** Extended Euclid; `modulus` is prime. */
function invert(value: bigint, modulus: bigint): bigint {
  let [previous, current] = [modulus, value % modulus];
  let [x, y] = [0n, 1n];
  while (current !== 0n) {
    const quotient = previous / current;
    [previous, current] = [current, previous - quotient * current];
    [x, y] = [y, x - quotient * y];
  }
  return ((x % modulus) + modulus) % modulus;
}
