import type { Candidate, Evidence } from '../../core/verdict/evidence.ts';

/** Of one image: its entry, names and digests; of one candidate: the object, digests, what the memo remembers. Measured by the bench. */
const EVIDENCE_OVERHEAD = 640;
const CANDIDATE_OVERHEAD = 512;

/** About how many bytes of memory `evidence` holds: what the cache is bounded by. Claims lie in the signed bytes. */
export function measureEvidence(evidence: Evidence): number {
  const candidates = evidence.candidates.reduce((sum, each) => sum + measureCandidate(each), 0);
  return EVIDENCE_OVERHEAD + candidates;
}

function measureCandidate(candidate: Candidate): number {
  return candidate.kind === 'sound'
    ? CANDIDATE_OVERHEAD + candidate.signedBytes.length + candidate.signature.length
    : // Strings may take two bytes a character.
      CANDIDATE_OVERHEAD + 2 * candidate.detail.length;
}
