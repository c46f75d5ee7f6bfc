import { describe, expect, it } from '@jest/globals';
import type { Descriptor, ImageManifest, Manifest } from '../../../../core/cosign/manifest.ts';
import { classifyReferrer, readSignatureTag } from '../../../../core/cosign/signature-store.ts';
import {
  BUNDLE,
  DIGEST,
  IN_TOTO,
  OTHER_DIGEST,
  SIMPLE_SIGNING,
} from '../../../support/signatures.ts';

const LEGACY_ARTIFACT = 'application/vnd.dev.cosign.artifact.sig.v1+json';
const EMPTY = 'application/vnd.oci.empty.v1+json';
const OCI_CONFIG = 'application/vnd.oci.image.config.v1+json';
const DOCKER_CONFIG = 'application/vnd.docker.container.image.v1+json';

const of = (mediaType: string, overrides: Partial<Descriptor> = {}): Descriptor => ({
  mediaType,
  digest: OTHER_DIGEST,
  size: 5,
  annotations: new Map(),
  foreign: false,
  ...overrides,
});
const subject = of('application/vnd.oci.image.manifest.v1+json', { digest: DIGEST });

interface Shape extends Partial<ImageManifest> {
  readonly types?: readonly string[];
}

/** A referrer of the image: `types` are its layers'. */
const referrer = ({ types = [], ...members }: Shape): ImageManifest => ({
  kind: 'image',
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  config: of(EMPTY),
  layers: types.map((type) => of(type)),
  subject,
  ...members,
});
const index: Manifest = { kind: 'index', mediaType: 'x', manifests: [of(BUNDLE)] };

describe('a referrer of the image is', () => {
  it.each([
    ['as cosign writes it', { artifactType: BUNDLE, types: [BUNDLE] }],
    ['whose own artifact type says otherwise', { artifactType: EMPTY, types: [BUNDLE] }],
    ['without an artifact type', { types: [BUNDLE] }],
    ['that only its config names', { config: of(BUNDLE), types: [BUNDLE] }],
  ])('a bundle %s', (_, shape) => {
    expect(classifyReferrer(referrer(shape), DIGEST)).toEqual({
      ok: true,
      kind: 'bundle',
      layer: of(BUNDLE),
    });
  });

  it.each([
    ['with its artifact type (P6)', { artifactType: LEGACY_ARTIFACT, types: [SIMPLE_SIGNING] }],
    ['that only its config names (P6)', { config: of(LEGACY_ARTIFACT), types: [SIMPLE_SIGNING] }],
    ['that only its layers name (P6)', { types: [SIMPLE_SIGNING] }],
    ['with several layers', { types: [SIMPLE_SIGNING, SIMPLE_SIGNING] }],
    [
      'with a layer of another type beside, which its own check refuses',
      { types: ['text/plain', SIMPLE_SIGNING] },
    ],
    ['without layers', { artifactType: LEGACY_ARTIFACT, types: [] }],
  ])('a legacy signature %s', (_, shape) => {
    expect(classifyReferrer(referrer(shape), DIGEST)).toEqual({
      ok: true,
      kind: 'legacy',
      layers: shape.types.map((type) => of(type)),
    });
  });

  it.each([
    [
      'an SBOM (A85)',
      referrer({ artifactType: 'application/spdx+json', types: ['application/spdx+json'] }),
    ],
    [
      'a Notation signature (A84)',
      referrer({
        artifactType: 'application/vnd.cncf.notary.signature',
        types: ['application/jose+json'],
      }),
    ],
    [
      'an attestation of the older kind (A85)',
      referrer({ artifactType: IN_TOTO, types: ['application/vnd.dsse.envelope.v1+json'] }),
    ],
    ['an artifact without layers', referrer({})],
    [
      'an artifact of another image',
      referrer({ artifactType: 'application/spdx+json', subject: of('x') }),
    ],
    ['an index', index],
  ])('foreign and no candidate: %s', (_, manifest) => {
    expect(classifyReferrer(manifest, DIGEST)).toEqual({ ok: true, kind: 'foreign' });
  });

  it.each([
    ['no layer (A140)', { artifactType: BUNDLE, types: [] }, 'MANIFEST_MALFORMED'],
    ['two layers (A140)', { artifactType: BUNDLE, types: [BUNDLE, BUNDLE] }, 'MANIFEST_MALFORMED'],
    [
      'a layer of another type beside (A140)',
      { types: ['text/plain', BUNDLE] },
      'MANIFEST_MALFORMED',
    ],
    [
      'a layer of another type (A140)',
      { artifactType: BUNDLE, types: ['text/plain'] },
      'MEDIA_TYPE',
    ],
    [
      'a layer with foreign URLs (A33)',
      { artifactType: BUNDLE, layers: [of(BUNDLE, { foreign: true })] },
      'FOREIGN_LAYER',
    ],
  ])('refused as a bundle with %s', (_, shape, code) => {
    expect(classifyReferrer(referrer(shape), DIGEST)).toMatchObject({ ok: false, code });
  });

  it.each([
    ['of version 0.1 (A94)', { artifactType: BUNDLE.replace('v0.3', 'v0.1'), types: [] }],
    [
      'of the older spelling (A94)',
      { artifactType: 'application/vnd.dev.sigstore.bundle+json;version=0.3', types: [] },
    ],
    ['of a later version, by its layer (A94)', { types: [BUNDLE.replace('v0.3', 'v0.4')] }],
    ['with a longer type (A94)', { types: [`${BUNDLE}XYZ`] }],
  ])('refused as a bundle %s, not overlooked', (_, shape) => {
    expect(classifyReferrer(referrer(shape), DIGEST)).toMatchObject({
      ok: false,
      code: 'BUNDLE_VERSION',
    });
  });

  it.each([
    ['a bundle (A42)', { types: [BUNDLE] }],
    ['a legacy signature (A41)', { types: [SIMPLE_SIGNING] }],
  ])('refused where it is %s with another subject', (_, shape) => {
    const stray = referrer({ ...shape, subject: of('x') });
    expect(classifyReferrer(stray, DIGEST)).toMatchObject({ ok: false, code: 'SUBJECT_MISMATCH' });
  });

  it('refused where it is a signature without a subject', () => {
    const { subject: _, ...orphan } = referrer({ types: [BUNDLE] });
    expect(classifyReferrer(orphan, DIGEST)).toMatchObject({ ok: false, code: 'SUBJECT_MISMATCH' });
  });
});

