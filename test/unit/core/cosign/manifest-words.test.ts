/** What is said of a manifest that is refused, and of a referrer or tag that holds no signature, word for word. */
import { describe, expect, it } from '@jest/globals';
import { parseManifest, type ImageManifest } from '../../../../core/cosign/manifest.ts';
import { classifyReferrer, readSignatureTag } from '../../../../core/cosign/signature-store.ts';
import {
  BUNDLE,
  bytesOf,
  DIGEST,
  OTHER_DIGEST,
  SIMPLE_SIGNING,
} from '../../../support/signatures.ts';

const OCI = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';
const CONFIG = 'application/vnd.oci.image.config.v1+json';
const descriptor = { mediaType: 'a/b', digest: DIGEST, size: 5 };
const image = {
  schemaVersion: 2,
  config: { ...descriptor, mediaType: CONFIG },
  layers: [descriptor],
};
const said = (document: object, contentType?: string): string => {
  const parsed = parseManifest(bytesOf({ ...document }), contentType);
  return parsed.ok ? parsed.manifest.kind : `${parsed.code}: ${parsed.detail}`;
};

describe('of a manifest it is said', () => {
  it.each<[string, object]>([
    ['schemaVersion is not 2', { ...image, schemaVersion: 1 }],
    ['it is an index and an image at once', { ...image, manifests: [] }],
    [
      'it is an index and an image at once',
      { schemaVersion: 2, manifests: [], config: descriptor },
    ],
    ['it has neither layers nor manifests', { schemaVersion: 2 }],
    ['it is a schema 1 manifest as well', { ...image, fsLayers: [] }],
    ['it is a schema 1 manifest as well', { schemaVersion: 2, manifests: [], fsLayers: [] }],
    ['its media type is not that of an image', { ...image, mediaType: INDEX }],
    ['its media type is not that of an index', { schemaVersion: 2, manifests: [], mediaType: OCI }],
    ['mediaType is not a string', { ...image, mediaType: 1 }],
    ['artifactType is not a string', { ...image, artifactType: 1 }],
    ['layers is not a list', { ...image, layers: {} }],
    ['layers is not a list', { ...image, layers: undefined }],
    ['manifests is not a list', { schemaVersion: 2, manifests: {} }],
    ['config is not an object', { ...image, config: undefined }],
    ['subject is not an object', { ...image, subject: 1 }],
    ['layers[1] is not an object', { ...image, layers: [descriptor, 1] }],
    ['manifests[0] is not an object', { schemaVersion: 2, manifests: [1] }],
    ['config has no media type', { ...image, config: { ...descriptor, mediaType: '' } }],
    ['config has no media type', { ...image, config: { ...descriptor, mediaType: 1 } }],
    ['layers[0] has no digest', { ...image, layers: [{ ...descriptor, digest: 1 }] }],
    ['layers[0] has no digest', { ...image, layers: [{ ...descriptor, digest: [DIGEST] }] }],
    ['layers[0] has no digest', { ...image, layers: [{ ...descriptor, digest: `x${DIGEST}!` }] }],
    ['layers[0] has no digest', { ...image, layers: [{ ...descriptor, digest: `!${DIGEST}` }] }],
    [
      'layers[0] has no digest',
      { ...image, layers: [{ ...descriptor, digest: `sha256:${'a'.repeat(31)}` }] },
    ],
    [
      'layers[0] has no digest',
      { ...image, layers: [{ ...descriptor, digest: `sha256:${'a'.repeat(257)}` }] },
    ],
    ['layers[0] has no size', { ...image, layers: [{ ...descriptor, size: '5' }] }],
    ['layers[0] has no size', { ...image, layers: [{ ...descriptor, size: -1 }] }],
    ['layers[0] has no size', { ...image, layers: [{ ...descriptor, size: 1.5 }] }],
    ['artifactType is not a string', { ...image, layers: [{ ...descriptor, artifactType: 1 }] }],
    [
      'the annotations of subject are not an object',
      { ...image, subject: { ...descriptor, annotations: [] } },
    ],
    [
      'an annotation of config is not a string',
      { ...image, config: { ...descriptor, annotations: { a: 1 } } },
    ],
  ])('%s', (detail, document) => {
    expect(said(document)).toBe(`MANIFEST_MALFORMED: ${detail}`);
  });

  it.each<[string, object]>([
    ['a size of 0', { size: 0 }],
    [
      'a digest of another algorithm, parts and all',
      { digest: `sha512+b64u.x_y-z:${'aZ9=_-'.repeat(6)}` },
    ],
    ['the shortest digest', { digest: `x:${'a'.repeat(32)}` }],
    ['the longest digest', { digest: `x:${'a'.repeat(256)}` }],
  ])('an image, with %s', (_, members) => {
    expect(said({ ...image, layers: [{ ...descriptor, ...members }] })).toBe('image');
  });

  it.each([
    [`${OCI}; charset=utf-8`, 'image'],
    [` ${OCI.toUpperCase()} ;x`, 'image'],
    [INDEX, 'MANIFEST_MALFORMED: its media type is not that of an image'],
    ['', 'MANIFEST_MALFORMED: its media type is not that of an image'],
    [`;${OCI}`, 'MANIFEST_MALFORMED: its media type is not that of an image'],
  ])('with the content type %p: %s', (contentType, expected) => {
    expect(said(image, contentType)).toBe(expected);
  });

  it('what it holds, and no member that is not there', () => {
    const read = { ...descriptor, annotations: new Map(), foreign: false };
    expect(parseManifest(bytesOf({ ...image, mediaType: '', artifactType: '' }))).toStrictEqual({
      ok: true,
      manifest: {
        kind: 'image',
        mediaType: OCI,
        config: { ...read, mediaType: CONFIG },
        layers: [read],
      },
    });
    const whole = { ...descriptor, artifactType: 'c/d', annotations: { a: 'b' }, urls: [] };
    expect(parseManifest(bytesOf({ ...image, artifactType: 'e/f', subject: whole }))).toStrictEqual(
      {
        ok: true,
        manifest: {
          kind: 'image',
          mediaType: OCI,
          artifactType: 'e/f',
          config: { ...read, mediaType: CONFIG },
          layers: [read],
          subject: {
            ...read,
            artifactType: 'c/d',
            annotations: new Map([['a', 'b']]),
            foreign: true,
          },
        },
      },
    );
    expect(parseManifest(bytesOf({ schemaVersion: 2, manifests: [descriptor] }))).toStrictEqual({
      ok: true,
      manifest: { kind: 'index', mediaType: INDEX, manifests: [read] },
    });
  });
});

