/** From all that a registry holds for an image to the verdict on it. */
import { createHash } from 'node:crypto';
import { verifySignature } from '../../../core/cosign/verify-signature.ts';
import { loadPublicKey } from '../../../core/keys/public-key.ts';
import type { Evidence, SoundCandidate } from '../../../core/verdict/evidence.ts';
import { createFakeClock } from '../../../platform/lifecycle/fake-clock.ts';
import { fetchEvidence } from '../../../webhook/evidence/fetch-evidence.ts';
import { IMAGE_TAG, readLayout, REF_NAME, tagOf } from '../../contract/cosign/layout.ts';
import { readVectorKey, readVectors, vectorFolder } from '../../contract/cosign/vectors.ts';
import { decideWith } from '../../contract/verdicts.ts';
import { mutateScene } from '../mutate-scene.ts';
import { createSceneRegistry, parseScene, writeScene, type Scene } from '../scene.ts';
import { promise, type Target } from '../target.ts';

const clock = createFakeClock();
const repository = { registry: 'registry.test', repository: 'vectors/image' };

const KEYS = new Map(
  ['pem-p256', 'pem-rsa2048', 'akv-p256', 'akv-rsa2048'].map((name) => {
    const pem = readVectorKey(name);
    const load = loadPublicKey({ pem });
    if (!load.ok) throw new Error(load.detail);
    return [name, { pem, key: load.key }] as const;
  }),
);

/** What the real cosign stored for one image each, its own files left out. */
async function readScenes(): Promise<readonly Scene[]> {
  return Promise.all(
    readVectors().map(async (vector) => {
      const { manifests, blobs } = await readLayout(vectorFolder(vector));
      const image = manifests.find((one) => tagOf(one) === IMAGE_TAG);
      if (image === undefined) throw new Error(`${vector.folder} has no image`);
      return {
        image: image.digest,
        keys: [...new Set(vector.signings.map(({ key }) => key))],
        hasReferrers: vector.registry === 'go-containerregistry',
        manifests: manifests
          .filter((one) => one !== image)
          .map(({ annotations, ...one }) => {
            const tag = annotations?.[REF_NAME];
            return tag === undefined ? one : { ...one, tag };
          }),
        blobs: [...blobs]
          .filter(([digest]) => digest !== image.digest)
          .map(([, bytes]) => bytes.toString('utf8')),
      };
    }),
  );
}

const look = (scene: Scene): Promise<Evidence> =>
  fetchEvidence({ registry: createSceneRegistry(scene), repository, digest: scene.image, clock });

const soundOf = ({ candidates }: Evidence): readonly SoundCandidate[] =>
  candidates.filter((candidate) => candidate.kind === 'sound');

/** Who signed what about which image: all that any verdict may rest on. */
const claimOf = (image: string, { signedBytes }: SoundCandidate, fingerprint: string): string =>
  `${image} ${createHash('sha256').update(signedBytes).digest('hex')} ${fingerprint}`;

const scenes = await readScenes();
const genuine = new Set<string>();
for (const scene of scenes)
  for (const candidate of soundOf(await look(scene)))
    for (const { key } of KEYS.values())
      if (verifySignature(key, candidate.signedBytes, candidate.signature) === 'valid')
        genuine.add(claimOf(scene.image, candidate, key.fingerprint));

const scene: Target = {
  name: 'scene',
  share: 8,
  seeds: () => scenes.map(writeScene),
  mutate: mutateScene,
  run: async (bytes) => {
    const read = parseScene(bytes);
    if (read === undefined) return 'no scene';
    const trusted = read.keys.flatMap((name) => KEYS.get(name) ?? []);
    const evidence = await look(read);
    const verdict = decideWith(
      evidence,
      trusted.map(({ pem }) => pem),
    );
    const reversed = { ...evidence, candidates: evidence.candidates.toReversed() };
    const again = decideWith(reversed, trusted.map(({ pem }) => pem).toReversed());
    promise(again.kind === verdict.kind, 'no order of candidates or keys changes a verdict');
    promise(decideWith(evidence, []).kind !== 'allow', 'without keys nothing is allowed');
    promise(
      evidence.candidates.length <= 400,
      'what is found of one image is bounded, whatever the registry holds',
    );
    if (verdict.kind !== 'allow') return `${verdict.kind} ${verdict.code}`;
    for (const { fingerprint } of verdict.vouchedBy) {
      promise(
        trusted.some(({ key }) => key.fingerprint === fingerprint),
        'only a trusted key vouches',
      );
      const isProven = soundOf(evidence).some((candidate) =>
        genuine.has(claimOf(read.image, candidate, fingerprint)),
      );
      promise(isProven, 'whoever vouches signed this very image');
    }
    return 'allow';
  },
};

export const SCENES: readonly Target[] = [scene];
