/** Signatures that are just right or just wrong, by a signer of another language: test/vectors/make/edge_signatures.py says more. */
import { createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { isSignatureEncoding, verifySignature } from '../../core/cosign/verify-signature.ts';
import { KEY_ALGORITHMS } from '../../core/keys/key-version.ts';
import { loadPublicKey } from '../../core/keys/public-key.ts';

const schema = z.object({
  /** From which keys and nonces follow. */
  seed: z.string(),
  message: z.base64(),
  keys: z.array(
    z.object({
      name: z.string(),
      algorithm: z.enum(KEY_ALGORITHMS),
      /** What becomes of the key itself: an exponent of 3 is refused, and its signatures must not verify either. */
      loads: z.enum(['ok', 'KEY_WEAK']),
      pem: z.string(),
    }),
  ),
  cases: z.array(
    z.object({
      key: z.string(),
      what: z.string(),
      expected: z.enum(['valid', 'invalid', 'encoding']),
      signature: z.base64(),
      message: z.base64().optional(),
      hash: z.enum(['auto', 'sha256']).optional(),
    }),
  ),
});
export type EdgeSignatures = z.infer<typeof schema>;
type EdgeKey = EdgeSignatures['keys'][number];

export const EDGE_SIGNATURES = join(import.meta.dirname, '..', 'vectors', 'edge-signatures.json');

export function readEdgeSignatures(path = EDGE_SIGNATURES): EdgeSignatures {
  return schema.parse(JSON.parse(readFileSync(path, 'utf8')));
}

/** What is expected of each, without the bytes. */
export function outlineOf({ keys, cases }: EdgeSignatures): readonly string[] {
  return [
    ...keys.map(({ name, loads }) => `${name} loads: ${loads}`),
    ...cases.map(
      ({ key, what, expected, hash }) => `${key}, ${what} (${hash ?? 'auto'}): ${expected}`,
    ),
  ];
}

/** What keyward makes of the key and of each signature by it, where that is not what was expected. */
export function findSurprises(all: EdgeSignatures, key: EdgeKey): readonly string[] {
  const { name, algorithm, pem } = key;
  const load = loadPublicKey({ pem });
  const loads = load.ok ? 'ok' : load.code;
  const surprises = loads === key.loads ? [] : [`${name} loads: ${loads}`];
  const publicKey = createPublicKey(pem);
  for (const each of all.cases.filter((one) => one.key === name)) {
    const signature = Buffer.from(each.signature, 'base64');
    const message = Buffer.from(each.message ?? all.message, 'base64');
    const { hash = 'auto' } = each;
    const found = verifySignature({ publicKey, algorithm, hash }, message, signature);
    const hasForm = isSignatureEncoding(algorithm, signature);
    if (found !== each.expected || hasForm !== (each.expected !== 'encoding'))
      surprises.push(`${name}, ${each.what}: ${found}, form ${hasForm}`);
  }
  return surprises;
}
