/** Every reason for which a signature of either format is refused, word for word: people search for them, and a denial is an interface. */
import { describe, expect, it } from '@jest/globals';
import { parseBundle } from '../../../../core/cosign/bundle.ts';
import { parseLegacyLayer } from '../../../../core/cosign/legacy-layer.ts';
import type { Candidate } from '../../../../core/verdict/evidence.ts';
import {
  BUNDLE,
  bundle,
  bundleBlob,
  DIGEST,
  HEX,
  IN_TOTO,
  legacy,
  legacyLayer,
  OTHER_DIGEST,
  simpleSigning,
  statementOf,
} from '../../../support/signatures.ts';

const said = (candidate: Candidate): string =>
  candidate.kind === 'sound' ? 'sound' : `${candidate.code}: ${candidate.detail}`;

type Case = readonly [said: string, candidate: () => Candidate];

const payload =
  (critical: object, rest: object = {}): (() => Candidate) =>
  () =>
    legacy({ payload: simpleSigning(DIGEST, { ...critical }, { ...rest }), signature: 'AAAA' });
const stranger = { stranger: 1 };
const image = { 'docker-manifest-digest': DIGEST };

describe('of a legacy layer it is said', () => {
  it.each<Case>([
    [
      'MEDIA_TYPE: the layer is not a simple-signing payload',
      () => legacy({ descriptor: { mediaType: 'a/b' } }),
    ],
    [
      'FOREIGN_LAYER: the layer names foreign URLs',
      () => legacy({ descriptor: { foreign: true } }),
    ],
    [
      'LIMIT_BYTES: the payload is longer than 65536 bytes',
      () => legacy({ descriptor: { size: 65_537 } }),
    ],
    [
      'CONTENT_SIZE_MISMATCH: the payload has another length than its descriptor says',
      () => legacy({ descriptor: { size: 65_536 } }),
    ],
    [
      'CONTENT_DIGEST_MISMATCH: the payload does not hash to the digest of its descriptor',
      () => legacy({ descriptor: { digest: OTHER_DIGEST } }),
    ],
    [
      'SIGNATURE_MISSING: the layer has no annotation dev.cosignproject.cosign/signature',
      () => legacy({ signature: '' }),
    ],
    [
      'SIGNATURE_MISSING: the layer has no annotation dev.cosignproject.cosign/signature',
      () => legacy({ descriptor: { annotations: new Map() } }),
    ],
    [
      'BASE64_INVALID: the signature annotation is not standard base64',
      () => legacy({ signature: 'AAA' }),
    ],
    ['JSON_FIELD: the payload has the unknown member "stranger"', payload({}, stranger)],
    ['JSON_FIELD: critical has the unknown member "stranger"', payload(stranger)],
    [
      'JSON_FIELD: critical.image has the unknown member "stranger"',
      payload({ image: { ...image, ...stranger } }),
    ],
    [
      'JSON_FIELD: critical.identity has the unknown member "stranger"',
      payload({ identity: { 'docker-reference': 'x', ...stranger } }),
    ],
    ['JSON_FIELD: critical is not an object', payload({}, { critical: 1 })],
    ['JSON_FIELD: image is not an object', payload({ image: [] })],
    ['JSON_FIELD: identity is not an object', payload({ identity: 'x' })],
    ['JSON_FIELD: docker-reference is not a string', payload({ identity: {} })],
    ['JSON_FIELD: optional is not an object', payload({}, { optional: [] })],
    [
      'CLAIM_DIGEST_MISSING: the payload does not say which image it is about',
      () => legacy({ payload: { optional: null }, signature: 'AAAA' }),
    ],
    [
      'CLAIM_DIGEST_MISSING: the payload does not say which image it is about',
      payload({ image: undefined }),
    ],
    [
      'CLAIM_DIGEST_MISSING: the payload does not say which image it is about',
      payload({ image: {} }),
    ],
    [
      'CLAIM_DIGEST_MISMATCH: the signed payload is about another image',
      payload({ image: { 'docker-manifest-digest': OTHER_DIGEST } }),
    ],
    [
      'PAYLOAD_TYPE: critical.type is not "cosign container image signature"',
      payload({ type: 'x' }),
    ],
    [
      'JSON_MALFORMED: not JSON: the top level is not an object (position 2)',
      () => legacy({ payload: '[]', signature: 'AAAA' }),
    ],
    ['sound', payload({}, { optional: undefined })],
    ['sound', payload({}, { optional: {} })],
  ])('%s', (expected, candidate) => {
    expect(said(candidate())).toBe(expected);
  });

  it('where it was found', () => {
    const layer = {
      ...legacyLayer(),
      store: 'fallback-tag' as const,
      manifestDigest: OTHER_DIGEST,
      digest: OTHER_DIGEST,
    };
    expect(parseLegacyLayer(layer)).toStrictEqual({
      kind: 'rejected',
      store: 'fallback-tag',
      manifestDigest: OTHER_DIGEST,
      code: 'CLAIM_DIGEST_MISMATCH',
      detail: 'the signed payload is about another image',
    });
  });

  it('what it claims, and nothing that it does not', () => {
    const layer = legacyLayer({
      payload: simpleSigning(DIGEST, {}, { optional: { a: 'b', n: 1, o: {} } }),
      signature: 'AAAA',
    });
    expect(parseLegacyLayer(layer)).toStrictEqual({
      kind: 'sound',
      store: 'signature-tag',
      format: 'legacy',
      manifestDigest: layer.manifestDigest,
      blobDigest: layer.descriptor.digest,
      signedBytes: layer.blob,
      signature: new Uint8Array(3),
      claims: {
        digest: DIGEST,
        reference: 'contoso.azurecr.io/team/app',
        annotations: new Map([['a', 'b']]),
      },
    });
  });
});

