import { LIMITS } from '../../core/cosign/limits.ts';
import { parseManifest } from '../../core/cosign/manifest.ts';
import {
  BUNDLE,
  DOCKER_MANIFEST,
  LEGACY_ARTIFACT,
  OCI_IMAGE_MANIFEST,
} from '../../core/cosign/media-types.ts';
import { classifyReferrer } from '../../core/cosign/signature-store.ts';
import type { Candidate, Store } from '../../core/verdict/evidence.ts';
import type { ReferrerDescriptor, ReferrersListing } from '../../platform/registry/registry.ts';
import { readBundle, readLegacyLayers, reject, type Place } from './candidates.ts';
import { candidateOfFailure, type Reader } from './reader.ts';

/** Store A (or A′) of cosign.md section 6. Never rejects. `list` is asked once. */
export async function readReferrersStore(
  reader: Reader,
  digest: string,
  list: () => Promise<ReferrersListing>,
): Promise<readonly Candidate[]> {
  let listing: ReferrersListing;
  try {
    listing = await list();
  } catch (failure) {
    return [candidateOfFailure(failure, 'referrers', '')];
  }
  const { store } = listing;
  const images = listing.descriptors.filter(({ mediaType }) => IMAGE_TYPES.includes(mediaType));
  const considered = orderByHint(images).slice(0, LIMITS.referrers);
  const read = considered.map((descriptor) => readReferrer(reader, { store, digest }, descriptor));
  const candidates = (await Promise.all(read)).flat();
  return [...candidates, ...describeIncomplete(listing, digest, images.length)];
}

/** An index or an artifact manifest of an early draft holds no signature of cosign's. */
const IMAGE_TYPES: readonly string[] = [OCI_IMAGE_MANIFEST, DOCKER_MANIFEST];

/** A descriptor's artifactType may be wrong, so it excludes nothing; it decides who comes first when there are too many. */
function orderByHint(descriptors: readonly ReferrerDescriptor[]): readonly ReferrerDescriptor[] {
  const rank = ({ artifactType }: ReferrerDescriptor) =>
    artifactType === BUNDLE || artifactType === LEGACY_ARTIFACT ? 0 : 1;
  return [...descriptors].sort((left, right) => rank(left) - rank(right));
}

async function readReferrer(
  reader: Reader,
  { store, digest }: { readonly store: Store; readonly digest: string },
  descriptor: ReferrerDescriptor,
): Promise<readonly Candidate[]> {
  const place: Place = { store, manifestDigest: descriptor.digest, digest };
  try {
    const found = await reader.readManifest(descriptor.digest, descriptor.size);
    if (found === undefined) return gone(place);
    const parsed = parseManifest(found.bytes);
    if (!parsed.ok) return [reject(place, parsed)];
    const referrer = classifyReferrer(parsed.manifest, digest);
    if (!referrer.ok) return [reject(place, referrer)];
    if (referrer.kind === 'foreign') return [];
    if (referrer.kind === 'bundle') return [await readBundle(reader, place, referrer.layer)];
    return await readLegacyLayers(reader, place, referrer.layers);
  } catch (failure) {
    return [candidateOfFailure(failure, store, descriptor.digest)];
  }
}

/** Fallback tags outlive what they list. A registry that lists by itself what it does not give says two things at once. */
function gone({ store, manifestDigest }: Place): readonly Candidate[] {
  if (store === 'fallback-tag') return [];
  const detail = `referrer ${manifestDigest} is listed and not there`;
  return [{ kind: 'unavailable', store, code: 'REGISTRY_BAD_RESPONSE', detail }];
}

/** What was not read is said, so that its absence is never taken for "unsigned". */
function describeIncomplete(
  { store, incomplete }: ReferrersListing,
  digest: string,
  count: number,
): readonly Candidate[] {
  const place: Place = { store, manifestDigest: digest, digest };
  const missing: Candidate[] = [];
  if (count > LIMITS.referrers) {
    const detail = `${count} referrers, of which ${LIMITS.referrers} were read`;
    missing.push(reject(place, { code: 'LIMIT_REFERRERS', detail }));
  }
  if (incomplete?.kind === 'limit') {
    const detail = `the list of referrers goes on after ${count} entries`;
    missing.push(reject(place, { code: incomplete.code, detail }));
  }
  if (incomplete?.kind === 'unavailable') {
    missing.push(candidateOfFailure(incomplete.error, store, digest));
  }
  return missing;
}
