import {
  createHash,
  createPublicKey,
  type AsymmetricKeyDetails,
  type JsonWebKey,
  type KeyObject,
} from 'node:crypto';
import { quote } from '../verdict/quote.ts';
import type { KeyAlgorithm } from './key-version.ts';
import { isRocaModulus } from './roca.ts';

export interface LoadedPublicKey {
  readonly publicKey: KeyObject;
  /** `sha256:` and the lower-case hex SHA-256 of the SPKI DER. */
  readonly fingerprint: string;
  readonly algorithm: KeyAlgorithm;
  /** SPKI PEM, re-encoded: equal for equal keys. */
  readonly pem: string;
}

export type PublicKeyLoad =
  | { readonly ok: true; readonly key: LoadedPublicKey }
  | {
      readonly ok: false;
      readonly code: 'KEY_UNSUPPORTED' | 'KEY_WEAK';
      readonly detail: string;
    };

export type PublicKeySource = { readonly pem: string } | { readonly jwk: JsonWebKey };

interface Curve {
  readonly algorithm: KeyAlgorithm;
  readonly derLength: number;
  readonly pointLength: number;
}

const CURVES: ReadonlyMap<string | undefined, Curve> = new Map([
  ['prime256v1', { algorithm: 'P-256', derLength: 91, pointLength: 65 }],
  ['secp384r1', { algorithm: 'P-384', derLength: 120, pointLength: 97 }],
  ['secp521r1', { algorithm: 'P-521', derLength: 158, pointLength: 133 }],
]);
/** First byte of a point in the uncompressed form (SEC 1, 2.3.3); the hybrid form has the same length and begins with 6 or 7. */
const UNCOMPRESSED = 4;
const RSA_SIZES: ReadonlyMap<number, KeyAlgorithm> = new Map([
  [2048, 'RSA-2048'],
  [3072, 'RSA-3072'],
  [4096, 'RSA-4096'],
]);
const JWK_CURVES = ['P-256', 'P-384', 'P-521'];
const PEM = /^\s*-----BEGIN PUBLIC KEY-----\r?\n([A-Za-z0-9+/=\r\n]+)-----END PUBLIC KEY-----\s*$/;

/**
 * Loads one public key (SPKI PEM, or a JWK as Key Vault returns it). Allow-lists what Azure Key Vault can sign with and keyward
 * can verify; never throws, and never repeats the input: it may be a private key put there by mistake.
 */
export function loadPublicKey(source: PublicKeySource): PublicKeyLoad {
  const read = 'pem' in source ? readPem(source.pem) : readJwk(source.jwk);
  if (!(read instanceof Object && 'publicKey' in read)) return read;
  return describe(read.publicKey);
}

type Refusal = Extract<PublicKeyLoad, { ok: false }>;
type Read = { readonly publicKey: KeyObject } | Refusal;

function readPem(pem: string): Read {
  // `createPublicKey` would take a private key without complaint and derive the public half.
  if (/PRIVATE KEY/.test(pem))
    return unsupported(
      'this is a private key: remove it here, replace it, and give the public key',
    );
  if (pem.length > 8192) return unsupported('the PEM is longer than any supported public key');
  const body = PEM.exec(pem)?.[1];
  if (body === undefined)
    return unsupported(
      'not exactly one PEM block of type PUBLIC KEY (SPKI); certificates and PKCS#1 are refused',
    );
  try {
    const key = Buffer.from(body, 'base64');
    return { publicKey: createPublicKey({ key, format: 'der', type: 'spki' }) };
  } catch {
    return unsupported('the PEM block does not hold a public key that can be decoded');
  }
}

function readJwk(jwk: JsonWebKey): Read {
  if (typeof jwk !== 'object' || jwk === null) return unsupported('the JWK is not an object');
  if (jwk.d !== undefined || jwk.p !== undefined || jwk.k !== undefined)
    return unsupported('the JWK holds private material');
  const publicJwk = pickPublic(jwk);
  if (publicJwk === undefined) return unsupported(`key type ${nameOf(jwk)} is not supported`);
  try {
    return { publicKey: createPublicKey({ key: publicJwk, format: 'jwk' }) };
  } catch {
    return unsupported('the JWK does not hold a point or modulus that can be decoded');
  }
}

