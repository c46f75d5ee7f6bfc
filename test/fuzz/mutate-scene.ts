import { Buffer } from 'node:buffer';
import { mutateBytes } from './mutate-bytes.ts';
import { mutateJson } from './mutate-json.ts';
import type { Random } from './random.ts';
import { digestOfText, parseScene, writeScene, type Scene } from './scene.ts';

type Change = (scene: Scene, random: Random, other: Scene) => Scene;

const swap = <T>(items: readonly T[], at: number, item: T): T[] =>
  items.map((each, index) => (index === at ? item : each));

/**
 * Puts `text` in the place of a blob, and its digest and length in the place of the old ones wherever they are named, upwards from
 * layer to manifest to index: an attacker who writes to the registry would.
 */
function replaceBlob(scene: Scene, at: number, text: string, depth = 0): Scene {
  const old = scene.blobs[at];
  if (old === undefined || depth > 4) return scene;
  const was = digestOfText(old);
  const is = digestOfText(text);
  const manifests = scene.manifests.map((one) =>
    one.digest === was ? { ...one, digest: is, size: Buffer.byteLength(text) } : one,
  );
  let changed: Scene = { ...scene, manifests, blobs: swap(scene.blobs, at, text) };
  for (const [index, blob] of scene.blobs.entries()) {
    if (index === at || !blob.includes(was)) continue;
    const sized = blob
      .replaceAll(`"size":${Buffer.byteLength(old)},"digest":"${was}"`, `"digest":"${was}"`)
      .replaceAll(`"digest":"${was}"`, `"size":${Buffer.byteLength(text)},"digest":"${is}"`);
    changed = replaceBlob(changed, index, sized.replaceAll(was, is), depth + 1);
  }
  return changed;
}

/** Base64 inside JSON (a bundle's payload, a signature) is where the meaning is: edited as what it encodes. */
function mutateInside(text: string, random: Random): string | undefined {
  const encoded = [...text.matchAll(/"([A-Za-z0-9+/]{24,}={0,2})"/g)];
  if (encoded.length === 0) return undefined;
  const inner = random.pick(encoded)[1] ?? '';
  const decoded = Buffer.from(inner, 'base64');
  const mutated = mutateJson(decoded, random) ?? mutateBytes(decoded, random, decoded);
  return text.replace(inner, mutated.toString('base64'));
}

const CHANGES: readonly Change[] = [
  (scene, random) => {
    const at = random.below(Math.max(1, scene.blobs.length));
    const blob = Buffer.from(scene.blobs[at] ?? '');
    const inside = random.oneIn(2) ? mutateInside(blob.toString(), random) : undefined;
    const text =
      inside ?? (mutateJson(blob, random) ?? mutateBytes(blob, random, blob)).toString('utf8');
    return random.oneIn(8)
      ? { ...scene, blobs: swap(scene.blobs, at, text) }
      : replaceBlob(scene, at, text);
  },
  // Signatures of another image, under the tags of this one or as its referrers.
  (scene, random, other) => {
    const rename = (text: string) =>
      random.oneIn(2) ? text : text.replaceAll(other.image.slice(7), scene.image.slice(7));
    const blobs = other.blobs.map(rename);
    const manifests = other.manifests.map((one) => ({
      ...one,
      ...(one.tag === undefined
        ? {}
        : { tag: one.tag.replace(other.image.slice(7), scene.image.slice(7)) }),
    }));
    return {
      ...scene,
      manifests: [...manifests, ...scene.manifests],
      blobs: [...scene.blobs, ...blobs],
    };
  },
  (scene, _, other) => ({ ...scene, image: other.image }),
  (scene, _, other) => ({ ...scene, keys: other.keys }),
  (scene) => ({ ...scene, keys: [] }),
  (scene) => ({ ...scene, hasReferrers: !scene.hasReferrers }),
  (scene, random) => ({
    ...scene,
    manifests: scene.manifests.toSpliced(random.below(scene.manifests.length + 1), 1),
  }),
  (scene, random) => ({
    ...scene,
    manifests: [...scene.manifests, ...scene.manifests].slice(0, 2 + random.below(150)),
  }),
  (scene, random) => ({
    ...scene,
    blobs: scene.blobs.toSpliced(random.below(scene.blobs.length + 1), 1),
  }),
];

/** One to three changes of what a registry holds, links between its documents kept where an attacker would keep them. */
export function mutateScene(bytes: Buffer, random: Random, other: Buffer): Buffer {
  let scene = parseScene(bytes);
  if (scene === undefined) return mutateBytes(bytes, random, other);
  for (let changes = 1 + random.below(3); changes > 0; changes -= 1)
    scene = random.pick(random.oneIn(2) ? CHANGES.slice(0, 1) : CHANGES)(
      scene,
      random,
      parseScene(other) ?? scene,
    );
  return writeScene(scene);
}
