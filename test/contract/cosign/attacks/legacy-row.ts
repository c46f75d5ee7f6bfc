/** Builders of rows about legacy signatures. */
import { type Content, simpleSigning } from '../../../support/signatures.ts';
import { signerOf } from '../../../support/signing.ts';
import { type Layer, layerFor, type Members, type Stall } from './offer.ts';
import { type AttackRow, row, type RowOptions } from './row.ts';

export const stranger = signerOf('P-256', 'stranger');

export const EXACT_JSON =
  'keyward reads JSON in one way only: each member once, by its exact name, and none besides';

/** One layer under the signature tag. */
export const tagged = (
  what: string,
  options: RowOptions,
  layer: (stall: Stall) => Layer,
  manifest: Members = {},
): AttackRow =>
  row('legacy', what, options, (stall) => {
    stall.tag([layer(stall)], manifest);
  });

/** A payload by the trusted key that says this. */
export const payload = (
  what: string,
  options: RowOptions,
  content: (digest: string, stall: Stall) => Content,
): AttackRow =>
  tagged(what, options, (stall) =>
    layerFor(stall.image.digest, { payload: content(stall.image.digest, stall) }),
  );

export const payloadText = (digest: string): string => JSON.stringify(simpleSigning(digest));
