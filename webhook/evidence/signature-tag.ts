import { parseManifest } from '../../core/cosign/manifest.ts';
import type { Refused } from '../../core/cosign/refusal.ts';
import { readSignatureTag } from '../../core/cosign/signature-store.ts';
import type { Candidate } from '../../core/verdict/evidence.ts';
import { readLegacyLayers, reject, type Place } from './candidates.ts';
import { candidateOfFailure, type Reader } from './reader.ts';

/** `sha256-<hex>.sig` */
export function signatureTagOf(digest: string): string {
  return `${digest.replace(':', '-')}.sig`;
}

/** Store B of cosign.md section 6: manifest, then all layers at once. Never rejects. */
export async function readSignatureTagStore(
  reader: Reader,
  digest: string,
): Promise<readonly Candidate[]> {
  const store = 'signature-tag';
  try {
    const found = await reader.readManifest(signatureTagOf(digest));
    if (found === undefined) return [];
    const place: Place = { store, manifestDigest: found.digest, digest };
    const parsed = parseManifest(found.bytes);
    if (!parsed.ok) return [refuse(place, parsed)];
    const signatures = readSignatureTag(parsed.manifest);
    if (!signatures.ok) return [reject(place, signatures)];
    return await readLegacyLayers(reader, place, signatures.layers);
  } catch (failure) {
    return [candidateOfFailure(failure, store, '')];
  }
}

/**
 * A tag names no digest, so what is not even a document may be half of one, or a page about something else: the registry's failure and
 * nobody's signature (A145). A document that is no manifest was stored as it is.
 */
function refuse(place: Place, refused: Omit<Refused, 'ok'>): Candidate {
  const { code, detail } = refused;
  if (code !== 'JSON_MALFORMED' && code !== 'UTF8_INVALID') return reject(place, refused);
  const store = place.store;
  return {
    kind: 'unavailable',
    store,
    code: 'REGISTRY_BAD_RESPONSE',
    detail: `no manifest: ${detail}`,
  };
}
