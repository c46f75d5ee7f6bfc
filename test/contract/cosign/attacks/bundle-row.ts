/** Builders of rows about bundles. */
import type { BundleOptions, Content } from '../../../support/signatures.ts';
import { bundleFor, type Members, type Stall } from './offer.ts';
import { type AttackRow, row, type RowOptions } from './row.ts';

export const ONE_SPELLING = 'keyward takes one spelling: the one that cosign writes';

/** One bundle among the referrers. */
export const bundled = (
  what: string,
  options: RowOptions,
  offer: (stall: Stall) => Content | Members,
  { manifest = {}, layer = {} }: { readonly manifest?: Members; readonly layer?: Members } = {},
): AttackRow =>
  row('bundle', what, options, (stall) => {
    stall.bundle(offer(stall), manifest, layer);
  });

export const by = (
  what: string,
  options: RowOptions,
  change: Omit<BundleOptions, 'digest'>,
): AttackRow => bundled(what, options, ({ image }) => bundleFor(image.digest, change));

export const bundleText = (digest: string): string => JSON.stringify(bundleFor(digest));

export const edited = (
  what: string,
  options: RowOptions,
  edit: (text: string, stall: Stall) => Content,
): AttackRow => bundled(what, options, (stall) => edit(bundleText(stall.image.digest), stall));
