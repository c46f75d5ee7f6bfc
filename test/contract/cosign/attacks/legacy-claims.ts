/** What a signed payload says. */
import { Buffer } from 'node:buffer';
import { simpleSigning } from '../../../support/signatures.ts';
import { signBytes, signerOf } from '../../../support/signing.ts';
import { EXACT_JSON, payload, payloadText, tagged } from './legacy-row.ts';
import { layerFor } from './offer.ts';
import type { AttackRow } from './row.ts';

export const LEGACY_CLAIMS: readonly AttackRow[] = [
  tagged(
    'a payload changed after signing',
    { ids: 'A58', keyward: 'deny SIGNATURE_INVALID' },
    ({ image, other }) =>
      layerFor(image.digest, {
        payload: simpleSigning(image.digest),
        signature: signBytes(signerOf(), Buffer.from(payloadText(other.digest))),
      }),
  ),
  tagged(
    'a payload written anew: same JSON, other bytes',
    { ids: 'A103', keyward: 'deny SIGNATURE_INVALID' },
    ({ image }) =>
      layerFor(image.digest, {
        payload: JSON.stringify(simpleSigning(image.digest), undefined, 1),
        signature: signBytes(signerOf(), Buffer.from(payloadText(image.digest))),
      }),
  ),
  ...(
    [
      ['without docker-manifest-digest', { image: {} }],
      ['without image', { image: undefined }],
    ] as const
  ).map(([name, critical]) =>
    payload(`a payload ${name}`, { ids: 'A39', keyward: 'deny CLAIM_DIGEST_MISSING' }, (digest) =>
      simpleSigning(digest, critical),
    ),
  ),
  payload(
    'a payload without critical',
    { ids: 'A39', keyward: 'deny CLAIM_DIGEST_MISSING' },
    () => '{"optional":null}',
  ),
  ...(
    [
      ['in upper case', (digest: string) => digest.toUpperCase().replace('SHA', 'sha')],
      ['without sha256:', (digest: string) => digest.slice('sha256:'.length)],
      ['with a blank', (digest: string) => ` ${digest}`],
      ['cut short', (digest: string) => digest.slice(0, -1)],
      ['empty', () => ''],
      ['in a list', (digest: string) => [digest]],
      ['null', () => null],
    ] as const
  ).map(([name, change]) =>
    payload(
      `a payload with the digest ${name}`,
      { ids: 'A40', keyward: 'deny CLAIM_DIGEST_MISMATCH' },
      (digest) => simpleSigning(digest, { image: { 'docker-manifest-digest': change(digest) } }),
    ),
  ),
  payload(
    'docker-manifest-digest twice, the right one last',
    { ids: 'A87', keyward: 'deny JSON_DUPLICATE_KEY', cosign: 'accepts', why: EXACT_JSON },
    (digest, { other }) =>
      payloadText(digest).replace(
        '"docker-manifest-digest"',
        `"docker-manifest-digest":"${other.digest}","docker-manifest-digest"`,
      ),
  ),
  payload(
    'docker-manifest-digest twice, the right one first',
    { ids: 'A87', keyward: 'deny JSON_DUPLICATE_KEY' },
    (digest, { other }) =>
      payloadText(digest).replace(
        `"docker-manifest-digest":"${digest}"`,
        `"docker-manifest-digest":"${digest}","docker-manifest-digest":"${other.digest}"`,
      ),
  ),
  payload(
    'docker-manifest-digest once more, escaped',
    { ids: 'A88', keyward: 'deny JSON_DUPLICATE_KEY', cosign: 'accepts', why: EXACT_JSON },
    (digest, { other }) =>
      payloadText(digest).replace(
        '"docker-manifest-digest"',
        String.raw`"docker-manifest-d\u0069gest":"${other.digest}","docker-manifest-digest"`,
      ),
  ),
  payload(
    'Docker-Manifest-Digest in place of docker-manifest-digest',
    { ids: 'A90', keyward: 'deny JSON_FIELD', cosign: 'accepts', why: EXACT_JSON },
    (digest) => simpleSigning(digest, { image: { 'Docker-Manifest-Digest': digest } }),
  ),
  payload(
    'a further member in critical',
    { ids: 'A91', keyward: 'deny JSON_FIELD', cosign: 'accepts', why: EXACT_JSON },
    (digest) => simpleSigning(digest, { note: 'x' }),
  ),
  payload(
    'a further member at the top',
    { ids: 'A91', keyward: 'deny JSON_FIELD', cosign: 'accepts', why: EXACT_JSON },
    (digest) => simpleSigning(digest, {}, { note: 'x' }),
  ),
  payload(
    'a member __proto__',
    { ids: 'A95', keyward: 'deny JSON_FIELD', cosign: 'accepts', why: EXACT_JSON },
    (digest) => payloadText(digest).replace('{', '{"__proto__":{},'),
  ),
  payload(
    'another type of payload',
    {
      ids: 'A92',
      keyward: 'deny PAYLOAD_TYPE',
      cosign: 'accepts',
      why: 'keyward takes nothing for a signature that does not call itself one',
    },
    (digest) => simpleSigning(digest, { type: 'atomic container signature' }),
  ),
  payload('optional is a list', { ids: 'A101', keyward: 'deny JSON_FIELD' }, (digest) =>
    simpleSigning(digest, {}, { optional: [] }),
  ),
  payload(
    'identity is null',
    { ids: 'A101', keyward: 'deny JSON_FIELD', cosign: 'accepts', why: EXACT_JSON },
    (digest) => simpleSigning(digest, { identity: null }),
  ),
  payload('another repository in docker-reference', { ids: 'A45', keyward: 'allow' }, (digest) =>
    simpleSigning(digest, { identity: { 'docker-reference': 'other.test/x' } }),
  ),
  payload(
    'a tag in docker-reference, and creator and time in optional, as podman writes',
    { ids: 'P9', keyward: 'allow' },
    (digest) =>
      simpleSigning(
        digest,
        { identity: { 'docker-reference': 'registry.test/x:v1' } },
        { optional: { creator: 'containers/image 5.36', timestamp: 1_700_000_000 } },
      ),
  ),
  payload('no optional', { ids: 'A77', keyward: 'allow' }, (digest) =>
    payloadText(digest).replace(',"optional":null', ''),
  ),
];
