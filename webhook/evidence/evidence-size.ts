import type { Candidate, Evidence, SoundCandidate } from '../../core/verdict/evidence.ts';

/** Objects, map entries and array headers of one image or candidate on a 64-bit V8; measured by the bench, not exact. */
const EVIDENCE_OVERHEAD = 1024;
const CANDIDATE_OVERHEAD = 768;

/** About how many bytes of memory `evidence` holds: what the cache is bounded by. */
export function measureEvidence(evidence: Evidence): number {
  const own = evidence.lookedAt.reduce((sum, text) => sum + text.length, 0);
  const candidates = evidence.candidates.reduce((sum, each) => sum + measureCandidate(each), 0);
  return EVIDENCE_OVERHEAD + own + evidence.repository.length + candidates;
}

function measureCandidate(candidate: Candidate): number {
  if (candidate.kind !== 'sound') return CANDIDATE_OVERHEAD + 2 * candidate.detail.length;
  const { claims } = candidate;
  let text = claims.reference?.length ?? 0;
  for (const [name, value] of claims.annotations) text += name.length + value.length + 64;
  // Strings may take two bytes a character.
  return CANDIDATE_OVERHEAD + candidate.signedBytes.length + candidate.signature.length + 2 * text;
}

/** The same candidate on bytes of its own: a view would keep the whole buffer of a response alive for a day. */
export function compactCandidate(candidate: SoundCandidate): SoundCandidate {
  return {
    ...candidate,
    signedBytes: Uint8Array.from(candidate.signedBytes),
    signature: Uint8Array.from(candidate.signature),
  };
}
