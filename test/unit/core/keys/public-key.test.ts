import { describe, expect, it } from '@jest/globals';
import { generateKeyPairSync, type JsonWebKey } from 'node:crypto';
import { KEY_ALGORITHMS } from '../../../../core/keys/key-version.ts';
import { loadPublicKey } from '../../../../core/keys/public-key.ts';
import { signerOf } from '../../../support/signing.ts';

const jwkOf = (algorithm: (typeof KEY_ALGORITHMS)[number]): JsonWebKey =>
  signerOf(algorithm).publicKey.export({ format: 'jwk' });
const p256 = jwkOf('P-256');
const rsa = jwkOf('RSA-2048');
const refusal = (source: Parameters<typeof loadPublicKey>[0]) => {
  const load = loadPublicKey(source);
  return load.ok ? load.key.algorithm : load.code;
};

describe.each(KEY_ALGORITHMS)('a key %s', (algorithm) => {
  const signer = signerOf(algorithm);
  const jwk = jwkOf(algorithm);
  const expected = { algorithm, fingerprint: signer.fingerprint, pem: signer.pem };

  it('loads from PEM', () => {
    const load = loadPublicKey({ pem: signer.pem });
    expect(load).toMatchObject({ ok: true, key: expected });
    expect(load.ok && load.key.publicKey.equals(signer.publicKey)).toBe(true);
  });

  it('loads from a JWK as Key Vault gives it, also of a hardware key', () => {
    expect(loadPublicKey({ jwk })).toMatchObject({ ok: true, key: expected });
    const hsm = { ...jwk, kty: `${jwk.kty}-HSM`, kid: 'https://v/keys/k/1', key_ops: ['verify'] };
    expect(loadPublicKey({ jwk: hsm })).toMatchObject({ ok: true, key: expected });
  });

  it('is refused with its private half, which is not repeated (A122)', () => {
    const pem = signer.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
    const secret = signer.privateKey.export({ format: 'jwk' });
    for (const load of [
      loadPublicKey({ pem }),
      loadPublicKey({ pem: `${signer.pem}${pem}` }),
      loadPublicKey({ jwk: secret }),
    ]) {
      expect(load).toMatchObject({ ok: false, code: 'KEY_UNSUPPORTED' });
      expect(JSON.stringify(load)).not.toContain(secret.d);
      expect(JSON.stringify(load)).not.toContain(pem.split('\n')[1]);
    }
  });
});

describe('one key has one fingerprint', () => {
  const { pem, fingerprint } = signerOf('P-256');
  it.each([
    ['white space around', `\n\t ${pem}\n\n`],
    ['Windows line ends', pem.replaceAll('\n', '\r\n')],
    ['a body on one line', pem.replace(/(?<=[^-])\n(?=[^-])/gu, '')],
  ])('with %s', (_, text) => {
    expect(loadPublicKey({ pem: text })).toMatchObject({ ok: true, key: { fingerprint, pem } });
  });
});

describe('a weak RSA key is refused', () => {
  const jwkOfRsa = (modulusLength: number, publicExponent = 65537) =>
    generateKeyPairSync('rsa', { modulusLength, publicExponent }).publicKey.export({
      format: 'jwk',
    });
  it.each([
    ['RSA-512 (A120)', jwkOfRsa(512), 'KEY_WEAK'],
    ['RSA-1024 (A120)', jwkOfRsa(1024), 'KEY_WEAK'],
    ['RSA-2047', jwkOfRsa(2047), 'KEY_WEAK'],
    ['RSA-2056', jwkOfRsa(2056), 'KEY_UNSUPPORTED'],
    ['e = 1 (A120)', { ...rsa, e: 'AQ' }, 'KEY_WEAK'],
    ['e = 3 (A120)', jwkOfRsa(2048, 3), 'KEY_WEAK'],
    ['e = 65535', { ...rsa, e: Buffer.from([0xff, 0xff]).toString('base64url') }, 'KEY_WEAK'],
    ['an even e (A120)', { ...rsa, e: Buffer.from([1, 0, 2]).toString('base64url') }, 'KEY_WEAK'],
  ])('%s', (_, jwk, code) => {
    expect(refusal({ jwk })).toBe(code);
  });

  it('but not for an odd exponent beyond 65537', () => {
    expect(refusal({ jwk: { ...rsa, e: Buffer.from([1, 0, 3]).toString('base64url') } })).toBe(
      'RSA-2048',
    );
  });
});

