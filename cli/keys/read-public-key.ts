import { createPublicKey } from 'node:crypto';
import { loadPublicKey, type LoadedPublicKey } from '../../core/keys/public-key.ts';
import { findPemProblem } from './pem-problem.ts';

/**
 * `unusable`: a public key that keyward does not verify with. It is named and left out, without spoiling the others (K-03).
 * `malformed`: no public key at all, which only whoever wrote it can mend.
 */
export type ReadPublicKey =
  | { readonly kind: 'loaded'; readonly key: LoadedPublicKey }
  | {
      readonly kind: 'unusable';
      readonly code: 'KEY_UNSUPPORTED' | 'KEY_WEAK';
      readonly detail: string;
    }
  | { readonly kind: 'malformed'; readonly line: number; readonly message: string };

/** One public key in PEM. Never throws, and never repeats the text. */
export function readPublicKey(text: string): ReadPublicKey {
  const problem = findPemProblem(text);
  if (problem !== undefined) return { kind: 'malformed', ...problem };
  const load = loadPublicKey({ pem: text });
  if (load.ok) return { kind: 'loaded', key: load.key };
  const { code, detail } = load;
  return isPublicKey(text)
    ? { kind: 'unusable', code, detail }
    : { kind: 'malformed', line: 1, message: detail };
}

/** Some public key, if not one for us. */
function isPublicKey(text: string): boolean {
  try {
    return createPublicKey(text).type === 'public';
  } catch {
    return false;
  }
}
