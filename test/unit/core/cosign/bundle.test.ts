import { describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { parseBundle } from '../../../../core/cosign/bundle.ts';
import {
  bundle,
  BUNDLE,
  bundleBlob,
  bundleOf,
  bytesOf,
  DIGEST,
  hintOf,
  OTHER_DIGEST,
  preAuthentication,
  statementOf,
  type BundleOptions,
} from '../../../support/signatures.ts';
import { signBytes, signerOf } from '../../../support/signing.ts';

const codeOf = (options: BundleOptions) => {
  const candidate = bundle(options);
  return candidate.kind === 'rejected' ? candidate.code : candidate.kind;
};

const publicKey = { hint: hintOf(signerOf()) };
const text = bytesOf(bundleOf({ signature: 'AAAA' })).toString();

describe('a well-formed bundle', () => {
  it('becomes a candidate over the pre-authentication encoding, with its hint and claims', () => {
    const signer = signerOf();
    const payload = bytesOf(statementOf());
    const signature = signBytes(signer, preAuthentication(payload));
    const options = { signature, store: 'fallback-tag', manifestDigest: 'm' } as const;
    expect(bundle(options)).toEqual({
      kind: 'sound',
      store: 'fallback-tag',
      format: 'bundle',
      manifestDigest: 'm',
      blobDigest: bundleBlob(options).blobDigest,
      signedBytes: new Uint8Array(preAuthentication(payload)),
      signature: new Uint8Array(signature),
      hint: signer.fingerprint,
      claims: { digest: DIGEST, annotations: new Map() },
    });
  });

  it.each([
    [
      'white space as protojson varies it',
      { text: text.replaceAll(':', ' : ').replaceAll(',', ',\n  ') },
    ],
    [
      'a keyid, as @sigstore/sign writes it (A74)',
      { envelope: { signatures: [{ sig: 'AAAA', keyid: 'wrong' }] } },
    ],
    [
      'no timestamps in its timestamp data',
      { material: { publicKey, timestampVerificationData: {} } },
    ],
    [
      'an empty list of timestamps',
      { material: { publicKey, timestampVerificationData: { rfc3161Timestamps: [] } } },
    ],
    ['no log entries', { material: { publicKey, tlogEntries: [] } }],
    [
      'a log entry of garbage, which no policy asks for (A152)',
      { material: { publicKey, tlogEntries: [{ logIndex: '-1', x: 0 }] } },
    ],
    [
      'log numbers that are none, which no policy asks for (A98)',
      { material: { publicKey, tlogEntries: [{ logIndex: '0x10', integratedTime: 5 }] } },
    ],
    [
      'a timestamp of garbage, which no policy asks for (A152)',
      {
        material: {
          publicKey,
          timestampVerificationData: { rfc3161Timestamps: [{ signedTimestamp: '!' }] },
        },
      },
    ],
  ])('may have %s (P8)', (_, options) => {
    expect(codeOf(options)).toBe('sound');
  });
});

describe('the hint', () => {
  const withHint = (hint: string | null) => {
    const candidate = bundle({ hint });
    return candidate.kind === 'sound' ? candidate.hint : candidate.code;
  };

  it('is read as the fingerprint that it encodes', () => {
    expect(withHint(hintOf(signerOf()))).toBe(signerOf().fingerprint);
  });

  it.each([
    ['absent', null],
    ['empty', ''],
    ['not base64', 'constructor'],
    ['a prototype name', '__proto__'],
    ['hex', createHash('sha256').digest('hex')],
    ['shorter than a hash', Buffer.alloc(31).toString('base64')],
    ['longer than a hash', Buffer.alloc(33).toString('base64')],
    ['very long', 'A'.repeat(100_000)],
  ])('says nothing where it is %s, and spoils nothing (A73)', (_, hint) => {
    expect(withHint(hint)).toBeUndefined();
  });

  it.each([null, 1, []])('must be a string where it is given: %j (A101)', (hint) => {
    expect(codeOf({ material: { publicKey: { hint } } })).toBe('JSON_FIELD');
  });
});

describe('the media type must be that of a bundle v0.3', () => {
  it.each([
    BUNDLE.replace('v0.3', 'v0.9'),
    BUNDLE.replace('v0.3', 'v0.1'),
    `${BUNDLE}XYZ`,
    ` ${BUNDLE}`,
    `${BUNDLE} `,
    `${BUNDLE};charset=utf-8`,
    BUNDLE.toUpperCase(),
    'application/vnd.dev.sigstore.bundle+json;version=0.3',
    '',
    null,
    undefined,
    [BUNDLE],
  ])('%j is refused (A94)', (mediaType) => {
    expect(codeOf({ members: { mediaType } })).toBe('BUNDLE_VERSION');
  });
});

describe('the bytes', () => {
  const blob = bundleBlob();
  it('must hash to the digest of their descriptor (K-11)', () => {
    expect(parseBundle({ ...blob, blobDigest: OTHER_DIGEST })).toMatchObject({
      kind: 'rejected',
      store: blob.store,
      manifestDigest: blob.manifestDigest,
      code: 'CONTENT_DIGEST_MISMATCH',
    });
  });

  it.each([
    [
      'a duplicate key in the bundle (A89)',
      text.replace('{', `{"mediaType":"x",`),
      'JSON_DUPLICATE_KEY',
    ],
    [
      'a duplicate key in the envelope (A89)',
      text.replace('"payload":', '"payload":"AAAA","payload":'),
      'JSON_DUPLICATE_KEY',
    ],
    ['an array (A100)', `[${text}]`, 'JSON_MALFORMED'],
    ['a second document (A100)', `${text}${text}`, 'JSON_MALFORMED'],
    ['gzip magic, which is never inflated (A129)', Buffer.from([0x1f, 0x8b]), 'UTF8_INVALID'],
    ['a bundle beyond the cap (A6)', `${text}${' '.repeat(1024 * 1024)}`, 'LIMIT_BYTES'],
  ])('%s are refused', (_, content, code) => {
    expect(codeOf({ text: content })).toBe(code);
  });

  it('of exactly the allowed length are read', () => {
    const bytes = Buffer.alloc(1024 * 1024, ' ');
    bytes.write(text);
    expect(codeOf({ text: bytes })).toBe('sound');
  });
});
