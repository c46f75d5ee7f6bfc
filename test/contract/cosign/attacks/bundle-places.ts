/** Where bundles are found, and what stands beside them. */
import { hintOf } from '../../../support/signatures.ts';
import { signerOf } from '../../../support/signing.ts';
import { bundled, by } from './bundle-row.ts';
import { stranger } from './legacy-row.ts';
import { bundleFor, layerFor } from './offer.ts';
import { type AttackRow, row } from './row.ts';

export const BUNDLE_PLACES: readonly AttackRow[] = [
  by('a good bundle', { ids: 'P4', keyward: 'allow' }, {}),
  by(
    'by a key that nobody trusts',
    { ids: 'A48', keyward: 'deny SIGNATURE_INVALID' },
    {
      signer: stranger,
    },
  ),
  by(
    'by a key that nobody trusts, with the hint of the trusted one',
    { ids: 'A72', keyward: 'deny SIGNATURE_INVALID' },
    { signer: stranger, hint: hintOf(signerOf()) },
  ),
  by(
    'by the trusted key, with the hint of another',
    { ids: 'A71', keyward: 'allow' },
    { hint: hintOf(stranger) },
  ),
  by('with the hint __proto__', { ids: 'A73', keyward: 'allow' }, { hint: '__proto__' }),
  by('without a hint', { ids: 'A73', keyward: 'allow' }, { hint: null }),
  bundled(
    'the bundle of another image as referrer of this one',
    { ids: 'A42', keyward: 'deny SUBJECT_MISMATCH' },
    ({ other }) => bundleFor(other.digest),
  ),
  row(
    'bundle',
    'a bundle by a stranger beside a good one',
    { ids: 'A82', keyward: 'allow' },
    (stall) => {
      stall.bundle(bundleFor(stall.image.digest, { signer: stranger }));
      stall.bundle(bundleFor(stall.image.digest));
    },
  ),
  row('bundle', 'a broken bundle beside a good one', { ids: 'A81', keyward: 'allow' }, (stall) => {
    stall.bundle('no JSON');
    stall.bundle(bundleFor(stall.image.digest));
  }),
  row(
    'legacy',
    'a stranger’s bundle beside a good legacy signature',
    { ids: 'A82', keyward: 'allow' },
    (stall) => {
      stall.bundle(bundleFor(stall.image.digest, { signer: stranger }));
      stall.tag([layerFor(stall.image.digest)]);
    },
  ),
];
