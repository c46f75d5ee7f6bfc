import type { Policy } from '../policy/policy.ts';
import type { SoundCandidate } from './evidence.ts';
import { quote } from './quote.ts';

/**
 * What a candidate lacks of the annotations that a policy asks for, as a sentence; undefined: it carries them all. They must be
 * own string members of the signed claims of this very candidate: two signatures never fill each other's gaps (B-54), and what
 * an unsigned descriptor says counts for nothing (A75).
 */
export function findMissingAnnotation(
  { claims }: SoundCandidate,
  { annotations }: Policy,
): string | undefined {
  for (const [name, wanted] of annotations ?? []) {
    const found = claims.annotations.get(name);
    if (found === wanted) continue;
    const what = found === undefined ? 'is not signed' : `is ${quote(found)}`;
    return `annotation ${quote(name)} ${what}, and must be ${quote(wanted)}`;
  }
  return undefined;
}