function pickPublic(jwk: JsonWebKey): JsonWebKey | undefined {
  const { kty, crv, x, y, n, e } = jwk;
  if (kty === 'EC' || kty === 'EC-HSM') {
    if (!isText(crv) || !JWK_CURVES.includes(crv) || !isText(x) || !isText(y)) return undefined;
    return { kty: 'EC', crv, x, y };
  }
  if (kty === 'RSA' || kty === 'RSA-HSM') {
    return isText(n) && isText(e) ? { kty: 'RSA', n, e } : undefined;
  }
  return undefined;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

/** No type and no curve has a longer name; what is longer may be a secret that stands in the wrong place. */
const LONGEST_NAME = 16;

function nameOf(jwk: JsonWebKey): string {
  const words = [jwk.kty, jwk.crv].filter((word) => typeof word === 'string');
  return quote(words.map((word) => (word.length > LONGEST_NAME ? '…' : word)).join(' '));
}

function describe(publicKey: KeyObject): PublicKeyLoad {
  const der = publicKey.export({ format: 'der', type: 'spki' });
  const algorithm = algorithmOf(publicKey, der);
  if (typeof algorithm !== 'string') return algorithm;
  const fingerprint = `sha256:${createHash('sha256').update(der).digest('hex')}`;
  const pem = publicKey.export({ format: 'pem', type: 'spki' }).toString();
  return { ok: true, key: { publicKey, fingerprint, algorithm, pem } };
}

function algorithmOf(key: KeyObject, der: Buffer): KeyAlgorithm | Refusal {
  const details = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType === 'ec') {
    const curve = CURVES.get(details.namedCurve);
    if (curve === undefined)
      return unsupported(
        `the curve ${quote(details.namedCurve ?? 'without a name', 40)} is not supported: only P-256, P-384 and P-521 are`,
      );
    // A compressed or hybrid point or explicit parameters would give the same key a second fingerprint, and so hide it from a
    // revocation.
    if (der.length !== curve.derLength || der.at(-curve.pointLength) !== UNCOMPRESSED)
      return unsupported('the key is not in the usual encoding (named curve, uncompressed point)');
    return curve.algorithm;
  }
  if (key.asymmetricKeyType === 'rsa') return rsaAlgorithm(key, details);
  return unsupported(
    `keys of type ${quote(String(key.asymmetricKeyType), 40)} are not supported: only RSA and EC keys are`,
  );
}

function rsaAlgorithm(
  key: KeyObject,
  { modulusLength: bits = 0, publicExponent: exponent = 0n }: AsymmetricKeyDetails,
): KeyAlgorithm | Refusal {
  if (bits < 2048) return weak(`an RSA modulus of ${bits} bits is too short`);
  if (exponent < 65537n || exponent % 2n === 0n)
    return weak(`the RSA exponent is ${shorten(exponent)}: it must be odd and at least 65537`);
  const algorithm = RSA_SIZES.get(bits);
  if (algorithm === undefined)
    return unsupported(
      `an RSA modulus of ${bits} bits is not supported: only 2048, 3072 and 4096 are`,
    );
  const { n } = key.export({ format: 'jwk' });
  return isRocaModulus(Buffer.from(String(n), 'base64url'))
    ? weak(
        'the RSA key was made by the flawed library of CVE-2017-15361 (ROCA): it can be factored',
      )
    : algorithm;
}

/** An exponent may be as long as a modulus. */
function shorten(exponent: bigint): string {
  const digits = exponent.toString();
  return digits.length > 20 ? `${digits.slice(0, 20)}…` : digits;
}

function unsupported(detail: string): Refusal {
  return { ok: false, code: 'KEY_UNSUPPORTED', detail };
}

function weak(detail: string): Refusal {
  return { ok: false, code: 'KEY_WEAK', detail };
}
