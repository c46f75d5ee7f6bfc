/** Keys that keyward cannot or must not verify with: each is named, none is trusted, and none spoils the set that it stands in. */
import { describe, expect, it } from '@jest/globals';
import { createPublicKey, generateKeyPairSync, type JsonWebKey } from 'node:crypto';
import { loadPublicKey } from '../../../../core/keys/public-key.ts';
import { toKnownKey, type VersionFacts } from '../../../../core/keys/version-facts.ts';
import { judgeVersions } from '../../../../core/keys/version-states.ts';
import { bundle, legacy } from '../../../support/signatures.ts';
import { signerOf } from '../../../support/signing.ts';
import { decideOn, NOW, trustIn, VAULT, versionOf } from '../../../support/trust.ts';

const rsa = signerOf('RSA-2048').publicKey.export({ format: 'jwk' });
const jwkOfRsa = (modulusLength: number) =>
  generateKeyPairSync('rsa', { modulusLength }).publicKey.export({ format: 'jwk' });
const withExponent = (...bytes: readonly number[]): JsonWebKey => ({
  ...rsa,
  e: Buffer.from(bytes).toString('base64url'),
});
const jwkOfCurve = (namedCurve: string) =>
  generateKeyPairSync('ec', { namedCurve }).publicKey.export({ format: 'jwk' });

const WEAK_EXPONENT = 'it must be odd and at least 65537';
const SIZES = 'only 2048, 3072 and 4096 are';
const ODD: readonly (readonly [string, JsonWebKey, string, string])[] = [
  ['RSA-1024', jwkOfRsa(1024), 'KEY_WEAK', 'an RSA modulus of 1024 bits is too short'],
  ['RSA-2047', jwkOfRsa(2047), 'KEY_WEAK', 'an RSA modulus of 2047 bits is too short'],
  [
    'RSA-2056',
    jwkOfRsa(2056),
    'KEY_UNSUPPORTED',
    `an RSA modulus of 2056 bits is not supported: ${SIZES}`,
  ],
  [
    'RSA-3080',
    jwkOfRsa(3080),
    'KEY_UNSUPPORTED',
    `an RSA modulus of 3080 bits is not supported: ${SIZES}`,
  ],
  ['e = 1', withExponent(1), 'KEY_WEAK', `the RSA exponent is 1: ${WEAK_EXPONENT}`],
  ['e = 3', withExponent(3), 'KEY_WEAK', `the RSA exponent is 3: ${WEAK_EXPONENT}`],
  ['e = 65536', withExponent(1, 0, 0), 'KEY_WEAK', `the RSA exponent is 65536: ${WEAK_EXPONENT}`],
  ['e = 65538', withExponent(1, 0, 2), 'KEY_WEAK', `the RSA exponent is 65538: ${WEAK_EXPONENT}`],
  [
    'a long even exponent',
    withExponent(...Array.from({ length: 255 }, () => 0x10)),
    'KEY_WEAK',
    `the RSA exponent is 79208348213997566913…: ${WEAK_EXPONENT}`,
  ],
  [
    'P-256K',
    { ...jwkOfCurve('secp256k1'), crv: 'P-256K' },
    'KEY_UNSUPPORTED',
    'key type "EC P-256K" is not supported',
  ],
  [
    'secp256k1',
    jwkOfCurve('secp256k1'),
    'KEY_UNSUPPORTED',
    'key type "EC secp256k1" is not supported',
  ],
  ['a symmetric key', { kty: 'oct' }, 'KEY_UNSUPPORTED', 'key type "oct" is not supported'],
];

describe('an odd key in a vault', () => {
  it.each(ODD)('%s is refused by its name', (_, jwk, code, detail) => {
    expect(loadPublicKey({ jwk })).toEqual({ ok: false, code, detail });
  });

  it.each(ODD)(
    '%s is judged unsupported with that reason, and the other versions are trusted',
    (_, jwk, _code, detail) => {
      const load = (key: JsonWebKey) => toKnownKey(loadPublicKey({ jwk: key }));
      const good = signerOf().publicKey.export({ format: 'jwk' });
      const versions = [good, jwk, good].map((key, index): VersionFacts => ({
        vaultUri: VAULT,
        name: 'cosign-key',
        version: `${index}`,
        presence: 'present',
        enabled: true,
        createdOn: NOW - index,
        key: load(key),
      }));
      const judged = judgeVersions(versions, {
        keySet: 'keyward-system/prod',
        spec: { versions: { follow: true, exclude: [], limit: 20 }, expiredKeys: 'Trust' },
        findRevocation: () => undefined,
        heldOut: new Set(),
        now: NOW,
      });
      expect([...judged.values()]).toEqual([
        { state: 'trusted', reason: 'enabled in the vault' },
        { state: 'unsupported', reason: detail },
        { state: 'trusted', reason: 'enabled in the vault' },
      ]);
    },
  );
});

describe('an odd key in a key set gives no trust, and takes none from the others (K-03)', () => {
  const pemOf = (jwk: JsonWebKey) =>
    createPublicKey({ key: jwk, format: 'jwk' }).export({ format: 'pem', type: 'spki' }).toString();
  const odd = ODD.filter(([, { kty, crv }]) => kty !== 'oct' && crv !== 'P-256K');
  it.each(odd)('%s', (_, jwk) => {
    const good = signerOf('P-256', 'good');
    const entry = versionOf(signerOf('P-256', 'odd'), { publicKeyPem: pemOf(jwk) });
    for (const versions of [
      [entry, versionOf(good)],
      [versionOf(good), entry],
    ]) {
      const trust = trustIn(versions);
      expect(trust.keySets.get('keyward-system/prod')?.keys.map((key) => key.fingerprint)).toEqual([
        good.fingerprint,
      ]);
      expect(decideOn([legacy({ signer: good })], { trust }).kind).toBe('allow');
      expect(decideOn([bundle({ signer: good })], { trust }).kind).toBe('allow');
    }
  });
});

it('a curve that is none of the three, and a kind that is neither RSA nor EC, are told by name', () => {
  const pemOf = (publicKey: { export(options: object): string | Buffer }) =>
    publicKey.export({ format: 'pem', type: 'spki' }).toString();
  const details = [
    generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey,
    generateKeyPairSync('ed25519').publicKey,
    generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).publicKey,
  ].map((key) => loadPublicKey({ pem: pemOf(key) }));
  expect(details).toEqual([
    {
      ok: false,
      code: 'KEY_UNSUPPORTED',
      detail: 'the curve "secp256k1" is not supported: only P-256, P-384 and P-521 are',
    },
    {
      ok: false,
      code: 'KEY_UNSUPPORTED',
      detail: 'keys of type "ed25519" are not supported: only RSA and EC keys are',
    },
    {
      ok: false,
      code: 'KEY_UNSUPPORTED',
      detail: 'keys of type "rsa-pss" are not supported: only RSA and EC keys are',
    },
  ]);
});
