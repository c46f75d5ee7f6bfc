/** Public keys: one fingerprint for one key, however it is written down, and nothing else in its place. */
import { createPublicKey, type JsonWebKey } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { loadPublicKey } from '../../core/keys/public-key.ts';
import { runs } from '../support/property.ts';
import { signerOf } from '../support/signing.ts';

const signers = (['P-256', 'P-384', 'P-521', 'RSA-2048'] as const).map((algorithm) =>
  signerOf(algorithm),
);
const signer = fc.constantFrom(...signers);
const pemOf = (der: Uint8Array, width: number, end: string) => {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(new RegExp(`.{1,${width}}`, 'gu')) ?? [];
  return ['-----BEGIN PUBLIC KEY-----', ...lines, '-----END PUBLIC KEY-----', ''].join(end);
};
const derOf = ({ publicKey }: (typeof signers)[number]) =>
  publicKey.export({ format: 'der', type: 'spki' });

describe('a public key', () => {
  it('has one fingerprint, in lines of any length, with any line end, and as a JWK', () => {
    const width = fc.integer({ min: 4, max: 700 });
    fc.assert(
      fc.property(signer, width, fc.constantFrom('\n', '\r\n'), (key, columns, end) => {
        const pem = loadPublicKey({ pem: pemOf(derOf(key), columns, end) });
        const jwk = loadPublicKey({ jwk: createPublicKey(key.pem).export({ format: 'jwk' }) });
        const expected = {
          ok: true,
          key: { fingerprint: key.fingerprint, algorithm: key.algorithm },
        };
        expect(pem).toMatchObject(expected);
        expect(jwk).toMatchObject(expected);
      }),
      runs(150),
    );
  });

  it('with any byte of its encoding changed is refused, another key, or known as the same', () => {
    fc.assert(
      fc.property(signer, fc.nat(), fc.integer({ min: 1, max: 255 }), (key, place, difference) => {
        const der = derOf(key);
        const at = place % der.length;
        der[at] = (der[at] ?? 0) ^ difference;
        const load = loadPublicKey({ pem: pemOf(der, 64, '\n') });
        // Node reads some careless encodings, and writes them down as everybody does: still one fingerprint for one key.
        if (load.ok)
          expect(load.key.fingerprint === key.fingerprint).toBe(
            load.key.publicKey.equals(key.publicKey),
          );
        else expect(load.code).toMatch(/^KEY_(UNSUPPORTED|WEAK)$/);
      }),
      runs(800),
    );
  });

  it('with text around it or twice in one file is refused', () => {
    const junk = fc.oneof(
      fc.constantFrom(...signers.map(({ pem }) => pem)),
      fc.stringMatching(/^[!-~]{1,9}$/u),
    );
    fc.assert(
      fc.property(signer, junk, fc.boolean(), ({ pem }, text, isBefore) => {
        const load = loadPublicKey({ pem: isBefore ? `${text}\n${pem}` : `${pem}${text}` });
        expect(load).toMatchObject({ ok: false, code: 'KEY_UNSUPPORTED' });
      }),
      runs(150),
    );
  });
});

describe('what is no public key', () => {
  it('is refused without an error and without a word of it, as PEM', () => {
    const body = fc.base64String({ minLength: 40, maxLength: 400 });
    const label = fc.constantFrom(
      'PUBLIC KEY',
      'PRIVATE KEY',
      'EC PRIVATE KEY',
      'CERTIFICATE',
      'RSA PUBLIC KEY',
    );
    fc.assert(
      fc.property(body, label, (text, type) => {
        const load = loadPublicKey({
          pem: `-----BEGIN ${type}-----\n${text}\n-----END ${type}-----\n`,
        });
        expect(load.ok).toBe(false);
        expect(JSON.stringify(load)).not.toContain(text.slice(0, 24));
      }),
      runs(300),
    );
  });

  it('is refused without an error, as a JWK: any value in the place of any member', () => {
    const jwks = signers.map(({ pem }) => createPublicKey(pem).export({ format: 'jwk' }));
    const member = fc.constantFrom('kty', 'crv', 'x', 'y', 'n', 'e', 'd', 'p', 'k', 'toString');
    fc.assert(
      fc.property(fc.constantFrom(...jwks), member, fc.jsonValue(), (jwk, name, value) => {
        const load = loadPublicKey({ jwk: { ...jwk, [name]: value } });
        const isUntouched = !Object.hasOwn(jwk, name) && !['d', 'p', 'k'].includes(name);
        if (isUntouched || jwk[name as keyof JsonWebKey] === value) expect(load.ok).toBe(true);
        else if (load.ok) expect(['x', 'y', 'n', 'e', 'crv', 'kty']).toContain(name);
      }),
      runs(600),
    );
  });
});
