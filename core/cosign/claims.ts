import type { SoundCandidate } from '../verdict/evidence.ts';
import { readPayload } from './legacy-layer.ts';
import { payloadOfPreAuthentication } from './pae.ts';
import { readStatement } from './statement.ts';

/**
 * The claims of signed bytes that a parser accepted before for the same image: what a cache need not hold twice. Throws a `Refusal`
 * for any others.
 */
export function readClaims(
  format: SoundCandidate['format'],
  signedBytes: Uint8Array,
  digest: string,
): SoundCandidate['claims'] {
  switch (format) {
    case 'legacy':
      return readPayload(signedBytes, digest);
    case 'bundle':
      return readStatement(payloadOfPreAuthentication(signedBytes), digest);
  }
}
