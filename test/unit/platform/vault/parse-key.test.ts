import { describe, expect, it } from '@jest/globals';
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { parseKey, parseVersion } from '../../../../platform/vault/parse-key.ts';

const VERSION = 'ab12';
const ID = `https://contoso.vault.azure.net/keys/cosign-key/${VERSION}`;
const expected = { host: 'contoso.vault.azure.net', name: 'cosign-key' };
const properties = (change: Readonly<Record<string, unknown>> = {}) => ({
  version: VERSION,
  id: ID,
  enabled: true,
  createdOn: new Date(5000),
  ...change,
});
const failure = (action: () => unknown): unknown => {
  try {
    return action();
  } catch (error) {
    return error;
  }
};
const unreadable = { name: 'VaultError', code: 'VAULT_BAD_RESPONSE', retryable: true };

describe('a version in a list', () => {
  it('has the times that the vault gave, and none for what it did not give', () => {
    expect(parseVersion(properties({ notBefore: null }), expected)).toEqual({
      version: VERSION,
      enabled: true,
      createdOn: 5000,
    });
    const dates = { notBefore: new Date(1000), expiresOn: new Date(4e12) };
    expect(parseVersion(properties(dates), expected)).toEqual({
      version: VERSION,
      enabled: true,
      createdOn: 5000,
      notBefore: 1000,
      expiresOn: 4e12,
    });
  });

  it('takes 0, which the SDK hands over as a number, for 1970 and not for never', () => {
    const read = parseVersion(properties({ expiresOn: 0, notBefore: 0 }), expected);
    expect(read).toMatchObject({ expiresOn: 0, notBefore: 0 });
  });

  it.each([
    ['an invalid date', new Date(Number.NaN)],
    ['text', '2026-01-01'],
    ['a number', 1_790_000_000],
    ['false', false],
    ['NaN', Number.NaN],
  ])('is unreadable when a time is %s', (_what, time) => {
    for (const name of ['createdOn', 'notBefore', 'expiresOn'])
      expect(failure(() => parseVersion(properties({ [name]: time }), expected))).toMatchObject(
        unreadable,
      );
  });

  it.each([undefined, null, false, 'true', 1, {}])('is not enabled by %j', (enabled) => {
    expect(parseVersion(properties({ enabled }), expected).enabled).toBe(false);
  });

  it('is known in lower case, whatever the case of its id', () => {
    const read = parseVersion(properties({ version: 'AB12', id: ID.toUpperCase() }), expected);
    expect(read.version).toBe('ab12');
  });

  it.each<[string, Record<string, unknown>]>([
    ['another host', { id: ID.replace('contoso', 'fabrikam') }],
    ['a host that begins alike', { id: ID.replace('.net', '.net.attacker.example') }],
    ['another key', { id: ID.replace('cosign-key', 'other-key') }],
    ['another version', { id: ID.replace(VERSION, 'cd34') }],
    ['no version', { id: ID.replace(`/${VERSION}`, '') }],
    ['a secret', { id: ID.replace('/keys/', '/secrets/') }],
    ['http', { id: ID.replace('https:', 'http:') }],
    ['no URL', { id: 'cosign-key' }],
  ])('is not the one that was asked for when its id names %s', (_what, change) => {
    const error = failure(() => parseVersion(properties(change), expected));
    expect(error).toMatchObject({
      ...unreadable,
      message: 'the vault answered with a key that was not asked for',
    });
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['text', 'ab12'],
    ['no id', properties({ id: undefined })],
    ['no version', properties({ version: undefined })],
    ['an empty version', properties({ version: '' })],
    ['a version that is a path', properties({ version: '../x' })],
    ['a very long version', properties({ version: 'a'.repeat(65) })],
  ])('is unreadable as %s', (_what, answer) => {
    expect(failure(() => parseVersion(answer, expected))).toMatchObject(unreadable);
  });
});

describe('a version that was asked for', () => {
  const bytes = (text = '') => Buffer.from(text, 'base64url');
  const of = (key: Readonly<Record<string, unknown>>, change = {}) => ({
    key,
    properties: properties(change),
  });
  const ask = { ...expected, version: VERSION };

  it.each(['EC', 'EC-HSM'])('of kty %s is a public key that Node reads', (kty) => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
    const { crv, x, y } = publicKey.export({ format: 'jwk' });
    const read = parseKey(of({ kty, crv, x: bytes(x), y: bytes(y), kid: ID }), ask);
    expect(createPublicKey({ key: read.jwk, format: 'jwk' }).equals(publicKey)).toBe(true);
    expect(read).toMatchObject({ version: VERSION, enabled: true });
  });

  it.each(['RSA', 'RSA-HSM'])('of kty %s is a public key that Node reads', (kty) => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const { n, e } = publicKey.export({ format: 'jwk' });
    const read = parseKey(of({ kty, n: new Uint8Array(bytes(n)), e: bytes(e) }), ask);
    expect(createPublicKey({ key: read.jwk, format: 'jwk' }).equals(publicKey)).toBe(true);
  });

  it('never has a private part, whatever the answer holds', () => {
    const secret = { d: bytes('AAAA'), p: bytes('AAAA'), k: bytes('AAAA') };
    const { jwk } = parseKey(
      of({ kty: 'RSA', n: bytes('AQAB'), e: bytes('AQAB'), ...secret }),
      ask,
    );
    expect(jwk).toEqual({ kty: 'RSA', n: 'AQAB', e: 'AQAB' });
  });

  it.each([
    ['oct', {}, 'oct'],
    ['oct-HSM', {}, 'oct'],
    ['EC', { crv: 'P-256K' }, 'EC'],
    ['OKP', { crv: 'Ed25519' }, 'OKP'],
  ])('of kty %s %j is left to others to judge', (kty, more, reduced) => {
    expect(parseKey(of({ kty, ...more }), ask).jwk).toEqual({ kty: reduced, ...more });
  });

  it.each<[string, unknown]>([
    ['no key', { properties: properties() }],
    ['no kty', of({})],
    ['a part as text', of({ kty: 'EC', crv: 'P-256', x: 'AAAA' })],
    ['a curve that is no text', of({ kty: 'EC', crv: 5 })],
    ['no properties', { key: { kty: 'EC' } }],
    ['null', null],
  ])('is unreadable with %s', (_what, answer) => {
    expect(failure(() => parseKey(answer, ask))).toMatchObject(unreadable);
  });

  it('is refused when another version came', () => {
    const other = of({ kty: 'EC' }, { version: 'cd34', id: ID.replace(VERSION, 'cd34') });
    expect(failure(() => parseKey(other, ask))).toMatchObject(unreadable);
    expect(parseKey(of({ kty: 'EC' }), { ...expected, version: 'AB12' }).version).toBe(VERSION);
  });
});