describe('the signature tag', () => {
  it.each([
    ['OCI (P5)', OCI_CONFIG],
    ['Docker (P5)', DOCKER_CONFIG],
  ])('may hold an %s manifest: every layer is a candidate (P7)', (_, type) => {
    const manifest = referrer({
      config: of(type),
      types: [SIMPLE_SIGNING, 'text/plain', SIMPLE_SIGNING],
    });
    expect(readSignatureTag(manifest)).toEqual({ ok: true, layers: manifest.layers });
  });

  it.each([
    ['an index (A139)', index],
    [
      'a manifest with another config type (A139)',
      referrer({ config: of(EMPTY), types: [SIMPLE_SIGNING] }),
    ],
    [
      'a manifest with parameters in its config type (A139)',
      referrer({ config: of(`${OCI_CONFIG};a=b`) }),
    ],
  ])('is refused where it holds %s', (_, manifest) => {
    expect(readSignatureTag(manifest)).toMatchObject({ ok: false, code: 'MANIFEST_MALFORMED' });
  });
});

describe('the number of layers', () => {
  const withLayers = (count: number, config = EMPTY) =>
    referrer({ config: of(config), types: Array.from({ length: count }, () => SIMPLE_SIGNING) });
  const tooMany = { ok: false, code: 'LIMIT_LAYERS' };

  it('may be a hundred, under the tag and in a referrer', () => {
    expect(readSignatureTag(withLayers(100, OCI_CONFIG))).toMatchObject({ ok: true });
    expect(classifyReferrer(withLayers(100), DIGEST)).toMatchObject({ ok: true });
    expect(readSignatureTag(withLayers(101, OCI_CONFIG))).toMatchObject(tooMany);
  });

  it('is capped in a referrer as well, where signatures never end (A5)', () => {
    expect(classifyReferrer(withLayers(101), DIGEST)).toMatchObject(tooMany);
  });

  it('is looked at before any layer is, so that a number alone costs nothing (A7)', () => {
    const layers = Object.assign([], { length: 2 ** 32 - 1 });
    const { ok } = readSignatureTag(referrer({ config: of(OCI_CONFIG), layers }));
    expect(ok).toBe(false);
  });

  it('is too many as a whole, the good one last among 100,000 (A130)', () => {
    const { layers } = withLayers(100_000);
    const bad = layers.slice(1).map((layer) => ({ ...layer, mediaType: 'text/plain' }));
    const manifest = referrer({ config: of(OCI_CONFIG), layers: [...bad, of(SIMPLE_SIGNING)] });
    expect(readSignatureTag(manifest)).toMatchObject(tooMany);
  });
});
