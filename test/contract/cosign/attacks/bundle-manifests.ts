/** The manifest around a bundle, and its media types. */
import { gzipSync } from 'node:zlib';
import { BUNDLE, bytesOf } from '../../../support/signatures.ts';
import { bundled, bundleText, by } from './bundle-row.ts';
import { bundleFor } from './offer.ts';
import { type AttackRow, row } from './row.ts';

export const BUNDLE_MANIFESTS: readonly AttackRow[] = [
  bundled(
    'compressed with gzip',
    {
      ids: 'A129',
      keyward: 'deny UTF8_INVALID',
      cosign: 'accepts',
      why: 'keyward reads bytes as they are stored, so that nothing can grow while it is read',
    },
    ({ image }) => gzipSync(bundleText(image.digest)),
  ),
  bundled(
    'a manifest without layers',
    { ids: 'A140', keyward: 'deny MANIFEST_MALFORMED' },
    ({ image }) => bundleFor(image.digest),
    { manifest: { layers: [] } },
  ),
  row(
    'bundle',
    'a manifest with two layers, both good',
    { ids: 'A140', keyward: 'deny MANIFEST_MALFORMED' },
    (stall) => {
      const layer = { mediaType: BUNDLE, ...stall.blob(bytesOf(bundleFor(stall.image.digest))) };
      stall.bundle('unused', { layers: [layer, layer] });
    },
  ),
  bundled(
    'a layer of the type text/plain',
    { ids: 'A140', keyward: 'deny MEDIA_TYPE' },
    ({ image }) => bundleFor(image.digest),
    { layer: { mediaType: 'text/plain' } },
  ),
  bundled(
    'a layer that names a foreign URL',
    {
      ids: 'A33',
      keyward: 'deny FOREIGN_LAYER',
      cosign: 'accepts',
      why: 'keyward reads nothing that claims to be elsewhere',
    },
    ({ image }) => bundleFor(image.digest),
    { layer: { urls: ['https://127.0.0.1:1/x'] } },
  ),
  bundled(
    'a manifest of the artifact type of bundle v0.2',
    { ids: 'A94', keyward: 'allow' },
    ({ image }) => bundleFor(image.digest),
    { manifest: { artifactType: 'application/vnd.dev.sigstore.bundle.v0.2+json' } },
  ),
];

export const BUNDLE_TYPES: readonly AttackRow[] = (
  [
    ['v0.1', 'application/vnd.dev.sigstore.bundle.v0.1+json'],
    ['v0.2', 'application/vnd.dev.sigstore.bundle.v0.2+json'],
    ['v0.9', 'application/vnd.dev.sigstore.bundle.v0.9+json'],
    ['v0.3 and more', `${BUNDLE}XYZ`],
    ['v0.3 with a blank', `${BUNDLE} `],
    ['none', undefined],
    ['a number', 3],
  ] as const
).map(([name, mediaType]) =>
  by(
    `mediaType ${name}`,
    { ids: 'A94', keyward: 'deny BUNDLE_VERSION' },
    { members: { mediaType } },
  ),
);

export const OLDER_SPELLING = by(
  'mediaType v0.3 in the older spelling',
  {
    ids: 'A94',
    keyward: 'deny BUNDLE_VERSION',
    cosign: 'accepts',
    why: 'cosign never wrote this spelling for an image; keyward takes one spelling',
  },
  { members: { mediaType: 'application/vnd.dev.sigstore.bundle+json;version=0.3' } },
);
