/** Builders of rows about the bytes of a signature, in a legacy layer. */
import { Buffer } from 'node:buffer';
import { simpleSigning } from '../../../support/signatures.ts';
import { signerOf } from '../../../support/signing.ts';
import { layerFor } from './offer.ts';
import { type AttackRow, row, type RowOptions } from './row.ts';

/** A signature over the payload, made by `forge` from the bytes that are to be signed. */
export const signature = (
  what: string,
  options: RowOptions,
  forge: (bytes: Buffer) => Buffer,
): AttackRow =>
  row('legacy', what, options, (stall) => {
    const bytes = Buffer.from(JSON.stringify(simpleSigning(stall.image.digest)));
    stall.tag([layerFor(stall.image.digest, { payload: bytes, signature: forge(bytes) })]);
  });

export const p256 = signerOf('P-256');

export const rsa = signerOf('RSA-2048');

export const zero = Buffer.from([0]);
