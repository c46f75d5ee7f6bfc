import { Buffer } from 'node:buffer';
import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { UsageProblem } from '../../../../cli/command-input.ts';
import {
  parseKeyFile,
  readKeyFile,
  readKeySource,
  type FileKey,
} from '../../../../cli/keys/key-source.ts';
import { KEY_ALGORITHMS } from '../../../../core/keys/key-version.ts';
import { runs } from '../../../support/property.ts';
import { signerOf } from '../../../support/signing.ts';

jest.setTimeout(60_000);

const PEM = signerOf().pem;
const parse = async (text: string | Uint8Array): Promise<FileKey> => {
  const [key, ...more] = await parseKeyFile('cosign.pub', Buffer.from(text));
  if (key === undefined || more.length > 0) throw new Error('not one key');
  return key;
};

/** What is said of it; a test fails where nothing is. */
async function refusal(text: string | Uint8Array): Promise<string> {
  try {
    await parse(text);
  } catch (error) {
    if (error instanceof UsageProblem) return error.message;
    throw error;
  }
  throw new Error('it was taken');
}

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const PRIVATE_KEYS: readonly (readonly [string, string])[] = [
  ['PKCS#8', ec.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()],
  ['SEC 1', ec.privateKey.export({ type: 'sec1', format: 'pem' }).toString()],
  ['PKCS#1', rsa.privateKey.export({ type: 'pkcs1', format: 'pem' }).toString()],
  [
    'encrypted PKCS#8',
    ec.privateKey
      .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' })
      .toString(),
  ],
  [
    "cosign's own",
    '-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\neyJrZGYiOnsibmFtZSI6InNjcnlwdCJ9fQ==\n-----END ENCRYPTED SIGSTORE PRIVATE KEY-----\n',
  ],
  [
    'OpenSSH',
    '-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA\n-----END OPENSSH PRIVATE KEY-----\n',
  ],
];

describe('a key file', () => {
  it.each(KEY_ALGORITHMS)('holds a public key: %s', async (algorithm) => {
    const { pem, fingerprint } = signerOf(algorithm);
    expect(await parse(pem)).toMatchObject({
      kind: 'file',
      path: 'cosign.pub',
      key: { fingerprint },
    });
  });

  it.each([
    ['with Windows line ends', PEM.replaceAll('\n', '\r\n')],
    ['with a byte order mark', `\ufeff${PEM}`],
    ['with empty lines around', `\n\n${PEM}\n\n`],
    ['without a last line end', PEM.trimEnd()],
  ])('may be written %s', async (_, text) => {
    expect((await parse(text)).key?.fingerprint).toBe(signerOf().fingerprint);
  });

  it.each(PRIVATE_KEYS)(
    'that is a private key is told so, and nothing of it: %s',
    async (_, pem) => {
      for (const text of [pem, `\n${pem}`, `${PEM}${pem}`, `${pem}${PEM}`]) {
        const message = await refusal(text);
        const line = text.split('\n').findIndex((each) => each.includes('PRIVATE KEY')) + 1;
        expect(message).toMatch(new RegExp(`^cosign\\.pub:${line}: this is a PRIVATE KEY\\.`, 'u'));
        const secret = (pem.split('\n')[1] ?? '').slice(0, 12);
        expect(message).not.toContain(secret);
      }
    },
  );

  it.each<[string, string | Uint8Array, RegExp]>([
    ['nothing', '', /^cosign\.pub:1: it is empty/u],
    ['blanks', '\n \n', /^cosign\.pub:1: it is empty/u],
    [
      'a key of OpenSSH',
      'ssh-rsa AAAAB3Nza me@here\n',
      /^cosign\.pub:1: .*ssh-keygen -e -m PKCS8/u,
    ],
    [
      'PEM in base64',
      Buffer.from(PEM).toString('base64'),
      /^cosign\.pub:1: it is PEM in base64, .*base64 -d/u,
    ],
    ['something else', 'hello\n', /^cosign\.pub:1: it holds no PEM block/u],
    ['two keys', `${PEM}${PEM}`, /^cosign\.pub:5: a second PEM block/u],
    [
      'a certificate',
      '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n',
      /^cosign\.pub:1: .*openssl x509 -noout -pubkey/u,
    ],
    [
      'a public key in PKCS#1',
      rsa.publicKey.export({ type: 'pkcs1', format: 'pem' }).toString(),
      /^cosign\.pub:1: .*openssl rsa -RSAPublicKey_in/u,
    ],
    [
      'another kind of PEM block',
      '-----BEGIN X509 CRL-----\nMIIB\n-----END X509 CRL-----\n',
      /^cosign\.pub:1: the PEM block is of another type/u,
    ],
    ['half a key', PEM.split('\n').slice(0, 2).join('\n'), /^cosign\.pub:2: it ends without/u],
    ['text before the key', `key:\n${PEM}`, /^cosign\.pub:1: there is text before the key/u],
    ['text after the key', `${PEM}\nx\n`, /^cosign\.pub:6: there is text after the key/u],
    [
      'text beside its first line',
      PEM.replace('-----\n', '----- x\n'),
      /^cosign\.pub:1: .*more on/u,
    ],
    [
      'a line that is not base64',
      PEM.replace(/\n(?=.*\n-----END)/u, '\n '),
      /^cosign\.pub:3: this line of the key is not base64/u,
    ],
    [
      'base64 of something else',
      '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n',
      /^cosign\.pub:1: .*can be decoded/u,
    ],
    [
      'DER',
      signerOf().publicKey.export({ format: 'der', type: 'spki' }),
      /^cosign\.pub:1: .*openssl pkey -pubin -inform der/u,
    ],
    ['UTF-16', Buffer.from(`\ufeff${PEM}`, 'utf16le'), /^cosign\.pub:1: .*UTF-16/u],
    ['an image', Buffer.from('89504e470d0a1a0a', 'hex'), /^cosign\.pub:1: .*not text/u],
  ])('that holds %s is told where and why', async (_, text, words) => {
    expect(await refusal(text)).toMatch(words);
    expect(await refusal(text)).not.toContain('\n');
  });

  it.each<[string, string, string]>([
    [
      'Ed25519',
      generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }).toString(),
      'KEY_UNSUPPORTED',
    ],
    [
      'secp256k1',
      generateKeyPairSync('ec', { namedCurve: 'secp256k1' })
        .publicKey.export({ type: 'spki', format: 'pem' })
        .toString(),
      'KEY_UNSUPPORTED',
    ],
    [
      'RSA-1024',
      generateKeyPairSync('rsa', { modulusLength: 1024 })
        .publicKey.export({ type: 'spki', format: 'pem' })
        .toString(),
      'KEY_WEAK',
    ],
    [
      'RSA with exponent 3',
      generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 3 })
        .publicKey.export({ type: 'spki', format: 'pem' })
        .toString(),
      'KEY_WEAK',
    ],
  ])(
    'with a public key of another kind is named, without spoiling others (K-03): %s',
    async (_, pem, code) => {
      const file = await parse(pem);
      expect(file).toMatchObject({ unusable: { code } });
      expect(file).not.toHaveProperty('key');
    },
  );

  it.each([
    ['/nonexistent/cosign.pub', /^\/nonexistent\/cosign\.pub: there is no such file\.$/u],
    ['/', /^\/: it is a folder, not a file\.$/u],
    ['/dev/zero', /^\/dev\/zero: it is longer than 65536 bytes\.$/u],
    ['a\nb', /^"a\\nb": there is no such file\.$/u],
  ])('that cannot be read is named: %j', async (path, words) => {
    await expect(readKeyFile(path)).rejects.toThrow(words);
    await expect(readKeyFile(path)).rejects.toThrow(UsageProblem);
  });
});

