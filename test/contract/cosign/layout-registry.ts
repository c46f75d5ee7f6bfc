import type { ReferrerDescriptor, Registry } from '../../../platform/registry/registry.ts';
import { listedBy, tagOf, type Layout, type LayoutDescriptor } from './layout.ts';

/**
 * A layout as the registry port shows it: what has no tag is what the referrers API listed, as it listed it. Without the API
 * the fallback tag is read, as a client would.
 */
export function createLayoutRegistry(
  { manifests, blobs }: Layout,
  { hasReferrers }: { readonly hasReferrers: boolean },
): Registry {
  const findTag = (tag: string) => manifests.find((one) => tagOf(one) === tag);
  const fetchManifest: Registry['fetchManifest'] = (_ref, reference) => {
    const digest = reference.includes(':') ? reference : findTag(reference)?.digest;
    const bytes = digest === undefined ? undefined : blobs.get(digest);
    const found =
      digest === undefined || bytes === undefined ? undefined : { bytes, digest, mediaType: '' };
    return Promise.resolve(found);
  };
  return {
    fetchManifest,
    resolveTag: (_ref, tag) => Promise.resolve(findTag(tag)?.digest),
    fetchBlob: (_ref, { digest }) => Promise.resolve(blobs.get(digest)),
    listReferrers: (_ref, digest) => {
      if (hasReferrers) {
        const descriptors = manifests.filter((one) => tagOf(one) === undefined);
        return Promise.resolve({ store: 'referrers', descriptors: descriptors.map(asListed) });
      }
      const index = blobs.get(findTag(digest.replace(':', '-'))?.digest ?? '');
      const descriptors = index === undefined ? [] : listedBy(index);
      return Promise.resolve({ store: 'fallback-tag', descriptors: descriptors.map(asListed) });
    },
    close: () => Promise.resolve(),
  };
}

function asListed({ mediaType, digest, size, artifactType }: LayoutDescriptor): ReferrerDescriptor {
  return { mediaType, digest, size, ...(artifactType === undefined ? {} : { artifactType }) };
}
