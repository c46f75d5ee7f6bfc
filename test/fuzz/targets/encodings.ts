/** The small encodings: each has one spelling for each meaning, so what is read and written again are the same bytes. */
import { decodeBase64 } from '../../../core/cosign/base64.ts';
import { parseIntegerPair } from '../../../core/cosign/der.ts';
import { isSha256Digest } from '../../../core/cosign/digest.ts';
import {
  formatKeyVersion,
  keyVersionIdentity,
  normaliseKeyVersionId,
} from '../../../core/keys/key-id.ts';
import { formatTime, parseTime } from '../../../core/keys/time.ts';
import { readEdgeSignatures } from '../../support/edge-signatures.ts';
import { DIGEST } from '../../support/signatures.ts';
import { promise, type Target } from '../target.ts';

const textOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1');
const seedsOf =
  (...texts: readonly string[]) =>
  () =>
    texts.map((text) => Buffer.from(text));

const base64: Target = {
  name: 'base64',
  seeds: seedsOf('', 'AA==', 'AAA=', 'AAAA', '+/+/', '-_-_', 'AB==', 'AAAA\n', 'A==='),
  run: (bytes) => {
    const text = textOf(bytes);
    const decoded = decodeBase64(text);
    if (decoded === undefined) return 'refused';
    promise(Buffer.from(decoded).toString('base64') === text, 'bytes have one spelling');
    return `${text.length % 3} ${/=*$/.exec(text)?.[0].length}`;
  },
};

/** DER as X.690 has it, on its own: what the reader under test must agree with. */
function writePair(pair: readonly [Uint8Array, Uint8Array]): Buffer {
  const element = (tag: number, content: Buffer): Buffer => {
    const { length } = content;
    const size =
      length < 0x80
        ? [length]
        : length < 0x100
          ? [0x81, length]
          : [0x82, length >> 8, length & 255];
    return Buffer.concat([Buffer.from([tag, ...size]), content]);
  };
  const integers = pair.map((magnitude) => {
    const isShort = (magnitude[0] ?? 0x80) < 0x80;
    return element(2, Buffer.concat([Buffer.alloc(isShort ? 0 : 1), magnitude]));
  });
  return element(0x30, Buffer.concat(integers));
}

const der: Target = {
  name: 'der',
  seeds: () =>
    readEdgeSignatures()
      .cases.filter(({ what }) => /SEQUENCE|BER|zero|negative|long/i.test(what))
      .map(({ signature }) => Buffer.from(signature, 'base64')),
  run: (bytes) => {
    const pair = parseIntegerPair(bytes);
    if (pair === undefined) return 'refused';
    promise(writePair(pair).equals(bytes), 'a pair of integers has one encoding');
    return `pair ${pair.map(({ byteLength }) => (byteLength === 0 ? 'zero' : 'some')).join(' ')}`;
  },
};

const digest: Target = {
  name: 'digest',
  seeds: seedsOf(DIGEST, DIGEST.toUpperCase(), `${DIGEST}\n`, `sha512:${'a'.repeat(128)}`),
  run: (bytes) => {
    const text = textOf(bytes);
    if (!isSha256Digest(text)) return 'refused';
    promise(text.length === 71 && text === text.toLowerCase(), 'a digest has one spelling');
    return 'digest';
  },
};

/** Three lines: vault, name, version. */
const keyId: Target = {
  name: 'key-id',
  seeds: seedsOf(
    'https://contoso.vault.azure.net\ncosign-key\n0ff373a9259c4578a247cfd7861a8805',
    'https://Contoso.vault.azure.net//\nCosign-Key\n0FF3',
    '\n\n',
    '\nname\n',
  ),
  run: (bytes) => {
    const [vaultUri = '', name = '', version = ''] = textOf(bytes).split('\n');
    const id = { vaultUri, name, version };
    const normal = normaliseKeyVersionId(id);
    const again = normaliseKeyVersionId(normal);
    promise(JSON.stringify(again) === JSON.stringify(normal), 'a normal form stays as it is');
    const upper = { vaultUri: `${vaultUri}/`, name: name.toUpperCase(), version };
    const isSame = keyVersionIdentity(upper) === keyVersionIdentity(id);
    // Outside ASCII upper and lower case are no pairs; Key Vault has no such names.
    promise(isSame || /[^ -~]/.test(name), 'letter case and a slash at the end name no other key');
    const isInline = formatKeyVersion(id).startsWith('inline key');
    promise(isInline === (vaultUri === ''), 'only what has no vault is called inline');
    return isInline ? 'inline' : version === '' ? 'key' : 'version';
  },
};

const time: Target = {
  name: 'time',
  seeds: seedsOf(
    '2026-11-02T12:00:00Z',
    '2026-11-02T12:00:00.123456789+05:30',
    '2024-02-29T23:59:59-23:59',
    '2026-02-30T00:00:00Z',
    '2026-11-02T24:00:00Z',
  ),
  run: (bytes) => {
    const text = textOf(bytes);
    const read = parseTime(text);
    if (read === undefined) return 'refused';
    promise(Number.isSafeInteger(read), 'a time is a number of milliseconds');
    promise(parseTime(formatTime(read)) === read, 'a time that is written is read as it was');
    return text.endsWith('Z') ? 'UTC' : 'offset';
  },
};

export const ENCODINGS: readonly Target[] = [base64, der, digest, keyId, time].map((target) => ({
  ...target,
  share: 0.3,
}));
