/** Builders of rows about what a bundle’s signed statement says. */
import { bytesOf, type Content, statementOf } from '../../../support/signatures.ts';
import { bundled } from './bundle-row.ts';
import { bundleFor, type Stall } from './offer.ts';
import type { AttackRow, RowOptions } from './row.ts';

export const ONE_READING = 'keyward reads JSON in one way only';

/** By the trusted key. */
export const states = (
  what: string,
  options: RowOptions,
  content: (digest: string, stall: Stall) => Content,
): AttackRow =>
  bundled(what, options, (stall) =>
    bundleFor(stall.image.digest, { statement: content(stall.image.digest, stall) }),
  );

export const hexOf = (digest: string): string => digest.slice('sha256:'.length);

export const statementText = (digest: string): string =>
  bytesOf(statementOf(digest)).toString('utf8');
