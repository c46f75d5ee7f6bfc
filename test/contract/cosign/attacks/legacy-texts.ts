/** Payloads and annotations as text: JSON, UTF-8, base64. */
import { Buffer } from 'node:buffer';
import { simpleSigning } from '../../../support/signatures.ts';
import { signBytes, signerOf } from '../../../support/signing.ts';
import { EXACT_JSON, payload, payloadText, tagged } from './legacy-row.ts';
import { type Layer, layerFor, SIGNATURE_ANNOTATION } from './offer.ts';
import type { AttackRow } from './row.ts';

export const LEGACY_TEXTS: readonly AttackRow[] = [
  payload(
    'a byte order mark first',
    { ids: 'A97', keyward: 'deny UTF8_INVALID' },
    (digest) => `\ufeff${payloadText(digest)}`,
  ),
  payload(
    'a byte that is no UTF-8',
    {
      ids: 'A97',
      keyward: 'deny UTF8_INVALID',
      cosign: 'accepts',
      why: 'keyward reads text in one way only; Go replaces what it cannot decode',
    },
    (digest) =>
      Buffer.from(
        payloadText(digest).replace('"optional":null', '"optional":{"a":"\u00ff"}'),
        'latin1',
      ),
  ),
  payload(
    'a NUL in a value',
    { ids: 'A97', keyward: 'deny UTF8_INVALID', cosign: 'accepts', why: EXACT_JSON },
    (digest) => simpleSigning(digest, {}, { optional: { a: '\0' } }),
  ),
  payload(
    'a lone surrogate in a value',
    {
      ids: 'A97',
      keyward: 'deny UTF8_INVALID',
      cosign: 'accepts',
      why: 'keyward reads text in one way only; Go replaces what it cannot decode',
    },
    (digest) =>
      payloadText(digest).replace('"optional":null', String.raw`"optional":{"a":"\ud800"}`),
  ),
  payload(
    'text after the value',
    { ids: 'A100', keyward: 'deny JSON_MALFORMED' },
    (digest) => `${payloadText(digest)}x`,
  ),
  payload('two values', { ids: 'A100', keyward: 'deny JSON_MALFORMED' }, (digest) =>
    payloadText(digest).repeat(2),
  ),
  payload('nothing', { ids: 'A100', keyward: 'deny JSON_MALFORMED' }, () => ''),
  payload('null', { ids: 'A100', keyward: 'deny JSON_MALFORMED' }, () => 'null'),
  payload(
    'a list',
    { ids: 'A100', keyward: 'deny JSON_MALFORMED' },
    (digest) => `[${payloadText(digest)}]`,
  ),
  payload(
    'nesting of 100 levels',
    {
      ids: 'A99',
      keyward: 'deny LIMIT_DEPTH',
      cosign: 'accepts',
      why: 'Go stops at 10,000 levels',
    },
    (digest) => payloadText(digest).replace('null', `{"a":${'['.repeat(100)}${']'.repeat(100)}}`),
  ),
  payload('Go’s escapes of <, > and &', { ids: 'A104', keyward: 'allow' }, (digest) =>
    simpleSigning(digest, {}, { optional: { note: 'a<b>&c' } }),
  ),
];

export const SIGNATURE_TEXTS: readonly AttackRow[] = (
  [
    [
      'of the URL-safe alphabet',
      (text: string) => text.replaceAll('+', '-').replaceAll('/', '_'),
      'refuses',
    ],
    ['without padding', (text: string) => text.replace(/=+$/u, ''), 'refuses'],
    ['with text after the padding', (text: string) => `${text}AAAA`, 'refuses'],
    ['with a line break', (text: string) => `${text.slice(0, 64)}\n${text.slice(64)}`, 'accepts'],
    ['with a blank', (text: string) => ` ${text}`, 'refuses'],
  ] as const
).map(([name, change, cosign]) =>
  tagged(
    `a signature in base64 ${name}`,
    {
      ids: 'A96',
      keyward: 'deny BASE64_INVALID',
      cosign,
      ...(cosign === 'accepts'
        ? { why: 'Go skips line breaks in base64; cosign writes none' }
        : {}),
    },
    ({ image }) => {
      const layer = layerFor(image.digest);
      const annotations = layer.descriptor['annotations'] as Record<string, string>;
      return {
        ...layer,
        descriptor: {
          ...layer.descriptor,
          annotations: { ...annotations, [SIGNATURE_ANNOTATION]: change(findText(layer)) },
        },
      };
    },
  ),
);

/** A signature whose base64 has padding and letters of which the URL-safe alphabet has others: ECDSA varies, so one is looked for. */
function findText({ blob }: Layer): string {
  for (;;) {
    const text = signBytes(signerOf(), blob).toString('base64');
    if (text.endsWith('=') && /[+/]/u.test(text)) return text;
  }
}
