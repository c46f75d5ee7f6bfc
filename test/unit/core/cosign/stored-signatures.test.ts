/** What the sandbox's signer stores, which is what cosign stores, read back by the code under test alone. */
import { describe, expect, it } from '@jest/globals';
import { parseBundle } from '../../../../core/cosign/bundle.ts';
import { parseLegacyLayer } from '../../../../core/cosign/legacy-layer.ts';
import { parseManifest, type Manifest } from '../../../../core/cosign/manifest.ts';
import { classifyReferrer, readSignatureTag } from '../../../../core/cosign/signature-store.ts';
import { verifySignature } from '../../../../core/cosign/verify-signature.ts';
import { loadPublicKey, type LoadedPublicKey } from '../../../../core/keys/public-key.ts';
import type { RejectedCandidate, SoundCandidate } from '../../../../core/verdict/evidence.ts';
import {
  signImage,
  type SignatureStore,
  type VaultSigner,
} from '../../../../sandbox/signer/sign-image.ts';
import {
  generateKey,
  signDigest,
  type KeyMaterial,
  type KeySpec,
} from '../../../../sandbox/vault/key-material.ts';
import { digestOfBytes } from '../../../support/signatures.ts';

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const IMAGE = Buffer.from('{"the":"image"}');
const DIGEST = digestOfBytes(IMAGE);
const TAG = DIGEST.replace(':', '-');

/** A registry in a map: blobs and manifests by digest, manifests by tag as well. */
function createStore(hasReferrers: boolean) {
  const contents = new Map<string, Uint8Array>([[DIGEST, IMAGE]]);
  const store: SignatureStore = {
    host: 'contoso.azurecr.io',
    hasReferrers,
    readManifest: (_, reference) => {
      const bytes = contents.get(reference);
      return bytes === undefined ? undefined : { bytes, mediaType: MANIFEST };
    },
    pushBlob: (_, bytes) => put(bytes),
    pushManifest: (_, reference, { bytes }) => put(bytes, reference),
  };
  const put = (bytes: Uint8Array, name = digestOfBytes(bytes)) => {
    contents.set(name, bytes).set(digestOfBytes(bytes), bytes);
    return digestOfBytes(bytes);
  };
  const get = (name: string) => contents.get(name) ?? new Uint8Array();
  return { store, get };
}

const SPECS = [
  { kty: 'EC', curve: 'P-256' },
  { kty: 'EC', curve: 'P-384' },
  { kty: 'EC', curve: 'P-521' },
  { kty: 'RSA', size: 2048 },
  { kty: 'RSA', size: 3072 },
  { kty: 'RSA', size: 4096 },
] as const satisfies readonly KeySpec[];

/** A signer by the stand-in vault's key, and that key as keyward reads it from the vault. */
function createSigner(material: KeyMaterial, rsaForm: 'wrapped' | 'raw' = 'wrapped') {
  const load = loadPublicKey({ jwk: material.publicJwk });
  if (!load.ok) throw new Error(load.detail);
  const signer: VaultSigner = {
    publicKey: load.key.publicKey,
    rsaForm,
    sign: (digest, algorithm) => Promise.resolve(signDigest(material, algorithm, digest)),
  };
  return { signer, key: load.key };
}

const requestOf = (registry: SignatureStore, signer: VaultSigner) => ({
  registry,
  signer,
  repository: 'team/app',
  digest: DIGEST,
  annotations: { team: 'a', env: 'prod' },
  now: Date.UTC(2026, 0, 1),
});

function manifestOf(bytes: Uint8Array): Manifest {
  const parsed = parseManifest(bytes);
  if (!parsed.ok) throw new Error(parsed.detail);
  return parsed.manifest;
}

async function storeLegacy(signers: readonly VaultSigner[]) {
  const { store, get } = createStore(false);
  for (const signer of signers) {
    await signImage({ ...requestOf(store, signer), format: 'legacy' });
  }
  const manifest = get(`${TAG}.sig`);
  const tag = readSignatureTag(manifestOf(manifest));
  if (!tag.ok) throw new Error(tag.detail);
  const place = {
    digest: DIGEST,
    store: 'signature-tag',
    manifestDigest: digestOfBytes(manifest),
  } as const;
  return tag.layers.map((descriptor) =>
    parseLegacyLayer({ ...place, descriptor, blob: get(descriptor.digest) }),
  );
}

async function storeBundle(signer: VaultSigner) {
  const { store, get } = createStore(true);
  const { manifestDigest } = await signImage({ ...requestOf(store, signer), format: 'bundle' });
  const referrer = classifyReferrer(manifestOf(get(manifestDigest)), DIGEST);
  if (!referrer.ok || referrer.kind !== 'bundle') throw new Error('not a bundle');
  const blobDigest = referrer.layer.digest;
  const place = { digest: DIGEST, store: 'referrers', manifestDigest, blobDigest } as const;
  return parseBundle({ ...place, blob: get(blobDigest) });
}

function verified(candidate: SoundCandidate | RejectedCandidate | undefined, key: LoadedPublicKey) {
  return candidate?.kind === 'sound'
    ? verifySignature(key, candidate.signedBytes, candidate.signature)
    : candidate;
}

describe.each(SPECS)('what cosign stores with the key %j', (spec) => {
  const material = generateKey(spec);
  const forms = spec.kty === 'RSA' ? (['wrapped', 'raw'] as const) : (['wrapped'] as const);

  it.each(forms)('is a legacy signature that verifies, %s (P1, P2)', async (form) => {
    const { signer, key } = createSigner(material, form);
    const [candidate] = await storeLegacy([signer]);
    expect(verified(candidate, key)).toBe('valid');
  });

  it.each(forms)('is a bundle that verifies, %s (P3)', async (form) => {
    const { signer, key } = createSigner(material, form);
    const candidate = await storeBundle(signer);
    expect(verified(candidate, key)).toBe('valid');
    expect(candidate).toMatchObject({ hint: key.fingerprint });
  });
});

it('each legacy signature under the tag is one candidate, with its claims (P7)', async () => {
  const [first, second] = [
    createSigner(generateKey(SPECS[0])),
    createSigner(generateKey(SPECS[0])),
  ];
  const candidates = await storeLegacy([first.signer, second.signer]);
  expect(candidates.map((candidate) => verified(candidate, second.key))).toEqual([
    'invalid',
    'valid',
  ]);
  expect(candidates[0]).toMatchObject({
    claims: {
      digest: DIGEST,
      reference: 'contoso.azurecr.io/team/app',
      annotations: new Map([
        ['env', 'prod'],
        ['team', 'a'],
      ]),
    },
  });
});

it('a bundle is listed in the fallback tag where the registry has no referrers API (P4)', async () => {
  const { store, get } = createStore(false);
  const { signer } = createSigner(generateKey(SPECS[0]));
  const { manifestDigest } = await signImage({ ...requestOf(store, signer), format: 'bundle' });
  expect(manifestOf(get(TAG))).toMatchObject({
    kind: 'index',
    manifests: [{ digest: manifestDigest }],
  });
});
