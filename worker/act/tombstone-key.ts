import { generateKeyPairSync } from 'node:crypto';

/**
 * The public half of a fresh P-256 key, as PEM. The private half exists only in here, for as long as this call takes: nobody can ever make a
 * signature that this key accepts.
 */
export function createTombstoneKey(): string {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return publicKey.export({ type: 'spki', format: 'pem' }).toString();
}
