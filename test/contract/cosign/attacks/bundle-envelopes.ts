/** The envelope of a bundle, and what is signed. */
import { Buffer } from 'node:buffer';
import { bytesOf, hintOf, preAuthentication, statementOf } from '../../../support/signatures.ts';
import { signBytes, signerOf, signRaw } from '../../../support/signing.ts';
import { bundled, by } from './bundle-row.ts';
import { bundleFor, type Members } from './offer.ts';
import type { AttackRow, RowOptions } from './row.ts';

const sigOf = (members: Members): string =>
  (members as { dsseEnvelope: { signatures: [{ sig: string }] } }).dsseEnvelope.signatures[0].sig;

const withSignatures = (
  what: string,
  options: RowOptions,
  list: (sig: string) => unknown,
): AttackRow =>
  bundled(what, options, ({ image }) => {
    const good = bundleFor(image.digest);
    const envelope = { ...(good['dsseEnvelope'] as Members), signatures: list(sigOf(good)) };
    return { ...good, dsseEnvelope: envelope };
  });

const KEYID = 'keyid is unsigned and says nothing; @sigstore/sign writes one';

const messageSignature = {
  messageDigest: { algorithm: 'SHA2_256', digest: 'AAAA' },
  signature: 'AAAA',
};

export const BUNDLE_ENVELOPES: readonly AttackRow[] = [
  withSignatures(
    'keyid = hint',
    { ids: 'A74', keyward: 'allow', cosign: 'refuses', why: KEYID },
    (sig) => [{ sig, keyid: hintOf(signerOf()) }],
  ),
  withSignatures(
    'a wrong keyid',
    { ids: 'A74', keyward: 'allow', cosign: 'refuses', why: KEYID },
    (sig) => [{ sig, keyid: 'other' }],
  ),
  withSignatures('an empty keyid', { ids: 'P8', keyward: 'allow' }, (sig) => [{ sig, keyid: '' }]),
  withSignatures('no signatures', { ids: 'A56', keyward: 'deny DSSE_SIGNATURE_COUNT' }, () => []),
  withSignatures(
    'a good signature and one that is none',
    { ids: 'A56', keyward: 'deny DSSE_SIGNATURE_COUNT' },
    (sig) => [{ sig }, { sig: 'AAAA' }],
  ),
  withSignatures('a signature that is null', { ids: 'A101', keyward: 'deny JSON_FIELD' }, () => [
    null,
  ]),
  withSignatures('an empty signature', { ids: 'A106', keyward: 'deny SIGNATURE_MISSING' }, () => [
    { sig: '' },
  ]),
  bundled(
    'r and s side by side (IEEE P1363)',
    {
      ids: 'A109',
      keyward: 'deny SIGNATURE_ENCODING',
      cosign: 'accepts',
      why: 'cosign tries P1363 when the bytes are no ASN.1; it writes DER only',
    },
    ({ image }) => {
      const bytes = preAuthentication(bytesOf(statementOf(image.digest)));
      return bundleFor(image.digest, { signature: signRaw(signerOf(), bytes) });
    },
  ),
  bundled(
    'a signature of the payload without its pre-authentication',
    { ids: 'A59', keyward: 'deny SIGNATURE_INVALID' },
    ({ image }) => bundleFor(image.digest, { signedBytes: bytesOf(statementOf(image.digest)) }),
  ),
  bundled(
    'a signature of the payload under another type',
    { ids: 'A60', keyward: 'deny SIGNATURE_INVALID' },
    ({ image }) =>
      bundleFor(image.digest, {
        signedBytes: preAuthentication(bytesOf(statementOf(image.digest)), 'text/plain'),
      }),
  ),
  bundled(
    'another payloadType, signed as such',
    { ids: 'A55', keyward: 'deny DSSE_PAYLOAD_TYPE' },
    ({ image }) =>
      bundleFor(image.digest, {
        signedBytes: preAuthentication(bytesOf(statementOf(image.digest)), 'text/plain'),
        envelope: { payloadType: 'text/plain' },
      }),
  ),
  bundled(
    'a payload changed after signing',
    { ids: 'A58', keyward: 'deny SIGNATURE_INVALID' },
    ({ image, other }) =>
      bundleFor(image.digest, {
        signedBytes: preAuthentication(bytesOf(statementOf(other.digest))),
      }),
  ),
  by(
    'a message signature beside the envelope',
    { ids: 'A66', keyward: 'deny BUNDLE_CONTENT' },
    { members: { messageSignature } },
  ),
  bundled(
    'a message signature of the image’s manifest, as sign-blob makes it',
    { ids: 'A65', keyward: 'deny BUNDLE_CONTENT' },
    ({ image, manifest }) => {
      const digest = Buffer.from(image.digest.slice('sha256:'.length), 'hex').toString('base64');
      return bundleFor(image.digest, {
        members: {
          dsseEnvelope: undefined,
          messageSignature: {
            messageDigest: { algorithm: 'SHA2_256', digest },
            signature: signBytes(signerOf(), manifest).toString('base64'),
          },
        },
      });
    },
  ),
  by(
    'a message signature in place of the envelope',
    { ids: 'A65', keyward: 'deny BUNDLE_CONTENT' },
    { members: { messageSignature, dsseEnvelope: undefined } },
  ),
  by(
    'no content',
    { ids: 'A66', keyward: 'deny BUNDLE_CONTENT' },
    { members: { dsseEnvelope: undefined } },
  ),
];
