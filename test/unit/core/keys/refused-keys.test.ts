/** What is said of a key or key reference that is refused, word for word: it may be a private key put there by mistake. */
import { createPublicKey, type JsonWebKey } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { formatKeyVersion, formatKeyVersionShort } from '../../../../core/keys/key-id.ts';
import { parseKeyUri } from '../../../../core/keys/key-uri.ts';
import { loadPublicKey, type PublicKeySource } from '../../../../core/keys/public-key.ts';
import { indexRevocations } from '../../../../core/keys/revocation.ts';
import { parseTime } from '../../../../core/keys/time.ts';
import { signerOf } from '../../../support/signing.ts';
import { keySetOf, revocationOf, trustIn, VAULT, versionOf } from '../../../support/trust.ts';
import { buildTrustView } from '../../../../core/keys/build-trust-view.ts';

const said = (source: PublicKeySource): string => {
  const load = loadPublicKey(source);
  return load.ok ? load.key.algorithm : `${load.code}: ${load.detail}`;
};
const ec = createPublicKey(signerOf().pem).export({ format: 'jwk' });
const rsa = createPublicKey(signerOf('RSA-2048').pem).export({ format: 'jwk' });
const block = (body: string, type = 'PUBLIC KEY') =>
  `-----BEGIN ${type}-----\n${body}\n-----END ${type}-----\n`;
const SHAPE =
  'KEY_UNSUPPORTED: not exactly one PEM block of type PUBLIC KEY (SPKI); certificates and PKCS#1 are refused';

/** P-256 written out, with another order: a curve of somebody's own, as in CVE-2020-0601. */
const OWN_CURVE = [
  'MIIBSzCCAQMGByqGSM49AgEwgfcCAQEwLAYHKoZIzj0BAQIhAP////8AAAABAAAA',
  'AAAAAAAAAAAA////////////////MFsEIP////8AAAABAAAAAAAAAAAAAAAA////',
  '///////////8BCBaxjXYqjqT57PrvVV2mIa8ZR0GsMxTsPY7zjw+J9JgSwMVAMSd',
  'NgiG5wSTamZ44ROdJreBn36QBEEEaxfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5',
  'RdiYwpZP40Li/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9QIhAf////8AAAAA',
  '//////////+85vqtpxeehPO5ysL8YyVRAgEBA0IABCVVBJ7x4pwWt/v2YhyHGEtV',
  'cqj8wcUSico4paNHg8iILGDiOVwPZLxw+8PjxVu5+XsHnvo8ytL80BkM7B3m4KU=',
].join('\n');

describe('of a PEM it is said', () => {
  it.each<[string, string]>([
    [
      'KEY_UNSUPPORTED: this is a private key: remove it here, replace it, and give the public key',
      block('AAAA', 'EC PRIVATE KEY'),
    ],
    ['KEY_UNSUPPORTED: the PEM is longer than any supported public key', 'x'.repeat(8193)],
    [SHAPE, 'x'.repeat(8192)],
    [SHAPE, ''],
    [SHAPE, block('AAAA', 'CERTIFICATE')],
    [
      'KEY_UNSUPPORTED: the PEM block does not hold a public key that can be decoded',
      block('AAAA'),
    ],
    [
      'KEY_UNSUPPORTED: the curve "without a name" is not supported: only P-256, P-384 and P-521 are',
      block(OWN_CURVE),
    ],
    ['P-256', `\n ${signerOf().pem}\n\t`],
  ])('%s', (expected, pem) => {
    expect(said({ pem })).toBe(expected);
  });
});

describe('of a JWK it is said', () => {
  const bytes = (value: bigint) => {
    const hex = value.toString(16);
    return Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex').toString(
      'base64url',
    );
  };
  const exponent = (value: bigint) => ({ ...rsa, e: bytes(value) });
  it.each<[string, unknown]>([
    ['KEY_UNSUPPORTED: the JWK is not an object', null],
    ['KEY_UNSUPPORTED: the JWK is not an object', 'x'],
    ['KEY_UNSUPPORTED: the JWK holds private material', { ...ec, d: 'AAAA' }],
    ['KEY_UNSUPPORTED: the JWK holds private material', { ...rsa, p: 'AAAA' }],
    ['KEY_UNSUPPORTED: the JWK holds private material', { kty: 'oct', k: 'AAAA' }],
    ['KEY_UNSUPPORTED: key type "oct" is not supported', { ...rsa, kty: 'oct' }],
    ['KEY_UNSUPPORTED: key type "RSA" is not supported', { kty: 'RSA', n: 5, e: 'AQAB' }],
    ['KEY_UNSUPPORTED: key type "RSA" is not supported', { kty: 'RSA', n: rsa.n, e: '' }],
    ['KEY_UNSUPPORTED: key type "EC P-256" is not supported', { ...ec, x: 5 }],
    ['KEY_UNSUPPORTED: key type "EC P-256" is not supported', { ...ec, y: {} }],
    ['KEY_UNSUPPORTED: key type "EC" is not supported', { ...ec, crv: 5 }],
    ['KEY_UNSUPPORTED: key type "EC P-256K" is not supported', { ...ec, crv: 'P-256K' }],
    ['KEY_UNSUPPORTED: key type "" is not supported', {}],
    ['KEY_UNSUPPORTED: key type "sixteen-letters-" is not supported', { kty: 'sixteen-letters-' }],
    [
      'KEY_UNSUPPORTED: key type "… P-256" is not supported',
      { kty: 'a secret in the wrong place', crv: 'P-256' },
    ],
    [
      'KEY_UNSUPPORTED: the JWK does not hold a point or modulus that can be decoded',
      { ...ec, x: 'AAAA' },
    ],
    ['KEY_WEAK: the RSA exponent is 3: it must be odd and at least 65537', exponent(3n)],
    ['KEY_WEAK: the RSA exponent is 65538: it must be odd and at least 65537', exponent(65_538n)],
    [
      'KEY_WEAK: the RSA exponent is 10000000000000000000: it must be odd and at least 65537',
      exponent(10n ** 19n),
    ],
    [
      'KEY_WEAK: the RSA exponent is 10000000000000000000…: it must be odd and at least 65537',
      exponent(10n ** 20n),
    ],
    ['P-256', { ...ec, kty: 'EC-HSM', kid: 'x' }],
    ['RSA-2048', { ...rsa, kty: 'RSA-HSM' }],
  ])('%s', (expected, jwk) => {
    expect(said({ jwk: jwk as JsonWebKey })).toBe(expected);
  });
});

