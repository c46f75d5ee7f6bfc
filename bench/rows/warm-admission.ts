import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Stage } from '../../sandbox/stage.ts';
import { podReview } from '../../sandbox/pod-review.ts';
import { runLoad, type LoadResult } from '../load.ts';
import { atLeast, atMost, type Row } from '../row.ts';

const CONNECTIONS = 200;
const CONTAINERS = 3;

interface Reference {
  readonly port: number;
  close(): void;
}

async function startReference(certFile: string, keyFile: string): Promise<Reference> {
  const script = join(import.meta.dirname, '..', 'constant-server.ts');
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', script, certFile, keyFile],
    { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] },
  );
  const [port] = (await once(child, 'message')) as [number];
  return { port, close: () => void child.kill('SIGTERM') };
}

const best = (results: readonly LoadResult[]): LoadResult =>
  results.reduce((a, b) => (b.perSecond > a.perSecond ? b : a));

/**
 * One replica against a process that answers a constant, by turns, so that whatever else the machine does falls on both. The better
 * round of each counts.
 */
export async function measureWarmAdmission(
  stage: Stage,
  { requests, rounds, caPem }: { requests: number; rounds: number; caPem: string },
): Promise<Row[]> {
  const { image, digest } = stage.publisher.find('net-monitor:v2');
  const body = podReview(Array.from({ length: CONTAINERS }, () => `${image}@${digest}`));
  const reference = await startReference(
    join(stage.folder, 'tls.crt'),
    join(stage.folder, 'tls.key'),
  );
  const path = '/validate?timeout=10s';
  const load = (port: number): Promise<LoadResult> =>
    runLoad({
      url: `https://127.0.0.1:${port}`,
      path,
      caPem,
      body,
      connections: CONNECTIONS,
      requests,
    });
  try {
    const [ours, theirs]: [LoadResult[], LoadResult[]] = [[], []];
    const replica = stage.replicas.addresses[0]!.port;
    for (let round = 0; round < rounds; round += 1) {
      theirs.push(await load(reference.port));
      ours.push(await load(replica));
    }
    const failed = ours.reduce((sum, result) => sum + result.failed, 0);
    if (failed > 0) throw new Error(`${failed} warm reviews were not allowed`);
    const [our, their] = [best(ours), best(theirs)];
    const samples = requests * rounds;
    return [
      atLeast({
        id: 'warm-throughput',
        what: `warm admission, ${CONTAINERS} containers, ${CONNECTIONS} connections, TLS: ${Math.round(our.perSecond)}/s over a constant server's ${Math.round(their.perSecond)}/s`,
        value: our.perSecond / their.perSecond,
        bound: 0.6,
        unit: '×',
        samples,
      }),
      atMost({
        id: 'warm-p99',
        what: `same, p99: ${our.p99Ms.toFixed(1)} ms over ${their.p99Ms.toFixed(1)} ms`,
        value: our.p99Ms / their.p99Ms,
        bound: 3,
        unit: '×',
        samples,
      }),
    ];
  } finally {
    reference.close();
  }
}
