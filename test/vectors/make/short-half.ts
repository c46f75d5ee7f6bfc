import { buildImage, type BuiltImage } from '../../../sandbox/registry/small-image.ts';
import { digestOf } from '../../../sandbox/registry/storage.ts';
import { signImage, type VaultSigner } from '../../../sandbox/signer/sign-image.ts';

const TRIES = 5000;

/**
 * An image whose legacy signature by an RSA key of the vault has a half that begins with a zero byte. RSA as Key Vault makes it
 * has no randomness, and the sandbox signs the bytes that cosign signs, so what is found here is what cosign will store.
 * @throws Error when none is found
 */
export async function findShortHalf(
  content: string,
  { host, repository }: { readonly host: string; readonly repository: string },
  signer: VaultSigner | undefined,
): Promise<BuiltImage> {
  if (signer === undefined) throw new Error('this needs a key of the vault');
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const image = buildImage({ content: `${content} ${attempt}` });
    let signature: Buffer = Buffer.of();
    await signImage({
      registry: {
        host,
        hasReferrers: true,
        readManifest: () => undefined,
        pushBlob: (_repository, bytes) => digestOf(bytes),
        pushManifest: (_repository, _reference, { bytes }) => digestOf(bytes),
      },
      signer: {
        publicKey: signer.publicKey,
        sign: async (digest, algorithm) => {
          signature = await signer.sign(digest, algorithm);
          return signature;
        },
      },
      repository,
      digest: digestOf(image.bytes),
      format: 'legacy',
      now: 0,
    });
    if (signature[0] === 0 || signature[signature.length / 2] === 0) return image;
  }
  throw new Error(`no signature with a short half in ${TRIES}`);
}
