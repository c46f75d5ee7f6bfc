import { describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import type { Candidate } from '../../../../core/verdict/evidence.ts';
import {
  bundle,
  bytesOf,
  DIGEST,
  hintOf,
  IN_TOTO,
  legacy,
  OTHER_DIGEST,
  preAuthentication,
  SIGNATURE_ANNOTATION,
  simpleSigning,
  statementOf,
} from '../../../support/signatures.ts';
import { signBytes, signerOf, signRaw } from '../../../support/signing.ts';
import { decideOn, evidenceOf } from '../../../support/trust.ts';

const trusted = signerOf();
const stranger = signerOf('P-256', 'stranger');
const payload = bytesOf(simpleSigning(DIGEST));
const statement = bytesOf(statementOf(DIGEST));
const statementText = statement.toString();
const sign = (bytes: Uint8Array) => signBytes(trusted, bytes);
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();

/** With nothing but this candidate, the image is denied with this code. */
function expectDenied(candidate: Candidate, code: string) {
  const verdict = decideOn([candidate]);
  expect(verdict).toMatchObject({ kind: 'deny', code, restsOnKeyState: false });
}

describe('a signature that no trusted key made denies as SIGNATURE_INVALID', () => {
  it.each([
    ['a legacy signature by the wrong key (B-33)', legacy({ signer: stranger })],
    ['a bundle by a stranger, listed among the referrers (A47)', bundle({ signer: stranger })],
    [
      'a bundle by a stranger with the hint of the trusted key (A72)',
      bundle({ signer: stranger, hint: hintOf(trusted) }),
    ],
    [
      'a bundle with the right subject and a garbage signature (A48)',
      bundle({ signature: signBytes(stranger, Buffer.from('x')) }),
    ],
    [
      'a payload changed after signing (A58)',
      legacy({
        payload: simpleSigning(DIGEST, {}, { optional: { env: 'prod' } }),
        signature: sign(payload),
      }),
    ],
    [
      'a statement changed after signing (A58)',
      bundle({
        statement: statementOf(DIGEST, { predicate: { x: 1 } }),
        signature: sign(preAuthentication(statement)),
      }),
    ],
    [
      'a payload written again, same JSON and other bytes (A103)',
      legacy({
        payload: JSON.stringify(JSON.parse(payload.toString()), null, 1),
        signature: sign(payload),
      }),
    ],
    [
      'a statement with a blank more behind it, which no reader of JSON sees (B-52)',
      bundle({ statement: `${statementText} `, signature: sign(preAuthentication(statement)) }),
    ],
    [
      'a signature over the statement without its encoding (A59)',
      bundle({ signedBytes: statement }),
    ],
    [
      'a signature over the encoding of another type (A60)',
      bundle({ signedBytes: preAuthentication(statement, 'application/json') }),
    ],
    [
      'a signature over an encoding without lengths (A57)',
      bundle({ signedBytes: Buffer.from(`DSSEv1 ${IN_TOTO} ${statementText}`) }),
    ],
    [
      'a signature over an encoding with a wrong length (A57)',
      bundle({
        signedBytes: Buffer.from(
          `DSSEv1 ${IN_TOTO.length} ${IN_TOTO} ${statement.length + 1} ${statementText}`,
        ),
      }),
    ],
    [
      'a signature over an encoding whose border is shifted (A57)',
      bundle({
        signedBytes: Buffer.from(
          `DSSEv1 ${IN_TOTO.length + 1} ${IN_TOTO} ${statement.length - 1} ${statementText}`,
        ),
      }),
    ],
    [
      'a legacy payload as the payload of a bundle signature (A60)',
      bundle({ signedBytes: payload }),
    ],
    [
      'a bare public key of a stranger in place of a certificate, beside his signature (A37)',
      legacy({
        signer: stranger,
        annotations: { 'dev.sigstore.cosign/certificate': stranger.pem },
      }),
    ],
    [
      'a certificate of a stranger beside his signature (A70)',
      legacy({
        signer: stranger,
        annotations: {
          'dev.sigstore.cosign/certificate': stranger.pem.replaceAll('PUBLIC KEY', 'CERTIFICATE'),
        },
      }),
    ],
    [
      'a signature over the digest of the payload (A123)',
      legacy({ payload, signature: sign(sha256(payload)) }),
    ],
    [
      'a signature over the hex text of that digest (A123)',
      legacy({ payload, signature: sign(Buffer.from(sha256(payload).toString('hex'))) }),
    ],
    [
      'a signature over the image digest alone (A123)',
      legacy({ payload, signature: sign(Buffer.from(DIGEST)) }),
    ],
    ['a signature with another hash (A119)', legacy({ hash: 'sha384' })],
  ])('%s', (_, candidate) => {
    expect(candidate.kind).toBe('sound');
    expectDenied(candidate, 'SIGNATURE_INVALID');
  });

  it('characters counted in place of bytes give another signature (B-43)', () => {
    const text = JSON.stringify(statementOf(DIGEST, { note: '😀é' }));
    const counted = Buffer.from(`DSSEv1 ${IN_TOTO.length} ${IN_TOTO} ${text.length} ${text}`);
    expectDenied(bundle({ statement: text, signedBytes: counted }), 'SIGNATURE_INVALID');
    expect(decideOn([bundle({ statement: text })]).kind).toBe('allow');
  });
});

describe('where a signature was found proves nothing: each way ends in the same check', () => {
  it.each(['referrers', 'fallback-tag', 'signature-tag'] as const)(
    'forged envelopes and payloads found by %s are denied, genuine ones allowed (B-31)',
    (store) => {
      for (const forge of [legacy, bundle]) {
        expectDenied(forge({ store, signer: stranger }), 'SIGNATURE_INVALID');
        expect(decideOn([forge({ store })]).kind).toBe('allow');
      }
    },
  );

  it('a signature by a stranger does not make an attestation by a trusted key count (B-32)', () => {
    const attestation = bundle({
      statement: statementOf(DIGEST, { predicateType: 'https://cosign.sigstore.dev/vuln/v1' }),
    });
    for (const candidates of [
      [attestation, bundle({ signer: stranger })],
      [bundle({ signer: stranger }), attestation],
    ])
      expect(decideOn(candidates)).toMatchObject({ kind: 'deny', code: 'SIGNATURE_INVALID' });
  });
});

describe('a signature in a form that none of the keys makes denies as SIGNATURE_ENCODING', () => {
  it.each([
    ['r and s side by side (A109)', legacy({ payload, signature: signRaw(trusted, payload) })],
    [
      'a byte after the signature (A108)',
      legacy({ payload, signature: Buffer.concat([sign(payload), Buffer.from([0])]) }),
    ],
    ['the wrapped form of RSA (A117)', legacy({ signer: signerOf('RSA-2048') })],
    ['text', bundle({ signature: Buffer.from('signed, trust me') })],
  ])('%s', (_, candidate) => {
    expectDenied(candidate, 'SIGNATURE_ENCODING');
  });
});

describe('a good signature of something else denies with what is wrong', () => {
  it.each([
    [
      'another image, legacy (A38)',
      legacy({ payload: simpleSigning(OTHER_DIGEST) }),
      'CLAIM_DIGEST_MISMATCH',
    ],
    [
      'another image, as a referrer (A41)',
      legacy({ payload: simpleSigning(OTHER_DIGEST), store: 'referrers' }),
      'CLAIM_DIGEST_MISMATCH',
    ],
    [
      'another image, bundle (A42)',
      bundle({ statement: statementOf(OTHER_DIGEST) }),
      'SUBJECT_MISMATCH',
    ],
    [
      'no image (A39)',
      legacy({ payload: simpleSigning(DIGEST, { image: {} }) }),
      'CLAIM_DIGEST_MISSING',
    ],
    [
      'an attestation in place of a signature (A2)',
      bundle({
        statement: statementOf(DIGEST, {
          predicateType: 'https://spdx.dev/Document',
          predicate: { spdxVersion: 'SPDX-2.3' },
        }),
      }),
      'PREDICATE_TYPE',
    ],
    [
      'the provenance of this very image (A62)',
      bundle({
        statement: statementOf(DIGEST, { predicateType: 'https://slsa.dev/provenance/v1' }),
      }),
      'PREDICATE_TYPE',
    ],
    ['a payload that is no JSON (B-34)', legacy({ payload: 'signed, trust me' }), 'JSON_MALFORMED'],
    [
      'a statement of another version (A61)',
      bundle({ statement: statementOf(DIGEST, { _type: 'https://in-toto.io/Statement/v0.1' }) }),
      'STATEMENT_TYPE',
    ],
    [
      'a payload of another type (A92)',
      legacy({ payload: simpleSigning(DIGEST, { type: 'atomic container signature' }) }),
      'PAYLOAD_TYPE',
    ],
    [
      'a statement under another payload type (A55)',
      bundle({ envelope: { payloadType: 'text/plain' } }),
      'DSSE_PAYLOAD_TYPE',
    ],
    [
      'nothing: the annotation is empty (A106)',
      legacy({ descriptor: { annotations: new Map([[SIGNATURE_ANNOTATION, '']]) } }),
      'SIGNATURE_MISSING',
    ],
    [
      'a payload with two readings (A87)',
      legacy({ payload: payload.toString().replace('{"critical"', '{"critical":1,"critical"') }),
      'JSON_DUPLICATE_KEY',
    ],
    [
      'a keyless bundle (A67)',
      bundle({ material: { publicKey: undefined, certificate: {} } }),
      'BUNDLE_KEY_MATERIAL',
    ],
  ])('%s', (_, candidate, code) => {
    expectDenied(candidate, code);
  });
});

it('a candidate of another image counts for nothing where a cache or a merge mixed it in (A86)', () => {
  const elsewhere = legacy({ digest: OTHER_DIGEST });
  expect(elsewhere.kind).toBe('sound');
  expect(decideOn([], { evidence: evidenceOf([elsewhere]) })).toMatchObject({
    kind: 'deny',
    code: 'NO_SIGNATURE',
  });
  expect(decideOn([], { evidence: evidenceOf([elsewhere], { digest: OTHER_DIGEST }) }).kind).toBe(
    'allow',
  );
});
