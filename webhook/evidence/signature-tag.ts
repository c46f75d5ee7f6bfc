import { parseManifest } from '../../core/cosign/manifest.ts';
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
    if (!parsed.ok) return [reject(place, parsed)];
    const signatures = readSignatureTag(parsed.manifest);
    if (!signatures.ok) return [reject(place, signatures)];
    return await readLegacyLayers(reader, place, signatures.layers);
  } catch (failure) {
    return [candidateOfFailure(failure, store, '')];
  }
}
