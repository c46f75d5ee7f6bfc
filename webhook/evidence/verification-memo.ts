import { verifySignature } from '../../core/cosign/verify-signature.ts';
import type { SoundCandidate } from '../../core/verdict/evidence.ts';
import type { Verifies } from '../../core/verdict/try-policy.ts';

export interface VerificationMemo {
  /**
   * Whether a key made a candidate's signature. Pure, so an answer once found holds for good. Of trials not made before, at most
   * `limit` are made here; beyond it the answer is `unknown`, and the next question goes on where this one ended.
   */
  withBudget(limit: number): Verifies;
}

/**
 * Remembers by candidate object and key fingerprint: which keys are trusted may change with every event, whether a key
 * verifies some bytes cannot. An entry lives as long as its candidate does in the cache.
 */
export function createVerificationMemo(
  onVerify?: (result: 'valid' | 'invalid' | 'encoding') => void,
): VerificationMemo {
  const known = new WeakMap<SoundCandidate, Map<string, boolean>>();
  return {
    withBudget: (limit) => {
      let left = limit;
      return (candidate, { publicKey, algorithm, fingerprint }) => {
        const results = known.get(candidate) ?? new Map<string, boolean>();
        known.set(candidate, results);
        const remembered = results.get(fingerprint);
        if (remembered !== undefined) return remembered;
        if (left <= 0) return 'unknown';
        left -= 1;
        const key = { publicKey, algorithm };
        const result = verifySignature(key, candidate.signedBytes, candidate.signature);
        onVerify?.(result);
        results.set(fingerprint, result === 'valid');
        return result === 'valid';
      };
    },
  };
}
