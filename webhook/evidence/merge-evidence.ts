import type { Candidate, Evidence, SoundCandidate, Store } from '../../core/verdict/evidence.ts';

/** True when all that was looked for was found out. */
export function isComplete(evidence: Evidence): boolean {
  return evidence.candidates.every(({ kind }) => kind !== 'unavailable');
}

/** True when nothing at all was learnt: not worth keeping, and never a denial. */
export function isEmptyHanded(evidence: Evidence): boolean {
  return !isComplete(evidence) && evidence.candidates.every(({ kind }) => kind === 'unavailable');
}

/**
 * What is known after a refetch. A store that was read whole counts as read now; of one that could not be read, the earlier
 * candidates stay and newly read ones join them, so that a half-failed refetch neither forgets a signature nor hides a
 * new one. Then the result is as old as the earlier evidence: it must not look fresher than its oldest part. A store that was
 * never read whole, neither then nor now, stays unavailable.
 */
export function mergeEvidence(earlier: Evidence | undefined, fresh: Evidence): Evidence {
  const candidates = reuseCandidates(earlier, fresh.candidates);
  if (earlier === undefined || isComplete(fresh)) return { ...fresh, candidates };
  const failed = unreadFamilies(fresh);
  const failedBefore = unreadFamilies(earlier);
  const read = candidates.filter(({ kind }) => kind !== 'unavailable');
  const identities = new Set(read.map(identify));
  const kept = earlier.candidates.filter(
    (candidate) =>
      candidate.kind !== 'unavailable' &&
      failed.has(familyOf(candidate.store)) &&
      !identities.has(identify(candidate)),
  );
  const unread = candidates.filter(
    ({ kind, store }) => kind === 'unavailable' && failedBefore.has(familyOf(store)),
  );
  const restsOnEarlier = kept.length > 0 || !failed.isSubsetOf(failedBefore);
  return {
    ...fresh,
    candidates: [...read, ...kept, ...unread],
    ...(restsOnEarlier ? { fetchedAt: earlier.fetchedAt } : {}),
  };
}

function unreadFamilies({ candidates }: Evidence): ReadonlySet<Family> {
  const unread = candidates.filter(({ kind }) => kind === 'unavailable');
  return new Set(unread.map(({ store }) => familyOf(store)));
}

/** True when a verdict could not tell the two apart: the same candidates, object for object or by identity. */
export function holdsSame(left: Evidence, right: Evidence): boolean {
  const known = new Set(left.candidates.map(identify));
  return (
    left.candidates.length === right.candidates.length &&
    right.candidates.every((candidate) => known.has(identify(candidate)))
  );
}

type Family = 'referrers' | 'signature-tag';

/** Referrers and their fallback tag are two ways to one list. */
function familyOf(store: Store): Family {
  return store === 'signature-tag' ? 'signature-tag' : 'referrers';
}

/** Verifications are remembered by candidate object, so an unchanged candidate stays the object that it was. */
function reuseCandidates(
  earlier: Evidence | undefined,
  candidates: readonly Candidate[],
): readonly Candidate[] {
  if (earlier === undefined) return candidates;
  const known = new Map(earlier.candidates.map((candidate) => [identify(candidate), candidate]));
  return candidates.map((candidate) => known.get(identify(candidate)) ?? candidate);
}

function identify(candidate: Candidate): string {
  if (candidate.kind !== 'sound') {
    const where = candidate.kind === 'rejected' ? candidate.manifestDigest : '';
    return [candidate.kind, candidate.store, where, candidate.code, candidate.detail].join('\n');
  }
  return identifySound(candidate);
}

function identifySound(candidate: SoundCandidate): string {
  const signature = Buffer.from(candidate.signature).toString('base64');
  const { store, format, manifestDigest, blobDigest, hint = '' } = candidate;
  return [store, format, manifestDigest, blobDigest, hint, signature].join('\n');
}
