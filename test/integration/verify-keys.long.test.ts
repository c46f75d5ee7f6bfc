import { generateKeyPairSync } from 'node:crypto';
import { truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { signerOf } from '../support/signing.ts';
import { startVerifyWorld, type Pushed, type VerifyWorld } from './verify-setup.ts';

jest.setTimeout(120_000);

const { pem, publicKey, privateKey, fingerprint } = signerOf();
const spki = (key: { export(options: { type: 'spki'; format: 'pem' }): string | Buffer }) =>
  key.export({ type: 'spki', format: 'pem' }).toString();
const ED25519 = spki(generateKeyPairSync('ed25519').publicKey);
const RSA_1024 = spki(generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey);

let world: VerifyWorld;
let image: Pushed;
beforeAll(async () => {
  world = await startVerifyWorld();
  image = world.push('team/app');
  world.sign(image, { format: 'legacy' });
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

const verifyWith = (...keys: readonly string[]) =>
  world.verify([...keys.flatMap((key) => ['--key', key]), image.tagged]);

describe('a key file that holds the key in another way', () => {
  it.each<[string, string]>([
    ['with Windows line ends', pem.replaceAll('\n', '\r\n')],
    ['with a byte order mark', `\ufeff${pem}`],
    ['as a JWK', JSON.stringify(publicKey.export({ format: 'jwk' }))],
    [
      'in a JWK set, beside others',
      JSON.stringify({
        keys: [
          signerOf('P-384').publicKey.export({ format: 'jwk' }),
          publicKey.export({ format: 'jwk' }),
        ],
      }),
    ],
  ])('lets it vouch: %s', async (_, text) => {
    const { code, reports, stderr } = await verifyWith(await world.write('key', text));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(reports[0]?.vouchedBy?.fingerprint).toBe(fingerprint);
  });
});

describe('a key file that is none', () => {
  const secret = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const secretJwk = JSON.stringify(privateKey.export({ format: 'jwk' }));

  it.each<[string, string | Buffer, RegExp]>([
    ['a private key', secret, /key:1: this is a PRIVATE KEY\./u],
    ['a private key after the public one', `${pem}${secret}`, /key:5: this is a PRIVATE KEY\./u],
    ['a private key in JSON', secretJwk, /key:1: d: this is a PRIVATE KEY\./u],
    ['a certificate', '', /key:1: this is a certificate; .*openssl x509/u],
    ['DER', publicKey.export({ type: 'spki', format: 'der' }), /key:1: .*DER: openssl pkey/u],
    ['two keys', `${pem}${pem}`, /key:5: a second PEM block: give each key in a file/u],
    ['a key with words before it', `my key:\n${pem}`, /key:1: there is text before the key/u],
    ['half a key', pem.slice(0, 80), /key:\d: it ends without -----END PUBLIC KEY-----/u],
    ['nothing', Buffer.alloc(0), /key:1: it is empty/u],
  ])('is a mistake, told with its line, and nothing of it: %s', async (name, content, words) => {
    const bytes = name === 'a certificate' ? world.authority.caPem : content;
    const { code, stdout, stderr } = await verifyWith(await world.write('key', bytes));
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(words);
    expect(stderr).toMatch(/^keyward: [^\n]+\n$/u);
    for (const text of [secret.split('\n')[1], privateKey.export({ format: 'jwk' }).d])
      expect(stderr).not.toContain(String(text).slice(0, 16));
  });

  it('is a mistake where it cannot be read, and ends where it has no end', async () => {
    const big = await world.write('big', '');
    await truncate(big, 100 * 1024 * 1024);
    const files = [
      [join(world.folder, 'none'), /none: there is no such file\./u],
      [world.folder, /it is a folder, not a file\./u],
      ['/dev/zero', /\/dev\/zero: it is longer than 65536 bytes\./u],
      [big, /big: it is longer than 65536 bytes\./u],
      ['https://example.com/cosign.pub', /only files and azurekms:\/\//u],
    ] as const;
    for (const [file, words] of files) {
      const { code, stdout, stderr } = await verifyWith(file);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toMatch(words);
    }
  });
});

describe('a key of a kind that keyward does not verify with', () => {
  it.each<[string, string, string]>([
    ['Ed25519', ED25519, 'KEY_UNSUPPORTED'],
    ['RSA-1024', RSA_1024, 'KEY_WEAK'],
  ])('denies alone, and spoils no other: %s', async (name, text, reason) => {
    const odd = await world.write(`${name}.pub`, text);
    const alone = await verifyWith(odd);
    expect(alone.code).toBe(1);
    expect(alone.reports[0]).toMatchObject({ verdict: 'deny', reason });
    expect(alone.reports[0]?.message).toContain(odd);
    const both = await verifyWith(odd, await world.write('cosign.pub', pem));
    expect(both.code).toBe(0);
    expect(both.stderr).toMatch(
      new RegExp(`^keyward: note: ${odd}: ${reason}: .+; it is left out\n$`),
    );
  });
});

describe('a command that is none', () => {
  it.each<[string, readonly string[], RegExp]>([
    ['nothing to verify with', ['verify', 'app:v1'], /--key cosign\.pub.*--config verifier\.yaml/u],
    ['no image', ['verify', '--key', 'x'], /missing required argument 'image'/u],
    ['an unknown option', ['verify', '--kez', 'x', 'app'], /unknown option '--kez'.*--key/su],
    ['an unknown format', ['verify', '--key', 'x', '-o', 'yaml', 'app'], /"text"\|"json"/u],
    ['an unknown hash', ['verify', '--key', 'x', '--hash', 'md5', 'app'], /"auto"\|"sha256"/u],
    ['an unknown mode', ['verify', '--key', 'x', '--tlog', 'no', 'app'], /"ignore"\|"require"/u],
    ['an empty key', ['verify', '--key', '', 'app'], /--key: give the path of a file\./u],
    [
      'a signature repository with a tag',
      ['verify', '--key', 'x', '--signature-repository', 'a.example/b:c', 'app'],
      /--signature-repository "a\.example\/b:c": give registry\/repository/u,
    ],
  ])('ends with 2, and stdout stays empty: %s', async (_, args, words) => {
    const { code, stdout, stderr } = await world.run(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(words);
    expect(stderr).not.toMatch(/^ {4}at /mu);
  });
});
