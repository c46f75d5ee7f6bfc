import { describe, expect, it } from '@jest/globals';
import {
  bundle,
  bundleOf,
  bytesOf,
  DIGEST,
  hintOf,
  IN_TOTO,
  OTHER_DIGEST,
  statementOf,
  type BundleOptions,
} from '../../../support/signatures.ts';
import { signerOf } from '../../../support/signing.ts';

const codeOf = (options: BundleOptions) => {
  const candidate = bundle(options);
  return candidate.kind === 'rejected' ? candidate.code : candidate.kind;
};

const publicKey = { hint: hintOf(signerOf()) };
const text = bytesOf(bundleOf({ signature: 'AAAA' })).toString();

describe('the key material must be a public key and nothing else', () => {
  const certificate = { rawBytes: 'AAAA' };
  const ownKey = {
    rawBytes: signerOf().publicKey.export({ format: 'der', type: 'spki' }).toString('base64'),
  };
  it.each([
    ['a certificate (A67)', { publicKey: undefined, certificate }],
    ['a certificate of a trusted key (A68)', { publicKey: undefined, certificate: ownKey }],
    [
      'a bare public key where the certificate belongs (A37)',
      { publicKey: undefined, certificate: ownKey },
    ],
    ['a public key and a certificate (A69)', { publicKey, certificate }],
    ['a certificate null beside the key', { publicKey, certificate: null }],
    ['a certificate chain null beside the key', { publicKey, x509CertificateChain: null }],
    ['a certificate chain', { publicKey: undefined, x509CertificateChain: { certificates: [] } }],
    ['a public key and a chain (A69)', { publicKey, x509CertificateChain: {} }],
    ['none', { publicKey: undefined }],
  ])('%s is refused', (_, material) => {
    expect(codeOf({ material })).toBe('BUNDLE_KEY_MATERIAL');
  });

  it.each([
    ['a key that came with the bundle (A37)', { publicKey: { ...publicKey, ...ownKey } }],
    ['publicKey null (A101)', { publicKey: null }],
    ['publicKey a string', { publicKey: publicKey.hint }],
    ['an unknown member (A93)', { publicKey, extra: 1 }],
    ['log entries that are no list', { publicKey, tlogEntries: {} }],
    ['log entries null (A101)', { publicKey, tlogEntries: null }],
    ['a log entry null (A101)', { publicKey, tlogEntries: [null] }],
    ['timestamp data null (A101)', { publicKey, timestampVerificationData: null }],
    [
      'timestamps that are no list',
      { publicKey, timestampVerificationData: { rfc3161Timestamps: 1 } },
    ],
  ])('%s is refused', (_, material) => {
    expect(codeOf({ material })).toBe('JSON_FIELD');
  });

  const many = (length: number) => Array.from({ length }, () => ({}));
  it.each([
    ['32 log entries and 32 timestamps are ignored', 32, 32, 'sound'],
    ['33 log entries are too many (A11)', 33, 0, 'LIMIT_TLOG'],
    ['33 timestamps are too many (A11)', 0, 33, 'LIMIT_TLOG'],
  ])('%s', (_, entries, timestamps, code) => {
    const material = {
      publicKey,
      tlogEntries: many(entries),
      timestampVerificationData: { rfc3161Timestamps: many(timestamps) },
    };
    expect(codeOf({ material })).toBe(code);
  });
});

