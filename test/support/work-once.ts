/** The costly parts of a verdict, each made once for all runs of a property. */
import type { LoadPublicKey } from '../../core/keys/build-trust-view.ts';
import { loadPublicKey, type PublicKeyLoad } from '../../core/keys/public-key.ts';
import type { TrustedKey } from '../../core/keys/trust-view.ts';
import type { SoundCandidate } from '../../core/verdict/evidence.ts';
import { verifies } from './trust.ts';

const known = new WeakMap<SoundCandidate, Map<string, boolean | 'unknown'>>();
/** Real cryptography, each pair of candidate and key once: candidates come from one pool. */
export function verifiesOnce(candidate: SoundCandidate, key: TrustedKey): boolean | 'unknown' {
  const answers = known.get(candidate) ?? new Map<string, boolean | 'unknown'>();
  known.set(candidate, answers);
  const answer = answers.get(key.fingerprint) ?? verifies(candidate, key);
  answers.set(key.fingerprint, answer);
  return answer;
}

const loads = new Map<string, PublicKeyLoad>();
/** Each key read once, as the webhook does. */
export const loadOnce: LoadPublicKey = (source) => {
  const name = JSON.stringify(source);
  const load = loads.get(name) ?? loadPublicKey(source);
  loads.set(name, load);
  return load;
};