const material = (members: object) => () =>
  bundle({ material: { publicKey: {}, ...members }, signature: 'AAAA' });
const envelope = (members: object) => () => bundle({ envelope: { ...members }, signature: 'AAAA' });
const statement = (members: object) => () =>
  bundle({ statement: statementOf(DIGEST, { ...members }), signature: 'AAAA' });
const logEntries = (count: number) =>
  material({ tlogEntries: Array.from({ length: count }, () => ({})) });
const timestamps = (count: number) =>
  material({
    timestampVerificationData: { rfc3161Timestamps: Array.from({ length: count }, () => ({})) },
  });
const PLAIN = 'the bundle is not signed with a plain key (keyless or by certificate)';
const subject = { digest: { sha256: HEX } };
const digests = (count: number) =>
  Object.fromEntries([
    ['sha256', HEX],
    ...Array.from({ length: count - 1 }, (_, index) => [`d${index}`, 'x']),
  ]) as object;

describe('of a bundle it is said', () => {
  it.each<Case>([
    [
      'CONTENT_DIGEST_MISMATCH: the bundle does not hash to the digest of its descriptor',
      () => parseBundle({ ...bundleBlob(), blobDigest: OTHER_DIGEST }),
    ],
    [`BUNDLE_VERSION: mediaType is not ${BUNDLE}`, () => bundle({ members: { mediaType: 'x' } })],
    [
      'JSON_FIELD: the bundle has the unknown member "stranger"',
      () => bundle({ members: stranger }),
    ],
    [
      'BUNDLE_CONTENT: the bundle must hold a DSSE envelope and nothing else',
      () => bundle({ members: { dsseEnvelope: undefined } }),
    ],
    [
      'BUNDLE_CONTENT: the bundle must hold a DSSE envelope and nothing else',
      () => bundle({ members: { messageSignature: {} } }),
    ],
    [
      'JSON_FIELD: verificationMaterial is not an object',
      () => bundle({ members: { verificationMaterial: 1 } }),
    ],
    ['JSON_FIELD: dsseEnvelope is not an object', () => bundle({ members: { dsseEnvelope: 1 } })],
    [`BUNDLE_KEY_MATERIAL: ${PLAIN}`, material({ certificate: {} })],
    [`BUNDLE_KEY_MATERIAL: ${PLAIN}`, material({ x509CertificateChain: {} })],
    [`BUNDLE_KEY_MATERIAL: ${PLAIN}`, material({ publicKey: undefined })],
    ['JSON_FIELD: verificationMaterial has the unknown member "stranger"', material(stranger)],
    ['JSON_FIELD: publicKey is not an object', material({ publicKey: 'x' })],
    ['JSON_FIELD: publicKey has the unknown member "stranger"', material({ publicKey: stranger })],
    ['JSON_FIELD: hint is not a string', material({ publicKey: { hint: 1 } })],
    ['JSON_FIELD: tlogEntries is not a list of objects', material({ tlogEntries: {} })],
    ['JSON_FIELD: tlogEntries is not a list of objects', material({ tlogEntries: [{}, 1] })],
    [
      'JSON_FIELD: timestampVerificationData is not an object',
      material({ timestampVerificationData: [] }),
    ],
    [
      'JSON_FIELD: rfc3161Timestamps is not a list of objects',
      material({ timestampVerificationData: { rfc3161Timestamps: 1 } }),
    ],
    ['sound', material({ timestampVerificationData: {} })],
    ['sound', logEntries(32)],
    ['LIMIT_TLOG: the bundle holds too many log entries or timestamps', logEntries(33)],
    ['sound', timestamps(32)],
    ['LIMIT_TLOG: the bundle holds too many log entries or timestamps', timestamps(33)],
    ['JSON_FIELD: the envelope has the unknown member "stranger"', envelope(stranger)],
    ['JSON_FIELD: signatures is not a list of objects', envelope({ signatures: 1 })],
    ['DSSE_SIGNATURE_COUNT: the envelope has 0 signatures, not one', envelope({ signatures: [] })],
    [
      'DSSE_SIGNATURE_COUNT: the envelope has 2 signatures, not one',
      envelope({ signatures: [{ sig: 'AAAA' }, { sig: 'AAAA' }] }),
    ],
    [
      'JSON_FIELD: the signature has the unknown member "stranger"',
      envelope({ signatures: [{ sig: 'AAAA', ...stranger }] }),
    ],
    ['JSON_FIELD: keyid is not a string', envelope({ signatures: [{ sig: 'AAAA', keyid: 1 }] })],
    [`DSSE_PAYLOAD_TYPE: payloadType is not ${IN_TOTO}`, envelope({ payloadType: 'x' })],
    ['SIGNATURE_MISSING: the signature is empty', envelope({ signatures: [{}] })],
    ['SIGNATURE_MISSING: the signature is empty', envelope({ signatures: [{ sig: '' }] })],
    ['JSON_FIELD: sig is not a string', envelope({ signatures: [{ sig: 1 }] })],
    ['BASE64_INVALID: sig is not standard base64', envelope({ signatures: [{ sig: 'A' }] })],
    ['JSON_FIELD: payload is not a string', envelope({ payload: 1 })],
    ['BASE64_INVALID: payload is not standard base64', envelope({ payload: 'A' })],
    [
      'JSON_MALFORMED: statement: not JSON: a value is missing (position 0)',
      () => bundle({ statement: 'x', signature: 'AAAA' }),
    ],
    ['STATEMENT_TYPE: _type is not https://in-toto.io/Statement/v1', statement({ _type: 'x' })],
    [
      'PREDICATE_TYPE: predicateType is not https://sigstore.dev/cosign/sign/v1: an attestation, not an image signature',
      statement({ predicateType: 'x' }),
    ],
    ['JSON_FIELD: predicate is not an object', statement({ predicate: 1 })],
    ['sound', statement({ predicate: undefined })],
    ['SUBJECT_MISMATCH: the statement has no list of subjects', statement({ subject: {} })],
    ['SUBJECT_MISMATCH: a subject has no digests', statement({ subject: [subject, 1] })],
    ['SUBJECT_MISMATCH: a subject has no digests', statement({ subject: [subject, {}] })],
    ['SUBJECT_MISMATCH: no subject of the statement is this image', statement({ subject: [] })],
    [
      'SUBJECT_MISMATCH: no subject of the statement is this image',
      statement({ subject: [{ digest: { sha512: HEX } }] }),
    ],
    [
      'JSON_FIELD: annotations is not an object',
      statement({ subject: [subject, { digest: {}, annotations: 1 }] }),
    ],
    ['sound', statement({ subject: [{ digest: digests(32) }] })],
    [
      'LIMIT_SUBJECTS: a subject has more than 32 digests',
      statement({ subject: [{ digest: digests(33) }] }),
    ],
    ['sound', statement({ subject: Array.from({ length: 1024 }, () => subject) })],
    [
      'LIMIT_SUBJECTS: 1025 subjects, more than 1024',
      statement({ subject: Array.from({ length: 1025 }, () => subject) }),
    ],
  ])('%s', (expected, candidate) => {
    expect(said(candidate())).toBe(expected);
  });

  it('where it was found', () => {
    const blob = {
      ...bundleBlob({ text: '{' }),
      store: 'fallback-tag' as const,
      manifestDigest: OTHER_DIGEST,
    };
    expect(parseBundle(blob)).toStrictEqual({
      kind: 'rejected',
      store: 'fallback-tag',
      manifestDigest: OTHER_DIGEST,
      code: 'JSON_MALFORMED',
      detail: 'not JSON: a member name is missing (position 1)',
    });
  });

  it('which key it names, if that is a fingerprint, and nothing otherwise', () => {
    const hinted = (hint: unknown) =>
      bundle({ material: { publicKey: { hint } }, signature: 'AAAA' });
    expect(hinted(Buffer.alloc(32, 1).toString('base64'))).toMatchObject({
      hint: `sha256:${'01'.repeat(32)}`,
    });
    for (const other of [Buffer.alloc(31), Buffer.alloc(33)].map((bytes) =>
      bytes.toString('base64'),
    ))
      expect(hinted(other)).toMatchObject({ kind: 'sound', claims: { digest: DIGEST } });
    for (const other of [Buffer.alloc(33).toString('base64'), 'no base64', ''])
      expect((hinted(other) as { hint?: string }).hint).toBeUndefined();
  });

  it('the annotations of the first subject that is this image', () => {
    const candidate = statement({
      subject: [
        { digest: { sha256: 'b2'.repeat(32) }, annotations: { a: 'other' } },
        { ...subject, annotations: { a: 'first', n: 1 } },
        { ...subject, annotations: { a: 'second' } },
      ],
    })();
    expect(candidate).toMatchObject({
      claims: { digest: DIGEST, annotations: new Map([['a', 'first']]) },
    });
  });
});
