import { parseBundle } from '../../core/cosign/bundle.ts';
import { parseLegacyLayer, refuseLegacyDescriptor } from '../../core/cosign/legacy-layer.ts';
import { LIMITS } from '../../core/cosign/limits.ts';
import type { Descriptor } from '../../core/cosign/manifest.ts';
import type { Refused } from '../../core/cosign/refusal.ts';
import type { Candidate, RejectedCandidate, Store } from '../../core/verdict/evidence.ts';
import { packCandidate } from './packed-candidate.ts';
import { candidateOfFailure, type Reader } from './reader.ts';

/** Where a candidate was found. */
export interface Place {
  readonly store: Store;
  readonly manifestDigest: string;
  /** Of the image. */
  readonly digest: string;
}

export function reject(place: Place, { code, detail }: Omit<Refused, 'ok'>): RejectedCandidate {
  const { store, manifestDigest } = place;
  return { kind: 'rejected', store, manifestDigest, code, detail };
}

/** Step 2 of cosign.md section 11. Never rejects: one bad layer says nothing about the others (A-rules of step 5). */
export function readLegacyLayers(
  reader: Reader,
  place: Place,
  layers: readonly Descriptor[],
): Promise<Candidate[]> {
  const readLayer = async (descriptor: Descriptor): Promise<Candidate> => {
    const refusal = refuseLegacyDescriptor(descriptor);
    if (refusal !== undefined) {
      return reject(place, { code: refusal.code, detail: refusal.message });
    }
    const blob = await reader.readBlob(descriptor, LIMITS.legacyPayloadBytes);
    return pack(parseLegacyLayer({ ...place, descriptor, blob }));
  };
  return Promise.all(layers.map((layer) => guard(place, () => readLayer(layer))));
}

/** Step 3 of cosign.md section 11. Never rejects. */
export function readBundle(reader: Reader, place: Place, layer: Descriptor): Promise<Candidate> {
  return guard(place, async () => {
    const blob = await reader.readBlob(layer, LIMITS.bundleBytes);
    return pack(parseBundle({ ...place, blob, blobDigest: layer.digest }));
  });
}

function pack(candidate: ReturnType<typeof parseBundle>): Candidate {
  return candidate.kind === 'sound' ? packCandidate(candidate) : candidate;
}

/** Whatever goes wrong with one candidate is that candidate's alone. */
async function guard(place: Place, work: () => Promise<Candidate>): Promise<Candidate> {
  try {
    return await work();
  } catch (failure) {
    return candidateOfFailure(failure, place.store, place.manifestDigest);
  }
}
