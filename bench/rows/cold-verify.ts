import { Agent, request } from 'undici';
import { systemClock as clock } from '../../platform/lifecycle/clock.ts';
import { createMetrics } from '../../platform/observe/metrics.ts';
import { createRegistry } from '../../platform/registry/create-registry.ts';
import { createCertificateAuthority } from '../../sandbox/certificates.ts';
import { startRegistry, type RegistryStandIn } from '../../sandbox/registry/registry.ts';
import { signImage } from '../../sandbox/signer/sign-image.ts';
import { startLatencyProxy } from '../latency-proxy.ts';
import { percentile } from '../load.ts';
import { createKey, openRoom, type BenchKey } from '../room.ts';
import { atMost, type Row } from '../row.ts';

/** Long beside everything that is not waiting, so that round trips can be counted by the clock. */
const ROUND_TRIP_MS = 60;

interface Pushed {
  readonly name: string;
  readonly digest: string;
}

async function pushSigned(
  registry: RegistryStandIn,
  { signer }: BenchKey,
  name: string,
): Promise<Pushed> {
  const { digest } = registry.pushImage(name, 'v1', { content: name });
  await signImage({
    registry,
    signer,
    repository: name,
    digest,
    format: 'legacy',
    now: Date.now(),
  });
  return { name, digest };
}

/** What has to be fetched, and nothing else: signature manifest and referrers side by side, then the payload. */
async function fetchBare(base: string, dispatcher: Agent, { name, digest }: Pushed): Promise<void> {
  const get = async (path: string): Promise<string> => {
    const { body } = await request(`${base}/v2/${name}/${path}`, { dispatcher });
    return body.text();
  };
  const [manifest] = await Promise.all([
    get(`manifests/${digest.replace(':', '-')}.sig`),
    get(`referrers/${digest}`),
  ]);
  const { layers } = JSON.parse(manifest) as { layers: { digest: string }[] };
  await get(`blobs/${layers[0]?.digest ?? ''}`);
}

async function timeEach<T>(items: readonly T[], work: (item: T) => Promise<void>) {
  const times: number[] = [];
  for (const item of items) {
    const began = performance.now();
    await work(item);
    times.push(performance.now() - began);
  }
  return times;
}

/** Images that nobody asked for before, one after the other over connections that are open, each one round trip away. */
export async function measureColdVerify(samples: number): Promise<Row[]> {
  const authority = await createCertificateAuthority();
  const certificate = await authority.issue({ commonName: 'registry', ipAddresses: ['127.0.0.1'] });
  const standIn = await startRegistry({ certificate });
  const proxy = await startLatencyProxy(Number(new URL(standIn.url).port), ROUND_TRIP_MS);
  const host = `127.0.0.1:${proxy.port}`;
  const metrics = createMetrics();
  const registry = createRegistry({
    clock,
    metrics,
    caPem: authority.caPem,
    allowedHosts: [host],
  });
  const dispatcher = new Agent({ connect: { ca: authority.caPem } });
  const key = createKey(1);
  const room = openRoom(registry, [key]);
  try {
    const images: Pushed[] = [];
    for (let index = 0; index < 3 * samples + 1; index += 1)
      images.push(await pushSigned(standIn, key, `cold-${index}`));
    const [first, ...rest] = images as [Pushed, ...Pushed[]];
    const verify = async (reference: string): Promise<void> => {
      if (!(await room.askDeployment([reference]))) throw new Error(`${reference} was not allowed`);
    };
    await verify(`${host}/${first.name}@${first.digest}`);
    await fetchBare(`https://${host}`, dispatcher, first);
    const groups = [0, 1, 2].map((group) => rest.slice(group * samples, (group + 1) * samples));
    const [byDigest, byTag, bare] = [
      await timeEach(groups[0] ?? [], ({ name, digest }) => verify(`${host}/${name}@${digest}`)),
      await timeEach(groups[1] ?? [], ({ name }) => verify(`${host}/${name}:v1`)),
      await timeEach(groups[2] ?? [], (image) => fetchBare(`https://${host}`, dispatcher, image)),
    ];
    const median = (times: readonly number[]): number => percentile(times, 0.5);
    const trips = (times: readonly number[]): number => Math.floor(median(times) / ROUND_TRIP_MS);
    return [
      atMost({
        id: 'cold-digest-trips',
        what: `cold verify, digest reference, legacy: round trips in sequence, each ${ROUND_TRIP_MS} ms (median ${median(byDigest).toFixed(0)} ms)`,
        value: trips(byDigest),
        bound: 2,
        unit: 'trips',
        samples,
      }),
      atMost({
        id: 'cold-digest-wall',
        what: `same, over the bare fetches (median ${median(bare).toFixed(0)} ms)`,
        value: median(byDigest) / median(bare),
        bound: 1.3,
        unit: '×',
        samples,
      }),
      atMost({
        id: 'cold-tag-trips',
        what: `cold verify, tag reference (median ${median(byTag).toFixed(0)} ms)`,
        value: trips(byTag),
        bound: 3,
        unit: 'trips',
        samples,
      }),
    ];
  } finally {
    await room.close();
    await registry.close();
    await dispatcher.close();
    proxy.close();
    await standIn.close();
  }
}