const layer = { ...descriptor, annotations: new Map<string, string>(), foreign: false };
const bundleLayer = { ...layer, mediaType: BUNDLE };
const legacyLayer = { ...layer, mediaType: SIMPLE_SIGNING };
const manifestOf = (members: Partial<ImageManifest>): ImageManifest => ({
  kind: 'image',
  mediaType: OCI,
  config: { ...layer, mediaType: CONFIG },
  layers: [],
  subject: layer,
  ...members,
});
const many = (count: number) => Array.from({ length: count }, () => legacyLayer);

describe('of a referrer it is said', () => {
  it.each<[string, Partial<ImageManifest>]>([
    [
      'SUBJECT_MISMATCH: its subject is another image',
      { layers: [bundleLayer], subject: { ...layer, digest: OTHER_DIGEST } },
    ],
    [
      'BUNDLE_VERSION: only bundles of version 0.3 are supported',
      { artifactType: 'application/vnd.dev.sigstore.bundle.v0.2+json' },
    ],
    [
      'BUNDLE_VERSION: only bundles of version 0.3 are supported',
      { layers: [{ ...layer, mediaType: 'application/vnd.dev.sigstore.bundle+json;version=0.1' }] },
    ],
    ['MANIFEST_MALFORMED: a bundle manifest has one layer, this one 0', { artifactType: BUNDLE }],
    [
      'MANIFEST_MALFORMED: a bundle manifest has one layer, this one 2',
      { layers: [bundleLayer, layer] },
    ],
    ['MEDIA_TYPE: the layer is not a bundle', { artifactType: BUNDLE, layers: [layer] }],
    [
      'FOREIGN_LAYER: the layer names foreign URLs',
      { layers: [{ ...bundleLayer, foreign: true }] },
    ],
    ['LIMIT_LAYERS: 101 layers, more than 100', { layers: many(101) }],
  ])('%s', (expected, members) => {
    const found = classifyReferrer(manifestOf(members), DIGEST);
    expect(found.ok ? found.kind : `${found.code}: ${found.detail}`).toBe(expected);
  });

  it('that it is no signature, wherever it points', () => {
    const elsewhere = { ...layer, digest: OTHER_DIGEST };
    const foreign = { ok: true, kind: 'foreign' };
    expect(
      classifyReferrer(manifestOf({ subject: elsewhere, layers: [layer] }), DIGEST),
    ).toStrictEqual(foreign);
    expect(
      classifyReferrer({ kind: 'index', mediaType: INDEX, manifests: [] }, DIGEST),
    ).toStrictEqual(foreign);
  });

  it('which layers are its signatures', () => {
    expect(classifyReferrer(manifestOf({ layers: [bundleLayer] }), DIGEST)).toStrictEqual({
      ok: true,
      kind: 'bundle',
      layer: bundleLayer,
    });
    expect(classifyReferrer(manifestOf({ layers: [layer, legacyLayer] }), DIGEST)).toStrictEqual({
      ok: true,
      kind: 'legacy',
      layers: [layer, legacyLayer],
    });
    expect(
      classifyReferrer(
        manifestOf({ artifactType: 'application/vnd.dev.cosign.artifact.sig.v1+json' }),
        DIGEST,
      ),
    ).toStrictEqual({ ok: true, kind: 'legacy', layers: [] });
    expect(
      classifyReferrer(manifestOf({ config: bundleLayer, layers: [bundleLayer] }), DIGEST),
    ).toMatchObject({ kind: 'bundle' });
  });
});

describe('of the signature tag it is said', () => {
  it.each<[string, Parameters<typeof readSignatureTag>[0]]>([
    [
      'MANIFEST_MALFORMED: the signature tag holds an index, not a manifest',
      { kind: 'index', mediaType: INDEX, manifests: [] },
    ],
    [
      'MANIFEST_MALFORMED: the manifest behind the signature tag has an unexpected config type',
      manifestOf({ config: layer }),
    ],
    ['LIMIT_LAYERS: 101 layers, more than 100', manifestOf({ layers: many(101) })],
  ])('%s', (expected, manifest) => {
    const tag = readSignatureTag(manifest);
    expect(tag.ok ? tag.layers : `${tag.code}: ${tag.detail}`).toBe(expected);
  });

  it.each([CONFIG, 'application/vnd.docker.container.image.v1+json'])(
    'which layers it holds, up to 100, with a config of %s',
    (mediaType) => {
      const layers = many(100);
      expect(
        readSignatureTag(manifestOf({ config: { ...layer, mediaType }, layers })),
      ).toStrictEqual({ ok: true, layers });
    },
  );
});
