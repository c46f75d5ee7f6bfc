import { keyVersionIdentity } from './key-id.ts';
import type { KeyRevocation } from './key-set.ts';
import type { KeyVersionId } from './key-version.ts';

/** A key version as a revocation sees it: its id, and the fingerprint of the key that it really holds where known. */
export interface Revocable extends KeyVersionId {
  readonly fingerprint?: string | undefined;
}

/** Answers which revocation, if any, covers an entry. */
export type FindRevocation = (entry: Revocable) => KeyRevocation | undefined;

/**
 * Revocations by version and by fingerprint. Revoking a version revokes its key wherever else it stands: a copy in another
 * vault or inline goes too, so `entries` must hold all entries of all key sets.
 */
export function indexRevocations(
  entries: Iterable<Revocable>,
  revocations: readonly KeyRevocation[],
): FindRevocation {
  const byVersion = new Map<string, KeyRevocation>();
  const byFingerprint = new Map<string, KeyRevocation>();
  for (const revocation of revocations) {
    if (revocation.key !== undefined)
      keepFirst(byVersion, keyVersionIdentity(revocation.key), revocation);
    if (revocation.fingerprint !== undefined)
      keepFirst(byFingerprint, revocation.fingerprint.toLowerCase(), revocation);
  }
  const ofVersion = (entry: Revocable): KeyRevocation | undefined =>
    entry.vaultUri === '' ? undefined : byVersion.get(keyVersionIdentity(entry));
  if (byVersion.size > 0) {
    for (const entry of entries) {
      const revocation = ofVersion(entry);
      if (revocation !== undefined && entry.fingerprint !== undefined)
        keepFirst(byFingerprint, entry.fingerprint.toLowerCase(), revocation);
    }
  }
  return (entry) =>
    ofVersion(entry) ??
    (entry.fingerprint === undefined
      ? undefined
      : byFingerprint.get(entry.fingerprint.toLowerCase()));
}

/** Of two revocations of one key the first by name is told: replicas may have seen them, and the key sets, in another order. */
function keepFirst(
  revocations: Map<string, KeyRevocation>,
  of: string,
  revocation: KeyRevocation,
): void {
  const known = revocations.get(of);
  if (known === undefined || revocation.name < known.name) revocations.set(of, revocation);
}
