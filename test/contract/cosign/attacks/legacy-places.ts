/** Where legacy signatures are found, and what stands beside them. */
import { Buffer } from 'node:buffer';
import { stranger, tagged } from './legacy-row.ts';
import { INDEX_TYPE, layerFor, MANIFEST_TYPE } from './offer.ts';
import { type AttackRow, row } from './row.ts';

export const LEGACY_PLACES: readonly AttackRow[] = [
  tagged('a good signature', { ids: 'P4', keyward: 'allow' }, ({ image }) =>
    layerFor(image.digest),
  ),
  row(
    'referrer',
    'a good signature as OCI 1.1 referrer',
    { ids: 'P6', keyward: 'allow' },
    (stall) => {
      stall.referrer([layerFor(stall.image.digest)]);
    },
  ),
  tagged(
    'a good signature in a manifest of Docker’s types',
    { ids: 'P5', keyward: 'allow' },
    ({ image }) => layerFor(image.digest),
    { mediaType: 'application/vnd.docker.distribution.manifest.v2+json' },
  ),
  tagged(
    'a signature by a key that nobody trusts',
    { ids: 'A47', keyward: 'deny SIGNATURE_INVALID' },
    ({ image }) => layerFor(image.digest, { signer: stranger }),
  ),
  tagged(
    'the signature of another image, moved to this one’s tag',
    { ids: 'A38', keyward: 'deny CLAIM_DIGEST_MISMATCH' },
    ({ other }) => layerFor(other.digest),
  ),
  row(
    'referrer',
    'the signature of another image as referrer of this one',
    { ids: 'A41', keyward: 'deny CLAIM_DIGEST_MISMATCH' },
    (stall) => {
      stall.referrer([layerFor(stall.other.digest)]);
    },
  ),
  row(
    'legacy',
    'the signature of a child, moved to the tag of its index',
    { ids: 'A43', keyward: 'deny CLAIM_DIGEST_MISMATCH' },
    (stall) => {
      const { image } = stall;
      const manifests = [{ mediaType: MANIFEST_TYPE, digest: image.digest, size: 400 }];
      const index = { schemaVersion: 2, mediaType: INDEX_TYPE, manifests };
      const digest = stall.put(index, '.index');
      const layer = layerFor(image.digest);
      const signature = { schemaVersion: 2, mediaType: MANIFEST_TYPE };
      const config = { mediaType: 'application/vnd.oci.image.config.v1+json' };
      const described = { ...stall.blob(layer.blob), ...layer.descriptor };
      stall.putAt(`${digest.replace(':', '-')}.sig`, {
        ...signature,
        config: { ...config, ...stall.blob(Buffer.from('{}')) },
        layers: [described],
      });
      return { repository: image.repository, digest };
    },
  ),
  row(
    'legacy',
    'two layers with the same payload, the first signed by a stranger',
    { ids: 'P7, A80', keyward: 'allow' },
    (stall) => {
      const { digest } = stall.image;
      stall.tag([layerFor(digest, { signer: stranger }), layerFor(digest)]);
    },
  ),
  row(
    'legacy',
    'a layer that is no signature before a good one',
    { ids: 'A81', keyward: 'allow' },
    (stall) => {
      const { digest } = stall.image;
      stall.tag([layerFor(digest, { payload: 'no JSON', signature: 'AAAA' }), layerFor(digest)]);
    },
  ),
  ...(
    [
      ['in upper case', (digest: string) => `sha256:${digest.slice(7).toUpperCase()}`],
      ['cut short', (digest: string) => digest.slice(0, -1)],
    ] as const
  ).map(([name, change]) =>
    row(
      'legacy',
      `a good signature, and an image whose digest is given ${name}`,
      { ids: 'A102', keyward: 'deny REF_INVALID' },
      (stall) => {
        stall.tag([layerFor(stall.image.digest)]);
        return { ...stall.image, digest: change(stall.image.digest) };
      },
    ),
  ),
  row(
    'legacy',
    'no signature at all',
    { ids: 'A85', keyward: 'deny NO_SIGNATURE' },
    () => undefined,
  ),
  row(
    'legacy',
    'a good signature under the tag of attestations',
    { ids: 'A85', keyward: 'deny NO_SIGNATURE' },
    (stall) => {
      const layer = layerFor(stall.image.digest);
      stall.put(stall.manifestOf([layer]), '.att');
    },
  ),
];

export const LEGACY_EVIDENCE: readonly AttackRow[] = [
  ...(
    [
      ['a log entry that does not parse', 'dev.sigstore.cosign/bundle', 'garbage'],
      ['a timestamp that does not parse', 'dev.sigstore.cosign/rfc3161timestamp', 'garbage'],
    ] as const
  ).map(([name, annotation, value]) =>
    tagged(
      `a good signature with ${name}`,
      {
        ids: 'A152',
        keyward: 'allow',
        cosign: 'refuses',
        why: 'keyward does not read evidence that no policy asks for',
      },
      ({ image }) => layerFor(image.digest, { annotations: { [annotation]: value } }),
    ),
  ),
  tagged(
    'a good signature with a well-formed log entry of something else',
    { ids: 'A152', keyward: 'allow' },
    ({ image }) =>
      layerFor(image.digest, {
        annotations: {
          'dev.sigstore.cosign/bundle': JSON.stringify({
            SignedEntryTimestamp: 'AAAA',
            Payload: { body: 'AAAA', integratedTime: 1, logIndex: 1, logID: 'aa' },
          }),
        },
      }),
  ),
  tagged(
    'a stranger’s signature with its public key as certificate',
    { ids: 'A37', keyward: 'deny SIGNATURE_INVALID' },
    ({ image }) =>
      layerFor(image.digest, {
        signer: stranger,
        annotations: { 'dev.sigstore.cosign/certificate': stranger.pem },
      }),
  ),
  tagged(
    'a good signature with a stranger’s public key as certificate',
    {
      ids: 'A37',
      keyward: 'allow',
      cosign: 'refuses',
      why: 'keyward does not read certificates: the key that is given is the key',
    },
    ({ image }) =>
      layerFor(image.digest, {
        annotations: { 'dev.sigstore.cosign/certificate': stranger.pem },
      }),
  ),
];