describe('the content must be one DSSE envelope with one signature', () => {
  const messageSignature = {
    messageDigest: { algorithm: 'SHA2_256', digest: 'AAAA' },
    signature: 'AAAA',
  };
  const good = { sig: 'AAAA' };
  it.each([
    [
      'a message signature over the manifest digest (A65)',
      { members: { dsseEnvelope: undefined, messageSignature } },
      'BUNDLE_CONTENT',
    ],
    [
      'an envelope and a message signature (A66)',
      { members: { messageSignature } },
      'BUNDLE_CONTENT',
    ],
    [
      'an envelope and a message signature null (A66)',
      { members: { messageSignature: null } },
      'BUNDLE_CONTENT',
    ],
    ['neither (A66)', { members: { dsseEnvelope: undefined } }, 'BUNDLE_CONTENT'],
    ['an envelope null (A101)', { members: { dsseEnvelope: null } }, 'JSON_FIELD'],
    [
      'verification material null (A101)',
      { members: { verificationMaterial: null } },
      'JSON_FIELD',
    ],
    ['no verification material', { members: { verificationMaterial: undefined } }, 'JSON_FIELD'],
    ['an unknown member of the bundle (A93)', { members: { extra: 1 } }, 'JSON_FIELD'],
    ['the envelope in another case (A90)', { members: { DSSEEnvelope: {} } }, 'JSON_FIELD'],
    [
      'a prototype name in the bundle (A95)',
      { text: text.replace('{', '{"__proto__":{},') },
      'JSON_FIELD',
    ],
    ['an unknown member of the envelope (A93)', { envelope: { extra: 1 } }, 'JSON_FIELD'],
    [
      'an unknown member of the signature (A93)',
      { envelope: { signatures: [{ ...good, cert: 'x' }] } },
      'JSON_FIELD',
    ],
    [
      'a keyid that is no string',
      { envelope: { signatures: [{ ...good, keyid: 1 }] } },
      'JSON_FIELD',
    ],
    ['a keyid null (A101)', { envelope: { signatures: [{ ...good, keyid: null }] } }, 'JSON_FIELD'],
    [
      'a signature whose bytes are null (A101)',
      { envelope: { signatures: [{ sig: null }] } },
      'JSON_FIELD',
    ],
    ['no signature (A56)', { envelope: { signatures: [] } }, 'DSSE_SIGNATURE_COUNT'],
    [
      'two signatures, both the same (A56)',
      { envelope: { signatures: [good, good] } },
      'DSSE_SIGNATURE_COUNT',
    ],
    ['no list of signatures', { envelope: { signatures: undefined } }, 'JSON_FIELD'],
    ['signatures that are an object', { envelope: { signatures: good } }, 'JSON_FIELD'],
    ['signatures null (A101)', { envelope: { signatures: null } }, 'JSON_FIELD'],
    ['a signature null (A101)', { envelope: { signatures: [null] } }, 'JSON_FIELD'],
    ['a signature without bytes (A106)', { envelope: { signatures: [{}] } }, 'SIGNATURE_MISSING'],
    ['an empty signature (A106)', { envelope: { signatures: [{ sig: '' }] } }, 'SIGNATURE_MISSING'],
    ['a signature that is no string', { envelope: { signatures: [{ sig: 1 }] } }, 'JSON_FIELD'],
    [
      'a signature in URL-safe base64 (A96)',
      { envelope: { signatures: [{ sig: '-_-_' }] } },
      'BASE64_INVALID',
    ],
    ['a payload that is no base64 (A96)', { envelope: { payload: '{}' } }, 'BASE64_INVALID'],
    ['a payload with a line break (A96)', { envelope: { payload: 'AAAA\n' } }, 'BASE64_INVALID'],
    ['no payload', { envelope: { payload: undefined } }, 'JSON_FIELD'],
    ['an empty payload (A100)', { envelope: { payload: '' } }, 'JSON_MALFORMED'],
  ])('%s is refused', (_, options, code) => {
    expect(codeOf(options)).toBe(code);
  });

  it.each([
    'application/vnd.in-toto+json;charset=utf-8',
    'application/vnd.in-toto+JSON',
    'application/vnd.dev.cosign.simplesigning.v1+json',
    '',
    null,
    undefined,
  ])('payloadType %j is refused (A55)', (payloadType) => {
    expect(codeOf({ envelope: { payloadType } })).toBe('DSSE_PAYLOAD_TYPE');
  });

  it('a payloadType that becomes the right one where letters are cut to one byte is refused (A20)', () => {
    const payloadType = IN_TOTO.replace('a', 'š');
    expect(Buffer.from(payloadType, 'latin1').toString()).toBe(IN_TOTO);
    expect(codeOf({ envelope: { payloadType } })).toBe('DSSE_PAYLOAD_TYPE');
  });

  it('its statement must be about this image and of the right kind', () => {
    expect(codeOf({ statement: statementOf(OTHER_DIGEST) })).toBe('SUBJECT_MISMATCH');
    expect(codeOf({ statement: statementOf(DIGEST, { predicateType: 'x' }) })).toBe(
      'PREDICATE_TYPE',
    );
  });
});
