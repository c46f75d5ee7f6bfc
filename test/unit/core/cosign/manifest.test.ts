import { describe, expect, it } from '@jest/globals';
import { parseManifest } from '../../../../core/cosign/manifest.ts';
import { bytesOf, DIGEST, OTHER_DIGEST, type Content } from '../../../support/signatures.ts';

const OCI = 'application/vnd.oci.image.manifest.v1+json';
const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';
const DOCKER = 'application/vnd.docker.distribution.manifest.v2+json';
const DOCKER_LIST = 'application/vnd.docker.distribution.manifest.list.v2+json';

const descriptor = { mediaType: 'text/plain', digest: DIGEST, size: 5 };
const parsed = { ...descriptor, annotations: new Map(), foreign: false };
const image = (members: object = {}) => ({
  schemaVersion: 2,
  mediaType: OCI,
  config: descriptor,
  layers: [descriptor],
  ...members,
});
const index = (members: object = {}) => ({
  schemaVersion: 2,
  mediaType: OCI_INDEX,
  manifests: [descriptor],
  ...members,
});
const parse = (content: Content, contentType?: string) =>
  parseManifest(bytesOf(content), contentType);
const malformed = { ok: false, code: 'MANIFEST_MALFORMED' };

describe('an image manifest', () => {
  it('is read with config and layers', () => {
    expect(parse(image())).toEqual({
      ok: true,
      manifest: { kind: 'image', mediaType: OCI, config: parsed, layers: [parsed] },
    });
  });

  it('is read with its artifact type and subject where it has them', () => {
    const members = { artifactType: 'a/b', subject: { ...descriptor, digest: OTHER_DIGEST } };
    expect(parse(image(members))).toMatchObject({
      ok: true,
      manifest: { artifactType: 'a/b', subject: { digest: OTHER_DIGEST } },
    });
  });

  it.each([
    ['Docker schema 2 (P10)', image({ mediaType: DOCKER }), DOCKER],
    ['no media type, which OCI allows', image({ mediaType: undefined }), OCI],
    ['an empty media type', image({ mediaType: '' }), OCI],
    ['no layers', image({ layers: [] }), OCI],
    ['members that keyward does not know', image({ future: null, annotations: 5 }), OCI],
  ])('may have %s', (_, document, mediaType) => {
    expect(parse(document)).toMatchObject({ ok: true, manifest: { kind: 'image', mediaType } });
  });

  it('takes an empty artifact type for none', () => {
    const result = parse(image({ artifactType: '' }));
    expect(result.ok && Object.keys(result.manifest)).not.toContain('artifactType');
  });
});

describe('an index', () => {
  it.each([
    ['OCI (P10)', index(), OCI_INDEX],
    ['Docker', index({ mediaType: DOCKER_LIST }), DOCKER_LIST],
    ['without a media type', index({ mediaType: undefined }), OCI_INDEX],
    ['without manifests', index({ manifests: [] }), OCI_INDEX],
  ])('of %s is read', (_, document, mediaType) => {
    const { manifests } = document;
    expect(parse(document)).toEqual({
      ok: true,
      manifest: { kind: 'index', mediaType, manifests: manifests.map(() => parsed) },
    });
  });
});

describe('a descriptor', () => {
  const layerOf = (members: object) => {
    const result = parse(image({ layers: [{ ...descriptor, ...members }] }));
    if (!result.ok || result.manifest.kind !== 'image') return result;
    return result.manifest.layers[0];
  };

  it.each([
    ['annotations', { annotations: { a: 'x' } }, { annotations: new Map([['a', 'x']]) }],
    ['an artifact type', { artifactType: 'a/b' }, { artifactType: 'a/b' }],
    ['foreign URLs (A33)', { urls: ['http://169.254.169.254/'] }, { foreign: true }],
    ['an empty list of foreign URLs', { urls: [] }, { foreign: true }],
    ['foreign URLs null', { urls: null }, { foreign: true }],
    ['a size of zero', { size: 0 }, { size: 0 }],
    ['the shortest digest', { digest: `x:${'a'.repeat(32)}` }, { digest: `x:${'a'.repeat(32)}` }],
    ['the longest digest', { digest: `x:${'a'.repeat(256)}` }, { digest: `x:${'a'.repeat(256)}` }],
    [
      'a digest of another algorithm, for whoever fetches it to refuse',
      { digest: `sha512:${'a'.repeat(128)}` },
      { digest: `sha512:${'a'.repeat(128)}` },
    ],
    ['members that keyward does not know', { platform: { os: 'linux' }, data: 'e30=' }, parsed],
  ])('may have %s', (_, members, expected) => {
    expect(layerOf(members)).toMatchObject(expected);
  });

  it.each([
    ['no media type', { mediaType: undefined }],
    ['an empty media type', { mediaType: '' }],
    ['a media type null (A101)', { mediaType: null }],
    ['no digest (A145)', { digest: undefined }],
    ['a digest without algorithm', { digest: 'a1'.repeat(32) }],
    ['a digest that is a path (A24)', { digest: 'sha256:../../../../etc/passwd-and-more-of-it' }],
    ['a digest behind a path (A24)', { digest: `../blobs/${DIGEST}` }],
    ['a short digest', { digest: `sha256:${'a'.repeat(31)}` }],
    ['a digest that is too long', { digest: `sha256:${'a'.repeat(257)}` }],
    ['a digest that is a number', { digest: 5 }],
    ['no size (A145)', { size: undefined }],
    ['a size that is text', { size: '5' }],
    ['a negative size', { size: -1 }],
    ['a broken size', { size: 1.5 }],
    ['a size beyond all integers (B-53)', { size: 2 ** 53 }],
    ['annotations null (A101)', { annotations: null }],
    ['annotations that are a list', { annotations: [] }],
    ['an annotation that is a number', { annotations: { a: 1 } }],
    ['an annotation null (A101)', { annotations: { a: null } }],
    ['an artifact type null (A101)', { artifactType: null }],
  ])('with %s makes its manifest malformed', (_, members) => {
    expect(layerOf(members)).toMatchObject(malformed);
    expect(parse(image({ config: { ...descriptor, ...members } }))).toMatchObject(malformed);
    expect(parse(image({ subject: { ...descriptor, ...members } }))).toMatchObject(malformed);
    expect(parse(index({ manifests: [descriptor, { ...descriptor, ...members }] }))).toMatchObject(
      malformed,
    );
  });
});