describe('of a key reference it is said', () => {
  const detailOf = (text: string): string => {
    const parsed = parseKeyUri(text);
    return parsed.ok ? parsed.vaultUri : parsed.detail.replace(/^".*" /u, '');
  };
  const SCHEME = 'azurekms://';
  const host = (length: number) => `${SCHEME}${'x'.repeat(length - SCHEME.length - 2)}/k`;
  const HOST = 'does not name a vault host (no port, no user name)';

  it.each([
    ['is not of the form azurekms://<vault host>/<key name>[/<version>]', `${SCHEME}a.b`],
    ['is not of the form azurekms://<vault host>/<key name>[/<version>]', host(513)],
    [HOST, host(512)],
    [HOST, `${SCHEME}a.1/k`],
    [HOST, `${SCHEME}1.5/k`],
    [HOST, `${SCHEME}0x7f.1/k`],
    [HOST, `${SCHEME}/k`],
    ['has a key name that Key Vault does not allow', `${SCHEME}a.b/`],
    ['has a version that is not letters and digits', `${SCHEME}a.b/k/-`],
    ['https://a.b', `${SCHEME}a.b/k/`],
  ])('%s (%s)', (expected, text) => {
    expect(detailOf(text)).toBe(expected);
  });
});

it('only the scheme at the start is left out where a key version is named, and only the algorithm before a fingerprint', () => {
  expect(formatKeyVersion({ vaultUri: 'http://a/https://b', name: 'k', version: '1' })).toBe(
    'azurekms://http://a/https://b/k/1',
  );
  expect(
    formatKeyVersionShort({ vaultUri: '', name: 'k', version: '', fingerprint: 'xxsha256:a' }),
  ).toBe('k/sha256:xxsh…');
});

it('of two revocations of one name the first one is told', () => {
  const [first, second] = [
    revocationOf({ fingerprint: 'a', reason: 'one' }),
    revocationOf({ fingerprint: 'a', reason: 'two' }),
  ];
  expect(
    indexRevocations(
      [],
      [first, second],
    )({ vaultUri: VAULT, name: 'k', version: '1', fingerprint: 'A' }),
  ).toBe(first);
});

it.each([
  '2026-11-02T12:00:00Z\n',
  '2026-11-02T12:00:00Z ',
  ' 2026-11-02T12:00:00Z',
  '2026-11-02T12:00:00Z (x)',
  '',
])('%p is no time', (text) => {
  expect(parseTime(text)).toBeUndefined();
});

describe('a key set in the trust view', () => {
  it('has no time at which it goes stale where it keeps its trust', () => {
    const view = (onStale: 'Deny' | 'KeepTrust') =>
      Object.keys(
        trustIn([versionOf()], { spec: { onStale } }).keySets.get('keyward-system/prod') ?? {},
      );
    expect(view('KeepTrust')).toEqual(['keys', 'expiredKeys']);
    expect(view('Deny')).toEqual(['keys', 'expiredKeys', 'staleAt']);
  });

  it('that was never reconciled, or at a time that cannot be read, has been stale for ever', () => {
    const staleAt = (status: object) => {
      const keySet = keySetOf([versionOf()]);
      const { lastReconciledTime: _, ...rest } = keySet.status;
      return buildTrustView([{ ...keySet, status: { ...rest, ...status } }], []).keySets.get(
        'keyward-system/prod',
      )?.staleAt;
    };
    expect([staleAt({}), staleAt({ lastReconciledTime: 'soon' })]).toEqual([0, 0]);
  });

  it('keeps state and reason of its entries where nothing speaks against them', () => {
    const keys = trustIn([
      versionOf(undefined, { state: 'heldOut', reason: 'a person took it out' }),
    ]).keySets.get('keyward-system/prod')?.keys;
    expect(keys).toMatchObject([{ state: 'heldOut', reason: 'a person took it out' }]);
  });
});
