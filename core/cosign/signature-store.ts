import { LIMITS } from './limits.ts';
import type { Descriptor, ImageManifest, Manifest } from './manifest.ts';
import {
  BUNDLE,
  BUNDLE_FAMILY,
  DOCKER_CONFIG,
  LEGACY_ARTIFACT,
  OCI_CONFIG,
  SIMPLE_SIGNING,
} from './media-types.ts';
import type { Refused } from './refusal.ts';

/** What a referrer of an image is to keyward. `foreign`: no signature of cosign (an SBOM, a Notation signature), not counted. */
export type Referrer =
  | { readonly ok: true; readonly kind: 'bundle'; readonly layer: Descriptor }
  | { readonly ok: true; readonly kind: 'legacy'; readonly layers: readonly Descriptor[] }
  | { readonly ok: true; readonly kind: 'foreign' }
  | Refused;

export type SignatureTag = { readonly ok: true; readonly layers: readonly Descriptor[] } | Refused;

const CONFIG_TYPES: readonly string[] = [OCI_CONFIG, DOCKER_CONFIG];

/**
 * Tells what a referrer is, from its own manifest: descriptors have carried wrong artifact types. `digest` is that of the
 * image whose referrers were asked for; a signature that names another subject does not belong here.
 */
export function classifyReferrer(manifest: Manifest, digest: string): Referrer {
  if (manifest.kind === 'index') return { ok: true, kind: 'foreign' };
  const found = classifyImage(manifest);
  if (found.ok && found.kind === 'foreign') return found;
  if (manifest.subject?.digest !== digest)
    return refuse('SUBJECT_MISMATCH', 'its subject is another image');
  return found;
}

function classifyImage(manifest: ImageManifest): Referrer {
  const type = manifest.artifactType ?? manifest.config.mediaType;
  const layerTypes = manifest.layers.map((layer) => layer.mediaType);
  if (type === BUNDLE || layerTypes.includes(BUNDLE)) return bundleLayer(manifest);
  if (type.startsWith(BUNDLE_FAMILY) || layerTypes.some((layer) => layer.startsWith(BUNDLE_FAMILY)))
    return refuse('BUNDLE_VERSION', 'only bundles of version 0.3 are supported');
  if (type === LEGACY_ARTIFACT || layerTypes.includes(SIMPLE_SIGNING)) {
    const layers = checkLayers(manifest.layers);
    return layers.ok ? { ok: true, kind: 'legacy', layers: layers.layers } : layers;
  }
  return { ok: true, kind: 'foreign' };
}

function bundleLayer(manifest: ImageManifest): Referrer {
  const [layer, ...others] = manifest.layers;
  if (layer === undefined || others.length > 0)
    return refuse(
      'MANIFEST_MALFORMED',
      `a bundle manifest has one layer, this one ${manifest.layers.length}`,
    );
  if (layer.mediaType !== BUNDLE) return refuse('MEDIA_TYPE', 'the layer is not a bundle');
  if (layer.foreign) return refuse('FOREIGN_LAYER', 'the layer names foreign URLs');
  return { ok: true, kind: 'bundle', layer };
}

/** The layers of the manifest behind the tag `sha256-<hex>.sig`: each is one candidate. */
export function readSignatureTag(manifest: Manifest): SignatureTag {
  if (manifest.kind === 'index')
    return refuse('MANIFEST_MALFORMED', 'the signature tag holds an index, not a manifest');
  if (!CONFIG_TYPES.includes(manifest.config.mediaType))
    return refuse(
      'MANIFEST_MALFORMED',
      'the manifest behind the signature tag has an unexpected config type',
    );
  return checkLayers(manifest.layers);
}

function checkLayers(layers: readonly Descriptor[]): SignatureTag {
  return layers.length > LIMITS.signatureLayers
    ? refuse('LIMIT_LAYERS', `${layers.length} layers, more than ${LIMITS.signatureLayers}`)
    : { ok: true, layers };
}

function refuse(code: Refused['code'], detail: string): Refused {
  return { ok: false, code, detail };
}
