/** The real cosign signs into the sandbox's registry with the sandbox's vault: as the sandbox signs, and so that keyward allows it. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Candidate, SoundCandidate } from '../../../core/verdict/evidence.ts';
import { digestOf } from '../../../sandbox/registry/storage.ts';
import { signImage, type SignatureStore } from '../../../sandbox/signer/sign-image.ts';
import { describeWith } from '../peers.ts';
import { decideWith } from '../verdicts.ts';
import { createVaultKey, startCosignScene, type CosignScene } from './cosign-scene.ts';
import { COSIGN_VERSIONS, signArguments, signEnvironment, type SignatureForm } from './cosign.ts';

const contract = describeWith('the contract of the registry and the vault with cosign', {
  programs: ['cosign-v2.6.1', 'cosign-v3.1.3'],
  group: 'cosign',
});

contract('the real cosign', () => {
  let scene: CosignScene;
  beforeAll(async () => {
    scene = await startCosignScene();
  }, 30_000);
  afterAll(() => scene.close());

  describe('and the sandbox sign alike', () => {
    /** v2.6 drops the annotations of bundles. */
    const signByCosign = async (
      name: string,
      form: SignatureForm,
      annotations?: Readonly<Record<string, string>>,
    ) => {
      const { reference, signer } = createVaultKey(scene.azure, name, 'RSA');
      const { repository, digest, image } = scene.pushImage(scene.withApi);
      const given = Object.entries(annotations ?? {}).flatMap((pair) => ['-a', pair.join('=')]);
      const args = [...signArguments('v2.6.1', form), ...given, '--key', reference, image];
      await scene.room.succeed('v2.6.1', args);
      const request = { repository, digest, signer, now: Date.now() };
      return annotations === undefined ? request : { ...request, annotations };
    };

    const given = [
      ['without annotations', undefined],
      // Go escapes some of these characters in JSON, and sorts the names.
      ['with annotations', { note: 'a<b>&c ü', env: 'prod' }],
    ] as const;
    it.each(given)(
      '%s: the manifest of a legacy signature is the same to the byte',
      async (title, annotations) => {
        const { withApi } = scene;
        const name = `legacy-${title.replace(' ', '-')}`;
        const signed = await signByCosign(name, 'legacy-tag', annotations);
        const tag = `${signed.digest.replace(':', '-')}.sig`;
        const theirs = withApi.readManifest(signed.repository, tag)?.bytes ?? Buffer.of();
        const written: Uint8Array[] = [];
        // The same registry to the signer, but for what cosign has put there.
        const registry: SignatureStore = {
          host: withApi.host,
          hasReferrers: true,
          readManifest: () => undefined,
          pushBlob: (repository, bytes) => withApi.pushBlob(repository, bytes),
          pushManifest: (_repository, _reference, { bytes }) => {
            written.push(bytes);
            return digestOf(bytes);
          },
        };
        await signImage({ ...signed, registry, format: 'legacy' });
        // PKCS #1 v1.5 has no randomness: equal signatures say that equal bytes were signed, and encoded alike.
        expect(written.map((bytes) => Buffer.from(bytes).toString('utf8'))).toEqual([
          Buffer.from(theirs).toString('utf8'),
        ]);
      },
    );

    it('the statement of a bundle says the same', async () => {
      const signed = await signByCosign('alike-bundle', 'bundle');
      await signImage({ ...signed, registry: scene.withApi, format: 'bundle' });
      const { candidates } = await scene.lookUp(scene.withApi, signed.repository, signed.digest);
      const [first, second, ...rest] = candidates.map(readStatement);
      expect(rest).toEqual([]);
      expect(first).toMatchObject({ _type: 'https://in-toto.io/Statement/v1' });
      expect(second).toEqual(first);
    });
  });

  describe("signs into the sandbox's registry", () => {
    const forms: readonly SignatureForm[] = ['legacy-tag', 'legacy-referrer', 'bundle'];
    const cases = COSIGN_VERSIONS.flatMap((version) =>
      forms.flatMap((form) =>
        (['referrers API', 'fallback tag'] as const).map((api) => [version, form, api] as const),
      ),
    );
    it.each(cases)('%s, %s, %s, and keyward allows it', async (version, form, api) => {
      const registry = api === 'referrers API' ? scene.withApi : scene.withoutApi;
      const { repository, digest, image } = scene.pushImage(registry);
      const name = repository.replace('/', '-');
      const { reference, signer } = createVaultKey(scene.azure, name, 'EC');
      const args = [...signArguments(version, form), '--key', reference, image];
      await scene.room.succeed(version, args, signEnvironment(form));
      const evidence = await scene.lookUp(registry, repository, digest);
      expect(evidence.candidates).toMatchObject([{ kind: 'sound' }]);
      const pem = signer.publicKey.export({ format: 'pem', type: 'spki' }).toString();
      expect(decideWith(evidence, [pem])).toMatchObject({ kind: 'allow' });
    });
  });
});

/** What stands behind `DSSEv1 <length> <type> <length> ` in the bytes that were signed. */
function readStatement(candidate: Candidate): unknown {
  const text = Buffer.from((candidate as SoundCandidate).signedBytes).toString('utf8');
  return JSON.parse(text.replace(/^DSSEv1 \d+ \S+ \d+ /, ''));
}
