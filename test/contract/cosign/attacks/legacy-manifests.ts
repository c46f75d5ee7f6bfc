/** The manifest and the layers of a legacy signature. */
import { Buffer } from 'node:buffer';
import { gzipSync } from 'node:zlib';
import { simpleSigning } from '../../../support/signatures.ts';
import { signBytes, signerOf } from '../../../support/signing.ts';
import { payloadText, tagged } from './legacy-row.ts';
import { INDEX_TYPE, layerFor, MANIFEST_TYPE } from './offer.ts';
import { type AttackRow, row } from './row.ts';

const SHADOW = 'keyward reads a manifest in one way only (CVE-2021-41190)';

export const LEGACY_MANIFESTS: readonly AttackRow[] = [
  row(
    'legacy',
    'the tag holds an index whose linux/amd64 child has the signature',
    {
      ids: 'A139',
      keyward: 'deny MANIFEST_MALFORMED',
      cosign: 'accepts',
      why: 'cosign never writes one there',
    },
    (stall) => {
      const digest = stall.put(stall.manifestOf([layerFor(stall.image.digest)]));
      const platform = { os: 'linux', architecture: 'amd64' };
      const size = JSON.stringify(stall.manifestOf([layerFor(stall.image.digest)])).length;
      const manifests = [{ mediaType: MANIFEST_TYPE, digest, size, platform }];
      stall.put({ schemaVersion: 2, mediaType: INDEX_TYPE, manifests }, '.sig');
    },
  ),
  tagged(
    'a manifest whose config is of another type',
    {
      ids: 'A139',
      keyward: 'deny MANIFEST_MALFORMED',
      cosign: 'accepts',
      why: 'to keyward a signature’s manifest has the config of an image',
    },
    ({ image }) => layerFor(image.digest),
    { config: { mediaType: 'text/plain', digest: `sha256:${'0'.repeat(64)}`, size: 2 } },
  ),
  tagged(
    'a manifest that is an index as well',
    { ids: 'A30', keyward: 'deny MANIFEST_MALFORMED', cosign: 'accepts', why: SHADOW },
    ({ image }) => layerFor(image.digest),
    { manifests: [] },
  ),
  row(
    'legacy',
    'a manifest with the member "layers" twice, the good one last',
    { ids: 'A89', keyward: 'deny JSON_DUPLICATE_KEY', cosign: 'accepts', why: SHADOW },
    (stall) => {
      const text = JSON.stringify(stall.manifestOf([layerFor(stall.image.digest)]));
      stall.tag([layerFor(stall.image.digest)], `{"layers":[],${text.slice(1)}`);
    },
  ),
  ...[
    ['text/plain', 'text/plain'],
    ['the payload’s with a parameter', `application/vnd.dev.cosign.simplesigning.v1+json; v=1`],
    ['an image layer’s', 'application/vnd.oci.image.layer.v1.tar'],
  ].map(([name, mediaType]) =>
    tagged(
      `a layer whose type is ${name}`,
      {
        ids: 'A141',
        keyward: 'deny MEDIA_TYPE',
        cosign: 'accepts',
        why: 'to keyward only a layer of that type is a payload',
      },
      ({ image }) => layerFor(image.digest, { descriptor: { mediaType } }),
    ),
  ),
  tagged(
    'a layer that names a foreign URL',
    {
      ids: 'A33',
      keyward: 'deny FOREIGN_LAYER',
      cosign: 'accepts',
      why: 'keyward reads nothing that claims to be elsewhere',
    },
    ({ image }) => layerFor(image.digest, { descriptor: { urls: ['https://127.0.0.1:1/x'] } }),
  ),
  tagged(
    'a layer without a signature',
    { ids: 'A106', keyward: 'deny SIGNATURE_MISSING' },
    ({ image }) => layerFor(image.digest, { descriptor: { annotations: {} } }),
  ),
  tagged(
    'a layer with an empty signature',
    { ids: 'A106', keyward: 'deny SIGNATURE_MISSING' },
    ({ image }) => layerFor(image.digest, { signature: '' }),
  ),
  tagged(
    'a layer whose bytes are not its digest’s',
    { ids: 'A125', keyward: 'deny CONTENT_DIGEST_MISMATCH' },
    (stall) => {
      const layer = layerFor(stall.image.digest);
      const wrong = stall.wrongBlob(layer.blob);
      return { ...layer, descriptor: { ...layer.descriptor, ...wrong } };
    },
  ),
  tagged(
    'a payload of more than 64 KiB',
    {
      ids: 'A6',
      keyward: 'deny LIMIT_BYTES',
      cosign: 'accepts',
      why: 'cosign reads up to 128 MiB',
    },
    ({ image }) => {
      const optional = { note: 'x'.repeat(70_000) };
      return layerFor(image.digest, { payload: simpleSigning(image.digest, {}, { optional }) });
    },
  ),
  row(
    'legacy',
    '101 layers, the good one last',
    {
      ids: 'A130',
      keyward: 'deny LIMIT_LAYERS',
      cosign: 'accepts',
      why: 'cosign reads up to 1000 layers',
    },
    (stall) => {
      const { digest } = stall.image;
      const bad = Array.from({ length: 100 }, () => layerFor(digest, { signature: 'AAAA' }));
      stall.tag([...bad, layerFor(digest)]);
    },
  ),
  tagged(
    'a payload compressed with gzip',
    { ids: 'A129', keyward: 'deny UTF8_INVALID' },
    ({ image }) => {
      const plain = Buffer.from(payloadText(image.digest));
      const layer = layerFor(image.digest, {
        payload: gzipSync(plain),
        signature: signBytes(signerOf(), plain),
      });
      return layer;
    },
  ),
];
