import { Buffer } from 'node:buffer';
import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { UsageProblem } from '../../../../cli/command-input.ts';
import { parseKeyFile } from '../../../../cli/keys/key-source.ts';
import { KEY_ALGORITHMS } from '../../../../core/keys/key-version.ts';
import { signerOf } from '../../../support/signing.ts';

const jwkOf = (algorithm = signerOf().algorithm, label?: string) =>
  signerOf(algorithm, label).publicKey.export({ format: 'jwk' });
const read = (value: unknown) =>
  parseKeyFile('keys.json', Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)));

async function refusal(value: unknown): Promise<string> {
  try {
    await read(value);
  } catch (error) {
    if (error instanceof UsageProblem) return error.message;
    throw error;
  }
  throw new Error('it was taken');
}

describe('a key file in JSON', () => {
  it.each(KEY_ALGORITHMS)('may be a JWK: %s', async (algorithm) => {
    const { fingerprint } = signerOf(algorithm);
    const jwk = { ...jwkOf(algorithm), kid: 'x', use: 'sig', key_ops: ['verify'] };
    for (const text of [
      jwk,
      `\n ${JSON.stringify(jwk, null, 2)}\r\n`,
      `\ufeff${JSON.stringify(jwk)}`,
    ])
      expect(await read(text)).toEqual([
        expect.objectContaining({
          path: 'keys.json',
          key: expect.objectContaining({ fingerprint }),
        }),
      ]);
  });

  it('may be a JWK of Key Vault, from a hardware module', async () => {
    const jwk = { ...jwkOf(), kty: 'EC-HSM', kid: 'https://contoso.vault.azure.net/keys/k/1' };
    expect((await read(jwk))[0]?.key?.fingerprint).toBe(signerOf().fingerprint);
  });

  it('may be a JWK set, whose odd keys are named and spoil nothing (K-03)', async () => {
    const rsa1024 = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey;
    const ed25519 = generateKeyPairSync('ed25519').publicKey;
    const keys = [
      { ...jwkOf(), kid: 'first' },
      { ...rsa1024.export({ format: 'jwk' }), kid: 'short' },
      ed25519.export({ format: 'jwk' }),
      { ...jwkOf(), kid: 'for encryption', use: 'enc' },
      { ...jwkOf('RSA-2048'), kid: 'twice', alg: 'PS256' },
      { ...jwkOf(), kid: 'twice', x: 'AAAA' },
      { ...jwkOf('P-384'), kid: 'last', alg: 'ES384' },
    ];
    const found = await read({ keys });
    expect(
      found.map(({ path, key, unusable }) => [path, key?.algorithm ?? unusable?.code]),
    ).toEqual([
      ['keys.json#first', 'P-256'],
      ['keys.json#short', 'KEY_WEAK'],
      ['keys.json#3', 'KEY_UNSUPPORTED'],
      ['keys.json#4', 'KEY_UNSUPPORTED'],
      ['keys.json#5', 'KEY_UNSUPPORTED'],
      ['keys.json#6', 'KEY_UNSUPPORTED'],
      ['keys.json#last', 'P-384'],
    ]);
    expect(found.map(({ unusable }) => unusable?.detail ?? '')).toEqual([
      '',
      expect.stringContaining('1024'),
      expect.stringContaining('OKP Ed25519'),
      expect.stringContaining('"enc"'),
      expect.stringContaining('"PS256"'),
      expect.stringContaining('decoded'),
      '',
    ]);
  });

  it.each(['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'])(
    'that holds a private key is told so, and nothing of it: %s',
    async (member) => {
      const secret = 'c2VjcmV0c2VjcmV0c2VjcmV0';
      const jwk = { ...jwkOf('RSA-2048'), [member]: secret };
      expect(await refusal(jwk)).toMatch(
        new RegExp(`^keys\\.json:1: ${member}: this is a PRIVATE KEY`),
      );
      const inSet = await refusal(JSON.stringify({ keys: [jwkOf(), jwk] }, null, 1));
      expect(inSet).toMatch(
        new RegExp(`^keys\\.json:\\d+: keys\\[1\\]\\.${member}: this is a PRIVATE`),
      );
      expect(inSet).not.toContain(secret);
    },
  );

  it('that holds a shared secret is told so', async () => {
    expect(await refusal({ kty: 'oct', k: 'c2VjcmV0' })).toMatch(
      /^keys\.json:1: k: this is a PRIVATE/u,
    );
  });

  it.each<[string, unknown, RegExp]>([
    ['half a file', '{"kty": "EC"', /^keys\.json:1: /u],
    ['YAML', '{kty: EC, crv: P-256}', /^keys\.json:1: it is not JSON/u],
    ['two documents', '{"kty": "EC"}\n{"kty": "EC"}', /^keys\.json:\d: /u],
    ['a member twice', '{"kty": "EC",\n"kty": "RSA"}', /^keys\.json:2: the same key stands twice/u],
    ['a list', [jwkOf()], /^keys\.json:1: it is neither a JWK/u],
    ['what az keyvault key show prints', { key: jwkOf() }, /az keyvault key download/u],
    ['no keys', { keys: [] }, /^keys\.json:1: keys: is empty/u],
    ['keys that are no list', { keys: {} }, /^keys\.json:1: keys: is not a list/u],
    ['a key that is none', { keys: [jwkOf(), 7] }, /^keys\.json:1: keys\[1\]: is not an object/u],
    ['a kty that is none', { kty: 5 }, /^keys\.json:1: kty: must be text/u],
    [
      'half a key',
      JSON.stringify({ kty: 'EC', crv: 'P-256', x: 5 }, null, 1),
      /^keys\.json:4: x: must be text/u,
    ],
    ['a key without modulus', { kty: 'RSA', e: 'AQAB' }, /^keys\.json:1: n: must be text/u],
    ['nested without end', '['.repeat(20_000), /^keys\.json:\d+: /u],
    ['names of every object', '{"__proto__": {"kty": "EC"}}', /^keys\.json:1: it is neither/u],
  ])('that is %s is told where and why, and not repeated', async (_, value, words) => {
    const message = await refusal(value);
    expect(message).toMatch(words);
    expect(message).toMatch(/^[^\n]+\.$/u);
    expect(message).not.toContain(String(jwkOf().x));
  });
});
