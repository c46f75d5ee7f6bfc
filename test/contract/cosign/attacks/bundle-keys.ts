/** Which hash goes with which key, in bundles. */
import type { BundleOptions } from '../../../support/signatures.ts';
import { signerOf } from '../../../support/signing.ts';
import { bundled } from './bundle-row.ts';
import { bundleFor } from './offer.ts';
import type { AttackRow, RowOptions } from './row.ts';

const UNTOLD = 'cosign verifies with SHA-256 unless --signature-digest-algorithm says otherwise';

const signedBy = (what: string, options: RowOptions, change: BundleOptions): AttackRow =>
  bundled(what, options, ({ image }) => bundleFor(image.digest, change));

export const BUNDLE_KEYS: readonly AttackRow[] = [
  ...(
    [
      ['P-384', 'sha384'],
      ['P-521', 'sha512'],
    ] as const
  ).flatMap(([key, own]) => {
    const signer = signerOf(key);
    const hash = own.toUpperCase().replace('SHA', 'SHA-');
    return [
      signedBy(
        `${key} over ${hash}, cosign with --signature-digest-algorithm ${own}`,
        { ids: 'P3', key, keyward: 'allow', digestFlag: own },
        { signer },
      ),
      signedBy(
        `${key} over ${hash}`,
        { ids: 'P3', key, keyward: 'allow', cosign: 'refuses', why: UNTOLD },
        { signer },
      ),
      signedBy(
        `${key} over SHA-256`,
        {
          ids: 'A118',
          key,
          keyward: 'deny SIGNATURE_INVALID',
          cosign: 'accepts',
          why: 'the key says the hash, and no second one is tried silently',
        },
        { signer, hash: 'sha256' },
      ),
    ];
  }),
  signedBy(
    'RSA-2048, bare',
    { ids: 'P3', key: 'RSA-2048', keyward: 'allow' },
    { signer: signerOf('RSA-2048'), form: 'raw' },
  ),
  signedBy(
    'RSA-2048 in two halves, as cosign with azurekms:// writes it',
    {
      ids: 'P3',
      key: 'RSA-2048',
      keyward: 'allow',
      cosign: 'refuses',
      why: 'so cosign itself stores what a vault’s RSA key signed; with a key in a file it does not undo that',
    },
    { signer: signerOf('RSA-2048') },
  ),
];
