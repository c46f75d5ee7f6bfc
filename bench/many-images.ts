/**
 * A process of its own, so that its memory is the cache's: fills the evidence cache with images of one legacy signature each and says what
 * that takes. Arguments: how many images; how many of them to ask for afterwards.
 */
import { createHash, sign } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Registry } from '../platform/registry/registry.ts';
import { percentile } from './load.ts';
import { createKey, openRoom } from './room.ts';

const [images = 100_000, asked = 10_000] = process.argv.slice(2).map(Number);
const HOST = 'registry.example.com';
const SMALL = 1_000;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const digestOf = (index: number): string => `sha256:${index.toString(16).padStart(64, '0')}`;
const key = createKey(1);

/** About 700 bytes of claims, as a pipeline's annotations make them. */
function payloadOf(digest: string): Buffer {
  return Buffer.from(
    JSON.stringify({
      critical: {
        identity: { 'docker-reference': `${HOST}/team/app` },
        image: { 'docker-manifest-digest': digest },
        type: 'cosign container image signature',
      },
      optional: { pipeline: 'x'.repeat(220), commit: 'y'.repeat(40), run: 'z'.repeat(200) },
    }),
  );
}

const hash = (bytes: Uint8Array): string =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

let requests = 0;
/** Answers from arithmetic instead of memory: what this process holds is the cache. */
const registry: Registry = {
  resolveTag: () => Promise.resolve(undefined),
  fetchManifest: (_, reference) => {
    requests += 1;
    const digest = reference.replace('-', ':').replace('.sig', '');
    const payload = payloadOf(digest);
    const signature = sign('sha256', payload, key.privateKey);
    const bytes = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: 'application/vnd.oci.image.manifest.v1+json',
        config: {
          mediaType: 'application/vnd.oci.image.config.v1+json',
          digest: digestOf(0),
          size: 2,
        },
        layers: [
          {
            mediaType: 'application/vnd.dev.cosign.simplesigning.v1+json',
            digest: hash(payload),
            size: payload.length,
            annotations: { 'dev.cosignproject.cosign/signature': signature.toString('base64') },
          },
        ],
      }),
    );
    payloads.set(hash(payload), payload);
    const mediaType = 'application/vnd.oci.image.manifest.v1+json';
    return Promise.resolve({ bytes, digest: hash(bytes), mediaType });
  },
  fetchBlob: (_, { digest }) => {
    requests += 1;
    const payload = payloads.get(digest);
    payloads.delete(digest);
    return Promise.resolve(payload);
  },
  listReferrers: () => Promise.resolve({ store: 'referrers', descriptors: [] }),
  close: () => Promise.resolve(),
};
const payloads = new Map<string, Buffer>();

async function measureWarm(room: ReturnType<typeof openRoom>, among: number): Promise<number> {
  const times: number[] = [];
  for (let index = 0; index < asked; index += 1) {
    const image = `${HOST}/team/app@${digestOf((index * 7919) % among)}`;
    const began = performance.now();
    if (!(await room.ask([image]))) throw new Error(`${image} was not allowed`);
    times.push(performance.now() - began);
  }
  return percentile(times, 0.99);
}

const room = openRoom(registry, [key], 1024);
const fill = async (from: number, to: number): Promise<void> => {
  for (let index = from; index < to; index += 20) {
    const batch = Array.from({ length: Math.min(20, to - index) }, (_, step) => index + step);
    await room.ask(batch.map((each) => `${HOST}/team/app@${digestOf(each)}`));
  }
};
await fill(0, SMALL);
await measureWarm(room, SMALL);
const smallP99Ms = await measureWarm(room, SMALL);
collect();
const before = process.memoryUsage();
await fill(SMALL, images);
collect();
const after = process.memoryUsage();
await measureWarm(room, images);
const largeP99Ms = await measureWarm(room, images);

// A rotation and a revocation with everything cached: nothing is asked of the registry before any answer.
const requestsBefore = requests;
const newer = createKey(0);
room.trust([key, newer]);
let wrong = 0;
for (let index = 0; index < 5_000; index += 1)
  if (!(await room.ask([`${HOST}/team/app@${digestOf(index)}`]))) wrong += 1;
const afterRotation = requests - requestsBefore;
room.trust(
  [key, newer],
  [
    {
      name: 'leak',
      resourceVersion: '1',
      reason: 'leaked',
      key: { vaultUri: key.status.vaultUri, name: key.status.name, version: key.status.version },
    },
  ],
);
let denied = 0;
for (let index = 0; index < 5_000; index += 1)
  if (!(await room.ask([`${HOST}/team/app@${digestOf(index)}`]))) denied += 1;
process.stdout.write(
  `${JSON.stringify({
    images,
    rssMiB: after.rss / 2 ** 20,
    grownMiB: (after.rss - before.rss) / 2 ** 20,
    heapGrownMiB: (after.heapUsed + after.external - before.heapUsed - before.external) / 2 ** 20,
    smallP99Ms,
    largeP99Ms,
    rotation: { requests: afterRotation, wrong },
    revocation: { wrong: 5_000 - denied },
  })}\n`,
);
process.exit(0);
