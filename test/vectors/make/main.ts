/** Makes test/vectors anew with the real cosign and real registries. Run by scripts/make-vectors.sh, which says more. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import {
  createCosignRoom,
  signArguments,
  signEnvironment,
  type CosignRoom,
} from '../../contract/cosign/cosign.ts';
import { writeLayout } from '../../contract/cosign/layout.ts';
import { startDistribution, startGgcrRegistry } from '../../contract/registry/real-registries.ts';
import { createStore, createWire, type RegistryPeer } from '../../contract/registry/wire.ts';
import { startAzureSandbox, type AzureSandbox } from '../../contract/vault/azure-sandbox.ts';
import { buildImage } from '../../../sandbox/registry/small-image.ts';
import type { VaultSigner } from '../../../sandbox/signer/sign-image.ts';
import { exportLayout } from './export-layout.ts';
import { findShortHalf } from './short-half.ts';
import { KEY_NAMES, RECIPES, type KeyName, type Recipe, type Signing } from './recipes.ts';

const ROOT = join(import.meta.dirname, '..');

interface MadeKey {
  readonly publicKey: KeyObject;
  /** What `--key` takes. */
  readonly reference: string;
  /** Key Vault's `sign`, for keys that are there. */
  readonly signer?: VaultSigner;
}

async function makeKey(name: KeyName, room: CosignRoom, azure: AzureSandbox): Promise<MadeKey> {
  const isRsa = name.endsWith('rsa2048');
  if (name.startsWith('akv')) {
    const version = azure.vault.createKey({ name, ...(isRsa ? { kty: 'RSA', size: 2048 } : {}) });
    const [host] = azure.vault.hosts;
    const publicKey = azure.vault.publicKeyOf(name, version);
    return {
      publicKey,
      reference: `azurekms://${host}/${name}/${version}`,
      signer: {
        publicKey,
        sign: (digest, algorithm) =>
          Promise.resolve(azure.vault.sign(name, version, digest, algorithm)),
      },
    };
  }
  const { publicKey, privateKey } = isRsa
    ? generateKeyPairSync('rsa', { modulusLength: 2048 })
    : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  room.write(`${name}.pem`, privateKey.export({ format: 'pem', type: 'pkcs8' }).toString());
  await room.succeed('v2.6.1', [
    'import-key-pair',
    '--key',
    `${name}.pem`,
    '--output-key-prefix',
    name,
  ]);
  return { publicKey, reference: `${name}.key` };
}

function commandOf({ cosign }: Recipe, { form, annotations = {} }: Signing): readonly string[] {
  const given = Object.entries(annotations).flatMap(([name, value]) => ['-a', `${name}=${value}`]);
  return [...signArguments(cosign, form), ...given];
}

async function make(
  recipe: Recipe,
  peer: RegistryPeer,
  { room, keys }: { readonly room: CosignRoom; readonly keys: ReadonlyMap<KeyName, MadeKey> },
): Promise<void> {
  const wire = createWire(peer);
  try {
    const repository = `vectors/${recipe.name}`;
    const store = createStore(peer, wire, false);
    const content = `${recipe.cosign} ${recipe.name}`;
    const place = { host: peer.host, repository };
    const image =
      recipe.shortHalf === true
        ? await findShortHalf(content, place, keys.get('akv-rsa2048')?.signer)
        : buildImage({ content });
    for (const blob of image.blobs) await store.pushBlob(repository, blob);
    const digest = await store.pushManifest(repository, 'v1', image);
    for (const signing of recipe.signings) {
      const key = keys.get(signing.key)?.reference ?? '';
      const args = [
        ...commandOf(recipe, signing),
        '--key',
        key,
        `${peer.host}/${repository}@${digest}`,
      ];
      await room.succeed(recipe.cosign, args, signEnvironment(signing.form));
    }
    const layout = await exportLayout(wire, repository, digest);
    await writeLayout(join(ROOT, `cosign-${recipe.cosign}`, recipe.name), layout);
  } finally {
    await wire.close();
  }
}

/** `vectors.json`: what each layout holds, and by which command. */
async function writeIndex(): Promise<void> {
  const vectors = RECIPES.map((recipe) => ({
    folder: `cosign-${recipe.cosign}/${recipe.name}`,
    cosign: recipe.cosign,
    registry: recipe.registry,
    signings: recipe.signings.map((signing) => ({
      ...signing,
      command: `cosign ${commandOf(recipe, signing).join(' ')}`,
    })),
  }));
  await writeFile(join(ROOT, 'vectors.json'), `${JSON.stringify({ vectors }, null, 2)}\n`);
}

await using opened = new AsyncDisposableStack();
const azure = await startAzureSandbox();
opened.defer(() => azure.close());
const registries = {
  distribution: await startDistribution({ tokens: false }),
  'go-containerregistry': await startGgcrRegistry(),
};
for (const peer of Object.values(registries)) opened.defer(() => peer.close());
const caPems = [azure.caPem, ...Object.values(registries).map(({ caPem }) => caPem)];
const room = createCosignRoom(caPems, azure.environment);
opened.defer(() => {
  room.close();
});

const keys = new Map<KeyName, MadeKey>();
for (const name of KEY_NAMES) keys.set(name, await makeKey(name, room, azure));
for (const folder of ['keys', 'cosign-v2.6.1', 'cosign-v3.1.3']) {
  await rm(join(ROOT, folder), { recursive: true, force: true });
}
await mkdir(join(ROOT, 'keys'));
for (const [name, { publicKey }] of keys) {
  const pem = publicKey.export({ format: 'pem', type: 'spki' }).toString();
  await writeFile(join(ROOT, 'keys', `${name}.pub`), pem);
}
for (const recipe of RECIPES) {
  await make(recipe, registries[recipe.registry], { room, keys });
  process.stdout.write(`cosign ${recipe.cosign} ${recipe.name}\n`);
}
await writeIndex();
const refused = azure.proxy.refused();
if (refused.length > 0) {
  throw new Error(`cosign wanted to leave this machine: ${[...new Set(refused)].join(', ')}`);
}
