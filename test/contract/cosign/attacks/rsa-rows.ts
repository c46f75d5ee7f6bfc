/** RSA: bare, in halves, and neither. */
import { Buffer } from 'node:buffer';
import { constants, sign } from 'node:crypto';
import { wrapHalves } from '../../../../sandbox/signer/signature-encoding.ts';
import { integer, sequenceOf } from '../../../support/der.ts';
import { signBytes, signRaw } from '../../../support/signing.ts';
import type { AttackRow, RowOptions } from './row.ts';
import { p256, rsa, signature, zero } from './signature-row.ts';

const WRAPPED =
  'so cosign itself stores what a vault’s RSA key signed; with a key in a file it does not undo that';

const rsaRow = (
  what: string,
  options: Omit<RowOptions, 'key'>,
  forge: (raw: Buffer, bytes: Buffer) => Buffer,
): AttackRow =>
  signature(what, { ...options, key: 'RSA-2048' }, (bytes) => forge(signRaw(rsa, bytes), bytes));

export const RSA_ROWS: readonly AttackRow[] = [
  rsaRow(
    'RSA: the value in two halves, as cosign with azurekms:// writes it',
    { ids: 'P2', keyward: 'allow', cosign: 'refuses', why: WRAPPED },
    (raw) => wrapHalves(raw),
  ),
  rsaRow('RSA: halves swapped', { ids: 'A116', keyward: 'deny SIGNATURE_INVALID' }, (raw) =>
    wrapHalves(Buffer.concat([raw.subarray(128), raw.subarray(0, 128)])),
  ),
  rsaRow('RSA: three INTEGERs', { ids: 'A115', keyward: 'deny SIGNATURE_ENCODING' }, (raw) =>
    sequenceOf(integer(raw.subarray(0, 128)), integer(raw.subarray(128)), zero),
  ),
  rsaRow(
    'RSA: the value in one INTEGER',
    { ids: 'A115', keyward: 'deny SIGNATURE_ENCODING' },
    (raw) => sequenceOf(integer(raw)),
  ),
  rsaRow('RSA: a zero byte before', { ids: 'A111', keyward: 'deny SIGNATURE_ENCODING' }, (raw) =>
    Buffer.concat([zero, raw]),
  ),
  rsaRow('RSA: a byte short', { ids: 'A111', keyward: 'deny SIGNATURE_ENCODING' }, (raw) =>
    raw.subarray(1),
  ),
  rsaRow('RSA: PSS', { ids: 'A112', keyward: 'deny SIGNATURE_INVALID' }, (_, bytes) =>
    sign('sha256', bytes, { key: rsa.privateKey, padding: constants.RSA_PKCS1_PSS_PADDING }),
  ),
  rsaRow(
    'an ECDSA signature under an RSA key',
    { ids: 'A117', keyward: 'deny SIGNATURE_INVALID' },
    (_, bytes) => signBytes(p256, bytes),
  ),
];
