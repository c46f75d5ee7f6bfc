/** Keys that sign as Key Vault does, in this process and for one test. */
import { createPublicKey } from 'node:crypto';
import type { VaultSigner } from '../../sandbox/signer/sign-image.ts';
import { generateKey, signDigest, type KeySpec } from '../../sandbox/vault/key-material.ts';

export interface SigningKey extends VaultSigner {
  /** SPKI PEM. */
  readonly publicKeyPem: string;
}

export function createSigningKey(
  spec: KeySpec,
  rsaForm: NonNullable<VaultSigner['rsaForm']> = 'wrapped',
): SigningKey {
  const material = generateKey(spec);
  const publicKey = createPublicKey(material.privateKey);
  return {
    publicKey,
    publicKeyPem: publicKey.export({ format: 'pem', type: 'spki' }).toString(),
    sign: (digest, algorithm) => Promise.resolve(signDigest(material, algorithm, digest)),
    rsaForm,
  };
}
