/** A bundle as JSON. */
import { bytesOf, preAuthentication, statementOf } from '../../../support/signatures.ts';
import { signBytes, signerOf } from '../../../support/signing.ts';
import { by, edited, ONE_SPELLING } from './bundle-row.ts';
import { bundleFor } from './offer.ts';
import type { AttackRow } from './row.ts';

export const BUNDLE_JSON: readonly AttackRow[] = [
  edited('an unknown member of the bundle', { ids: 'A93', keyward: 'deny JSON_FIELD' }, (text) =>
    text.replace('{', '{"note":1,'),
  ),
  edited('an unknown member of the envelope', { ids: 'A93', keyward: 'deny JSON_FIELD' }, (text) =>
    text.replace('"dsseEnvelope":{', '"dsseEnvelope":{"note":1,'),
  ),
  edited('dsseEnvelope twice', { ids: 'A89', keyward: 'deny JSON_DUPLICATE_KEY' }, (text) =>
    text.replace('"dsseEnvelope"', '"dsseEnvelope":{},"dsseEnvelope"'),
  ),
  edited(
    'payload twice in the envelope',
    { ids: 'A89', keyward: 'deny JSON_DUPLICATE_KEY' },
    (text) => text.replace('"payload"', '"payload":"AAAA","payload"'),
  ),
  edited(
    'dsse_envelope in place of dsseEnvelope',
    { ids: 'A93', keyward: 'deny JSON_FIELD', cosign: 'accepts', why: ONE_SPELLING },
    (text) => text.replace('"dsseEnvelope"', '"dsse_envelope"'),
  ),
  edited(
    'DSSEEnvelope in place of dsseEnvelope',
    { ids: 'A90', keyward: 'deny JSON_FIELD' },
    (text) => text.replace('"dsseEnvelope"', '"DSSEEnvelope"'),
  ),
  edited(
    'text after the value',
    { ids: 'A100', keyward: 'deny JSON_MALFORMED' },
    (text) => `${text}x`,
  ),
  edited('two bundles', { ids: 'A100', keyward: 'deny JSON_MALFORMED' }, (text) => text.repeat(2)),
  edited('nothing', { ids: 'A100', keyward: 'deny JSON_MALFORMED' }, () => ''),
  edited('null', { ids: 'A100', keyward: 'deny JSON_MALFORMED' }, () => 'null'),
  edited(
    'a byte order mark first',
    { ids: 'A97', keyward: 'deny UTF8_INVALID' },
    (text) => `\ufeff${text}`,
  ),
  ...(['verificationMaterial', 'dsseEnvelope'] as const).map((name) =>
    by(
      `${name} is null`,
      { ids: 'A101', keyward: 'deny JSON_FIELD' },
      {
        members: { [name]: null },
      },
    ),
  ),
  edited(
    'the signature in the URL-safe alphabet',
    { ids: 'A96', keyward: 'deny BASE64_INVALID', cosign: 'accepts', why: ONE_SPELLING },
    (_, { image }) => bundleFor(image.digest, { signature: urlSafeSignature(image.digest) }),
  ),
  edited(
    'the signature without padding',
    { ids: 'A96', keyward: 'deny BASE64_INVALID', cosign: 'accepts', why: ONE_SPELLING },
    (_, { image }) =>
      bundleFor(image.digest, {
        signature: searchBase64(image.digest, (text) => text.endsWith('=')).replace(/=+$/u, ''),
      }),
  ),
];

function searchBase64(digest: string, isWanted: (text: string) => boolean): string {
  const bytes = preAuthentication(bytesOf(statementOf(digest)));
  for (;;) {
    const text = signBytes(signerOf(), bytes).toString('base64');
    if (isWanted(text)) return text;
  }
}

function urlSafeSignature(digest: string): string {
  const text = searchBase64(digest, (one) => /[+/]/u.test(one));
  return text.replaceAll('+', '-').replaceAll('/', '_');
}
