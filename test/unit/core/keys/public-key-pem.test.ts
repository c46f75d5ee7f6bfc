import { describe, expect, it } from '@jest/globals';
import { loadPublicKey } from '../../../../core/keys/public-key.ts';
import { element } from '../../../support/der.ts';
import { signerOf } from '../../../support/signing.ts';

const toPem = (der: Uint8Array, type = 'PUBLIC KEY') =>
  `-----BEGIN ${type}-----\n${Buffer.from(der).toString('base64')}\n-----END ${type}-----\n`;
const derOf = (algorithm: 'P-256' | 'P-384' | 'P-521' | 'RSA-2048') =>
  signerOf(algorithm).publicKey.export({ format: 'der', type: 'spki' });
const { pem } = signerOf('P-256');

/** The same point in the other encodings of SEC 1, section 2.3.3. */
function reencode(algorithm: 'P-256' | 'P-384' | 'P-521', form: 'compressed' | 'hybrid') {
  const der = derOf(algorithm);
  const size = { 'P-256': 32, 'P-384': 48, 'P-521': 66 }[algorithm];
  const [x, y] = [der.subarray(-2 * size, -size), der.subarray(-size)];
  const parity = (y.at(-1) ?? 0) & 1;
  const point =
    form === 'compressed' ? [Buffer.from([2 + parity]), x] : [Buffer.from([6 + parity]), x, y];
  // What stands before the point: the SEQUENCE with the two object identifiers.
  const outer = der[1] === 0x81 ? 3 : 2;
  const algorithmId = der.subarray(outer, outer + 2 + (der[outer + 1] ?? 0));
  return toPem(element(0x30, algorithmId, element(0x03, Buffer.from([0]), ...point)));
}

describe('another encoding of a point is refused: it would hide a key from its revocation', () => {
  it.each([
    ['P-256', 'compressed'],
    ['P-384', 'compressed'],
    ['P-521', 'compressed'],
    ['P-256', 'hybrid'],
    ['P-384', 'hybrid'],
    ['P-521', 'hybrid'],
  ] as const)('%s, %s', (algorithm, form) => {
    expect(loadPublicKey({ pem: reencode(algorithm, form) })).toEqual({
      ok: false,
      code: 'KEY_UNSUPPORTED',
      detail: 'the key is not in the usual encoding (named curve, uncompressed point)',
    });
  });

  it('and so is a curve that is written out', () => {
    // P-256 with explicit parameters, made by `openssl ecparam -name prime256v1 -genkey -param_enc explicit`.
    const explicit = `-----BEGIN PUBLIC KEY-----
MIIBSzCCAQMGByqGSM49AgEwgfcCAQEwLAYHKoZIzj0BAQIhAP////8AAAABAAAA
AAAAAAAAAAAA////////////////MFsEIP////8AAAABAAAAAAAAAAAAAAAA////
///////////8BCBaxjXYqjqT57PrvVV2mIa8ZR0GsMxTsPY7zjw+J9JgSwMVAMSd
NgiG5wSTamZ44ROdJreBn36QBEEEaxfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5
RdiYwpZP40Li/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9QIhAP////8AAAAA
//////////+85vqtpxeehPO5ysL8YyVRAgEBA0IABPoQCSHlQa9vpSHSeJ9+PBIO
kUhnanqc3I/DueGrIoPUT+C1u5qab7BjiITpQWjqdjADb8DW+ZuVAU1wYa3x3uo=
-----END PUBLIC KEY-----`;
    expect(loadPublicKey({ pem: explicit })).toMatchObject({ ok: false, code: 'KEY_UNSUPPORTED' });
  });
});

describe('what is re-encoded all the same keeps its fingerprint', () => {
  it.each([
    [
      'bytes after the key',
      () => toPem(Buffer.concat([derOf('P-256'), Buffer.from('junk')])),
      'P-256',
    ],
    ['an RSA algorithm without parameters', () => withoutNull(derOf('RSA-2048')), 'RSA-2048'],
  ] as const)('%s', (_, make, algorithm) => {
    const { fingerprint } = signerOf(algorithm);
    expect(loadPublicKey({ pem: make() })).toMatchObject({
      ok: true,
      key: { fingerprint, pem: signerOf(algorithm).pem },
    });
  });
});

describe('a text that is not exactly one public key is refused', () => {
  it.each([
    ['nothing', ''],
    ['text', 'not a key'],
    ['a file name', '/etc/keys/cosign.pub'],
    ['two keys', `${pem}${pem}`],
    ['text before', `key: ${pem}`],
    ['text after', `${pem}x`],
    ['a certificate', toPem(derOf('P-256'), 'CERTIFICATE')],
    ['PKCS#1', toPem(derOf('RSA-2048'), 'RSA PUBLIC KEY')],
    ['an SSH key', 'ssh-rsa AAAAB3NzaC1yc2E'],
    ['no line end after the head', pem.replace('KEY-----\n', 'KEY-----')],
    ['no tail', pem.replace('-----END PUBLIC KEY-----', '')],
    ['URL-safe letters', pem.replace(/[+/]/gu, '-').replace('M', '-')],
    ['an empty body', '-----BEGIN PUBLIC KEY-----\n\n-----END PUBLIC KEY-----\n'],
    ['a body that is no key', toPem(Buffer.from('junk'))],
    ['half a key', toPem(derOf('P-256').subarray(0, 60))],
    [
      'a point off the curve (A121)',
      toPem(
        Buffer.concat([
          derOf('P-256').subarray(0, -1),
          Buffer.from([(derOf('P-256').at(-1) ?? 0) ^ 1]),
        ]),
      ),
    ],
    [
      'a private key that calls itself public (A122)',
      toPem(signerOf('P-256').privateKey.export({ format: 'der', type: 'pkcs8' })),
    ],
    ['a very long text', `${pem}${' '.repeat(8192)}`],
  ])('%s', (_, text) => {
    const load = loadPublicKey({ pem: text });
    expect(load).toMatchObject({ ok: false, code: 'KEY_UNSUPPORTED' });
    expect(JSON.stringify(load).length).toBeLessThan(200);
  });

  it.each([
    'PRIVATE KEY',
    'EC PRIVATE KEY',
    'RSA PRIVATE KEY',
    'ENCRYPTED PRIVATE KEY',
    'ENCRYPTED SIGSTORE PRIVATE KEY',
  ])('and %s is told what it is, so that somebody replaces it (A122)', (type) => {
    expect(loadPublicKey({ pem: toPem(Buffer.from('secret'), type) })).toEqual({
      ok: false,
      code: 'KEY_UNSUPPORTED',
      detail: 'this is a private key: remove it here, replace it, and give the public key',
    });
  });
});

/** SPKI of an RSA key whose AlgorithmIdentifier lacks the NULL that RFC 3279 asks for. */
function withoutNull(der: Buffer): string {
  const identifier = element(0x30, Buffer.from('06092a864886f70d010101', 'hex'));
  return toPem(element(0x30, identifier, der.subarray(4 + 15)));
}
