/** keyward's own client and what it makes of a registry: the same signatures are found wherever they are stored. */
import { describe, expect, it } from '@jest/globals';
import type { Evidence, SoundCandidate } from '../../../core/verdict/evidence.ts';
import { signImage } from '../../../sandbox/signer/sign-image.ts';
import { digestOf } from '../../../sandbox/registry/storage.ts';
import type { KeySpec } from '../../../sandbox/vault/key-material.ts';
import { fetchEvidence } from '../../../webhook/evidence/fetch-evidence.ts';
import { createSigningKey, type SigningKey } from '../signing-key.ts';
import { decideWith } from '../verdicts.ts';
import type { Contract } from './suite.ts';
import type { RegistryTraits } from './wire.ts';

const ABSENT = `sha256:${'0'.repeat(64)}`;

export function declareEvidence(current: () => Contract, traits: RegistryTraits): void {
  const refOf = (repository: string) => ({ registry: current().peer.host, repository });
  const lookUp = (repository: string, digest: string): Promise<Evidence> => {
    const { client, clock } = current();
    return fetchEvidence({ registry: client, repository: refOf(repository), digest, clock });
  };
  const sign = (
    repository: string,
    digest: string,
    how: {
      readonly signer: SigningKey;
      readonly format: 'legacy' | 'bundle';
      readonly annotations?: Readonly<Record<string, string>>;
    },
  ) =>
    signImage({
      registry: current().store,
      repository,
      digest,
      now: current().clock.now(),
      ...how,
    });
  const listStore = traits.referrers ? 'referrers' : 'fallback-tag';

  describe("keyward's client", () => {
    it('resolves tags, and knows an absent one from a failure', async () => {
      const { client, pushImage } = current();
      const { digest } = await pushImage('team/read', 'v1');
      expect(await client.resolveTag(refOf('team/read'), 'v1')).toBe(digest);
      expect(await client.resolveTag(refOf('team/read'), 'none')).toBeUndefined();
      expect(await client.resolveTag(refOf('no/such'), 'v1')).toBeUndefined();
    });

    it('fetches manifests and blobs, absent ones as such', async () => {
      const { client, pushImage, store } = current();
      const { bytes, digest } = await pushImage('team/read', 'v1');
      const manifest = await client.fetchManifest(refOf('team/read'), digest);
      expect(Buffer.from(manifest?.bytes ?? [])).toEqual(bytes);
      expect(await client.fetchManifest(refOf('team/read'), ABSENT)).toBeUndefined();
      const blob = Buffer.from('a blob');
      await store.pushBlob('team/read', blob);
      const wanted = { digest: digestOf(blob), size: blob.length, maxBytes: 100 };
      const found = await client.fetchBlob(refOf('team/read'), wanted);
      expect(Buffer.from(found ?? [])).toEqual(blob);
      const absent = { ...wanted, digest: ABSENT };
      expect(await client.fetchBlob(refOf('team/read'), absent)).toBeUndefined();
    });

    it('finds no referrers of an image that has none', async () => {
      const { client, pushImage } = current();
      const { digest } = await pushImage('team/read', 'v1');
      expect(await client.listReferrers(refOf('team/read'), digest)).toEqual({
        store: listStore,
        descriptors: [],
      });
    });
  });

  describe('evidence', () => {
    it('is empty for an image that nobody signed, and that is a denial', async () => {
      const { digest } = await current().pushImage('team/unsigned', 'v1', 'unsigned');
      const evidence = await lookUp('team/unsigned', digest);
      expect(evidence.candidates).toEqual([]);
      const { publicKeyPem } = createSigningKey({ kty: 'EC', curve: 'P-256' });
      expect(decideWith(evidence, [publicKeyPem])).toMatchObject({
        kind: 'deny',
        code: 'NO_SIGNATURE',
      });
    });

    const kinds: [name: string, spec: KeySpec][] = [
      ['P-256', { kty: 'EC', curve: 'P-256' }],
      ['RSA-2048', { kty: 'RSA', size: 2048 }],
    ];
    it.each(kinds)('of both formats is found, signed with %s', async (name, spec) => {
      const repository = `team/${name.toLowerCase()}`;
      const [signer, other] = [createSigningKey(spec), createSigningKey(spec)];
      const { digest } = await current().pushImage(repository, 'v1', name);
      await sign(repository, digest, { signer, format: 'legacy' });
      await sign(repository, digest, { signer, format: 'bundle', annotations: { env: 'prod' } });
      const evidence = await lookUp(repository, digest);
      expect(evidence.candidates).toMatchObject([
        { kind: 'sound', store: 'signature-tag', format: 'legacy' },
        { kind: 'sound', store: listStore, format: 'bundle' },
      ]);
      const bundle = evidence.candidates[1] as SoundCandidate;
      expect([...bundle.claims.annotations]).toEqual([['env', 'prod']]);
      for (const candidate of evidence.candidates) {
        const alone = { ...evidence, candidates: [candidate] };
        expect(decideWith(alone, [signer.publicKeyPem])).toMatchObject({ kind: 'allow' });
        expect(decideWith(alone, [other.publicKeyPem]).kind).toBe('deny');
      }
    });

    it('holds every signature of an image that several keys signed', async () => {
      const signers = [1, 2, 3].map(() => createSigningKey({ kty: 'EC', curve: 'P-256' }));
      const { digest } = await current().pushImage('team/several', 'v1', 'several');
      for (const signer of signers) {
        await sign('team/several', digest, { signer, format: 'legacy' });
        await sign('team/several', digest, { signer, format: 'bundle' });
      }
      const evidence = await lookUp('team/several', digest);
      expect(evidence.candidates).toHaveLength(6);
      for (const { publicKeyPem } of signers) {
        expect(decideWith(evidence, [publicKeyPem])).toMatchObject({ kind: 'allow' });
      }
    });

    it('of another image in the same repository is not taken for its own', async () => {
      const signer = createSigningKey({ kty: 'EC', curve: 'P-256' });
      const signed = await current().pushImage('team/two', 'signed', 'signed');
      const unsigned = await current().pushImage('team/two', 'unsigned', 'not signed');
      await sign('team/two', signed.digest, { signer, format: 'bundle' });
      expect((await lookUp('team/two', unsigned.digest)).candidates).toEqual([]);
    });
  });
}