describe('a document that could be read in two ways is refused', () => {
  it.each([
    ['manifests and layers (A30)', image({ manifests: [descriptor] })],
    ['manifests and config (A30)', index({ config: descriptor })],
    ['manifests and layers null (A30)', index({ layers: null })],
    ['schema 1 layers null beside those of schema 2 (A30)', image({ fsLayers: null })],
    ['neither manifests nor layers (B-15)', { schemaVersion: 2, mediaType: OCI }],
    ['schema 1 layers beside those of schema 2 (A30)', image({ fsLayers: [] })],
    ['an image that calls itself an index (A30)', image({ mediaType: OCI_INDEX })],
    ['an index that calls itself an image (A30)', index({ mediaType: OCI })],
    [
      'a media type that is not that of an image (B-15)',
      image({ mediaType: 'application/vnd.oci.artifact.manifest.v1+json' }),
    ],
    ['a media type with parameters', image({ mediaType: `${OCI};a=b` })],
    ['a media type null (A101)', image({ mediaType: null })],
    ['no schema version', image({ schemaVersion: undefined })],
    ['schema version 1 (B-15)', image({ schemaVersion: 1 })],
    ['a schema version that is text', image({ schemaVersion: '2' })],
    ['no config', image({ config: undefined })],
    ['config null (A101)', image({ config: null })],
    ['no layers', image({ layers: undefined })],
    ['layers null (A101)', image({ layers: null })],
    ['a layer null (A101)', image({ layers: [null] })],
    ['layers that are an object', image({ layers: {} })],
    ['manifests null (A101)', index({ manifests: null })],
    ['a manifest null (A101)', index({ manifests: [null] })],
    ['subject null (A101)', image({ subject: null })],
    ['an artifact type that is a number', image({ artifactType: 1 })],
  ])('%s', (_, document) => {
    expect(parse(document)).toMatchObject(malformed);
  });

  it.each([
    ['an image offered as an index (A30)', image(), OCI_INDEX],
    ['an index offered as an image (A30)', index(), OCI],
    [
      'an image offered as schema 1 (A124)',
      image(),
      'application/vnd.docker.distribution.manifest.v1+prettyjws',
    ],
    ['an image offered as JSON', image(), 'application/json'],
    ['an image offered as nothing', image(), ''],
  ])('%s', (_, document, contentType) => {
    expect(parse(document, contentType)).toMatchObject(malformed);
  });

  it.each([
    ['in its own content type', image(), OCI],
    ['with parameters, which HTTP allows', image(), `${OCI}; charset=utf-8`],
    ['with a blank before them', image(), ` ${OCI} ;charset=utf-8`],
    ['in another case, which HTTP allows', image(), OCI.toUpperCase()],
    ['as the Docker type of the same kind', image(), DOCKER],
    ['for an index', index(), DOCKER_LIST],
  ])('but not one %s', (_, document, contentType) => {
    expect(parse(document, contentType)).toMatchObject({ ok: true });
  });
});

it.each([
  ['a duplicate key (A89)', '{"layers":[],"layers":[]}', 'JSON_DUPLICATE_KEY'],
  ['an array (A145)', '[]', 'JSON_MALFORMED'],
  ['HTML (A134)', '<html></html>', 'JSON_MALFORMED'],
  ['a manifest beyond the cap (A35)', ' '.repeat(4 * 1024 * 1024 + 1), 'LIMIT_BYTES'],
])('%s is refused', (_, content, code) => {
  expect(parse(content)).toMatchObject({ ok: false, code });
});

it('a manifest of exactly the allowed length is read', () => {
  const bytes = Buffer.alloc(4 * 1024 * 1024, ' ');
  bytesOf(image()).copy(bytes);
  expect(parse(bytes)).toMatchObject({ ok: true });
});