describe('a key that Key Vault cannot sign cosign signatures with is refused', () => {
  const pemOf = (key: { export(options: object): string | Buffer }) =>
    key.export({ format: 'pem', type: 'spki' }).toString();
  const secp256k1 = generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey;
  const ed25519 = generateKeyPairSync('ed25519').publicKey;
  it.each([
    ['secp256k1 by SPKI (A121)', { pem: pemOf(secp256k1) }],
    ['secp256k1 by JWK (A121)', { jwk: secp256k1.export({ format: 'jwk' }) }],
    ['P-256K by JWK (A121)', { jwk: { ...p256, crv: 'P-256K' } }],
    ['P-224', { pem: pemOf(generateKeyPairSync('ec', { namedCurve: 'secp224r1' }).publicKey) }],
    ['Ed25519 by SPKI (A121)', { pem: pemOf(ed25519) }],
    ['Ed25519 by JWK (A121)', { jwk: ed25519.export({ format: 'jwk' }) }],
    [
      'an RSA-PSS key (B-47)',
      { pem: pemOf(generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).publicKey) },
    ],
    ['a symmetric key (A121)', { jwk: { kty: 'oct', k: 'AAAA' } }],
    ['a symmetric key of a Managed HSM (A121)', { jwk: { kty: 'oct-HSM' } }],
  ])('%s', (_, source) => {
    expect(refusal(source)).toBe('KEY_UNSUPPORTED');
  });
});

describe('a JWK that is none is refused', () => {
  it.each([
    ['nothing', undefined],
    ['null', null],
    ['text', 'jwk'],
    ['an empty object', {}],
    ['a kty in another case', { ...p256, kty: 'ec' }],
    ['no curve', { ...p256, crv: undefined }],
    ['a curve by its OpenSSL name', { ...p256, crv: 'prime256v1' }],
    ['a curve that is an object', { ...p256, crv: { toString: 1 } }],
    ['a curve in a list', { ...p256, crv: ['P-256'] }],
    ['no x', { ...p256, x: undefined }],
    ['an empty y', { ...p256, y: '' }],
    ['a y that is a number', { ...p256, y: 5 }],
    ['a point off the curve (A121)', { ...p256, y: p256.x }],
    ['a point of another curve', { ...p256, crv: 'P-384' }],
    ['no modulus', { ...rsa, n: undefined }],
    ['an empty exponent', { ...rsa, e: '' }],
    ['an RSA key that calls itself EC', { ...rsa, kty: 'EC' }],
    ['the private exponent (A122)', { ...rsa, d: 'AQAB' }],
    ['a prime factor (A122)', { ...rsa, p: 'AQAB' }],
    ['a symmetric key beside (A122)', { ...rsa, k: 'AQAB' }],
  ])('%s', (_, jwk) => {
    expect(refusal({ jwk: jwk as JsonWebKey })).toBe('KEY_UNSUPPORTED');
  });

  it('and only its type and curve are repeated, and what is too long for a name is not', () => {
    const load = loadPublicKey({ jwk: { kty: 'x'.repeat(100), crv: 'c', n: 'secret' } });
    expect(load).toEqual({
      ok: false,
      code: 'KEY_UNSUPPORTED',
      detail: 'key type "… c" is not supported',
    });
    expect(loadPublicKey({ jwk: { kty: 'EC', crv: 'P-256K' } })).toMatchObject({
      detail: 'key type "EC P-256K" is not supported',
    });
  });
});