describe('--key', () => {
  it.each(['awskms://alias/x', 'k8s://ns/secret', 'https://example.com/cosign.pub', 'env://KEY'])(
    'of another kind is refused, with those that are read: %s',
    async (text) => {
      await expect(readKeySource(text)).rejects.toThrow(/only files and azurekms:\/\//u);
    },
  );

  it.each([...PRIVATE_KEYS, ['JWK', JSON.stringify(ec.privateKey.export({ format: 'jwk' }))]])(
    'that is the file itself is told so, and not repeated: %s',
    async (_, text) => {
      const words = '--key: give the path of the file, not what is in it.';
      await expect(readKeySource(text)).rejects.toThrow(new UsageProblem(words));
      await expect(readKeyFile(text)).rejects.toThrow(/^what stands in the place of a path: /u);
    },
  );

  it('is a key in a vault, with a version or without', async () => {
    const vaultUri = 'https://contoso.vault.azure.net';
    await expect(readKeySource('azurekms://contoso.vault.azure.net/Key')).resolves.toEqual([
      { kind: 'vault', vaultUri, name: 'key' },
    ]);
    await expect(readKeySource('azurekms://contoso.vault.azure.net/key/3F9A')).resolves.toEqual([
      { kind: 'vault', vaultUri, name: 'key', version: '3f9a' },
    ]);
    await expect(readKeySource('azurekms://contoso/key')).rejects.toThrow(/does not name a vault/u);
  });
});

/** Runs of letters and digits of the input that are long enough to be a secret, or part of one. */
function secretsIn(text: string): readonly string[] {
  return [...text.matchAll(/[A-Za-z0-9+/]{16,}/gu)].map(([run]) => run.slice(0, 16));
}

describe('whatever the bytes of a key file', () => {
  const noise = fc.oneof(
    fc.uint8Array({ maxLength: 400 }),
    fc.string({ unit: 'binary', maxLength: 200 }).map((text) => Buffer.from(text)),
  );
  const jwks = [
    signerOf().publicKey,
    signerOf('RSA-2048').publicKey,
    rsa.privateKey,
    ec.privateKey,
  ];
  const seeds = [
    PEM,
    signerOf('RSA-2048').pem,
    ...PRIVATE_KEYS.map(([, pem]) => pem),
    ...jwks.map((each) => JSON.stringify(each.export({ format: 'jwk' }))),
  ].map((text) => Buffer.from(text));
  /** A key with bytes taken out, put in, or exchanged; or two of them joined. */
  const mutated = fc
    .record({
      seed: fc.constantFrom(...seeds),
      other: fc.constantFrom(Buffer.alloc(0), ...seeds),
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      drop: fc.nat(40),
      put: fc.uint8Array({ maxLength: 8 }),
    })
    .map(({ seed, other, at, drop, put }) => {
      const index = Math.floor(at * seed.length);
      return Buffer.concat([seed.subarray(0, index), put, seed.subarray(index + drop), other]);
    });

  it('they are one key, named as unusable, or refused with file and line, and never repeated', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(noise, mutated), async (bytes) => {
        try {
          const { key, unusable } = await parse(bytes);
          expect(key === undefined).not.toBe(unusable === undefined);
          // It is the key that stands there, and it never came from a private one.
          expect(Buffer.from(bytes).toString('latin1')).not.toContain('PRIVATE KEY');
        } catch (error) {
          if (!(error instanceof UsageProblem)) throw error;
          expect(error.message).toMatch(/^cosign\.pub:\d+: [^\n]+\.$/u);
          for (const secret of secretsIn(Buffer.from(bytes).toString('latin1')))
            expect(error.message).not.toContain(secret);
        }
      }),
      runs(3000),
    );
  });
});
