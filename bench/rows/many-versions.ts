import { monitorEventLoopDelay } from 'node:perf_hooks';
import { systemClock as clock } from '../../platform/lifecycle/clock.ts';
import { createMetrics } from '../../platform/observe/metrics.ts';
import { createRegistry } from '../../platform/registry/create-registry.ts';
import { createCertificateAuthority } from '../../sandbox/certificates.ts';
import { startRegistry } from '../../sandbox/registry/registry.ts';
import { signImage } from '../../sandbox/signer/sign-image.ts';
import { percentile } from '../load.ts';
import { createKey, openRoom, type BenchKey } from '../room.ts';
import { atMost, type Row } from '../row.ts';

const VERSIONS = 200;

/** Images signed by the oldest of 200 trusted versions, seen for the first time, against the same with that version alone. */
export async function measureManyVersions(samples: number): Promise<Row[]> {
  const authority = await createCertificateAuthority();
  const certificate = await authority.issue({ commonName: 'registry', ipAddresses: ['127.0.0.1'] });
  const standIn = await startRegistry({ certificate });
  const registry = createRegistry({
    clock,
    metrics: createMetrics(),
    caPem: authority.caPem,
    allowedHosts: [standIn.host],
  });
  const keys: readonly BenchKey[] = Array.from({ length: VERSIONS }, (_, age) => createKey(age));
  const oldest = keys.at(-1)!;
  let count = 0;
  const push = async (format: 'legacy' | 'bundle'): Promise<string> => {
    count += 1;
    const repository = `many-${count}`;
    const { digest } = standIn.pushImage(repository, 'v1', { content: repository });
    const { signer } = oldest;
    await signImage({ registry: standIn, signer, repository, digest, format, now: Date.now() });
    return `${standIn.host}/${repository}@${digest}`;
  };
  const time = async (trusted: readonly BenchKey[], format: 'legacy' | 'bundle') => {
    const room = openRoom(registry, trusted);
    const times: number[] = [];
    try {
      await room.ask([await push(format)]);
      for (let sample = 0; sample < samples; sample += 1) {
        const image = await push(format);
        const began = performance.now();
        if (!(await room.ask([image]))) throw new Error(`${image} was not allowed`);
        times.push(performance.now() - began);
      }
    } finally {
      await room.close();
    }
    return percentile(times, 0.5);
  };
  try {
    const [one, many] = [await time([oldest], 'bundle'), await time(keys, 'bundle')];
    const loop = monitorEventLoopDelay({ resolution: 1 });
    loop.enable();
    const legacy = await time(keys, 'legacy');
    loop.disable();
    return [
      atMost({
        id: 'many-versions-bundle',
        what: `${VERSIONS} versions trusted, bundle by the oldest: ${many.toFixed(1)} ms over ${one.toFixed(1)} ms with one`,
        value: many / one,
        bound: 2,
        unit: '×',
        samples,
      }),
      atMost({
        id: 'many-versions-legacy-loop',
        what: `same, legacy signature (median ${legacy.toFixed(1)} ms): longest hold of the event loop`,
        value: loop.max / 1e6,
        bound: 50,
        unit: 'ms',
        samples,
      }),
    ];
  } finally {
    await registry.close();
    await standIn.close();
  }
}
