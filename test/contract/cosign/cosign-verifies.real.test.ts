/** What the sandbox's signer writes is what cosign reads: the real cosign verifies it. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { RegistryStandIn } from '../../../sandbox/registry/registry.ts';
import { signImage } from '../../../sandbox/signer/sign-image.ts';
import type { KeySpec } from '../../../sandbox/vault/key-material.ts';
import { describeWith } from '../peers.ts';
import { createSigningKey, type SigningKey } from '../signing-key.ts';
import { startCosignScene, type CosignScene } from './cosign-scene.ts';
import { COSIGN_VERSIONS, verifyArguments, type CosignRun, type CosignVersion } from './cosign.ts';

const contract = describeWith('the contract of the signer', {
  programs: ['cosign-v2.6.1', 'cosign-v3.1.3'],
  group: 'cosign',
});

type Format = 'legacy' | 'bundle';
const FORMATS: readonly Format[] = ['legacy', 'bundle'];
const SPECS: readonly (readonly [name: string, spec: KeySpec])[] = [
  ['P-256', { kty: 'EC', curve: 'P-256' }],
  ['RSA-2048', { kty: 'RSA', size: 2048 }],
];

contract('the real cosign verifies what the sandbox signs', () => {
  let scene: CosignScene;
  beforeAll(async () => {
    scene = await startCosignScene();
  }, 30_000);
  afterAll(() => scene.close());

  const verify = (
    version: CosignVersion,
    format: Format,
    rest: readonly string[],
  ): Promise<CosignRun> => {
    return scene.room.run(version, [...verifyArguments(format), ...rest]);
  };
  const keyFile = (name: string, { publicKeyPem }: SigningKey): string => {
    scene.room.write(name, publicKeyPem);
    return name;
  };
  const sign = async (
    registry: RegistryStandIn,
    signer: SigningKey,
    how: {
      readonly format: Format;
      readonly annotations?: Readonly<Record<string, string>>;
    },
  ): Promise<string> => {
    const { repository, digest, image } = scene.pushImage(registry);
    await signImage({ registry, signer, repository, digest, now: Date.now(), ...how });
    return image;
  };

  const cases = COSIGN_VERSIONS.flatMap((version) =>
    FORMATS.flatMap((format) =>
      SPECS.map(([name, spec]) => [version, format, name, spec] as const),
    ),
  );
  it.each(cases)('%s, %s, %s, and not with another key', async (version, format, name, spec) => {
    const [signer, other] = [createSigningKey(spec, 'raw'), createSigningKey(spec, 'raw')];
    const image = await sign(scene.withApi, signer, { format });
    const good = await verify(version, format, ['--key', keyFile(`${name}.pub`, signer), image]);
    const [, digest] = image.split('@');
    expect(good).toMatchObject({ code: 0, text: expect.stringContaining(digest ?? '') });
    const bad = await verify(version, format, ['--key', keyFile('other.pub', other), image]);
    expect(bad.code).not.toBe(0);
  });

  it.each(COSIGN_VERSIONS)('%s, a bundle behind a fallback tag', async (version) => {
    const signer = createSigningKey({ kty: 'EC', curve: 'P-256' });
    const image = await sign(scene.withoutApi, signer, { format: 'bundle' });
    const key = keyFile('fallback.pub', signer);
    expect(await verify(version, 'bundle', ['--key', key, image])).toMatchObject({ code: 0 });
  });

  // v2.6 does not look at the annotations of bundles.
  const annotated = [
    ['v2.6.1', 'legacy'],
    ['v3.1.3', 'legacy'],
    ['v3.1.3', 'bundle'],
  ] as const;
  it.each(annotated)('%s, %s, with the annotations asked for', async (version, format) => {
    const signer = createSigningKey({ kty: 'EC', curve: 'P-256' });
    const annotations = { env: 'prod', note: 'a<b>&c' };
    const image = await sign(scene.withApi, signer, { format, annotations });
    const key = ['--key', keyFile('annotated.pub', signer)];
    const asked = await verify(version, format, [...key, '-a', 'note=a<b>&c', image]);
    expect(asked).toMatchObject({ code: 0 });
    const other = await verify(version, format, [...key, '-a', 'env=test', image]);
    expect(other.code).not.toBe(0);
  });
});
