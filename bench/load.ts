import { Pool } from 'undici';

export interface Load {
  readonly url: string;
  readonly path: string;
  readonly caPem: string;
  readonly body: string;
  readonly connections: number;
  readonly requests: number;
}

export interface LoadResult {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly failed: number;
}

/** The value at a share of sorted samples (nearest rank). */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

/** Sends a fixed number of reviews over a fixed number of kept-alive connections, each waiting for its answer before the next. */
export async function runLoad(load: Load): Promise<LoadResult> {
  const pool = new Pool(load.url, {
    connections: load.connections,
    pipelining: 1,
    connect: { ca: load.caPem },
  });
  const samples: number[] = [];
  let left = load.requests;
  let failed = 0;
  async function send(): Promise<void> {
    while (left > 0) {
      left -= 1;
      const began = performance.now();
      const response = await pool.request({
        method: 'POST',
        path: load.path,
        headers: { 'content-type': 'application/json' },
        body: load.body,
      });
      const text = await response.body.text();
      if (response.statusCode !== 200 || !text.includes('"allowed":true')) failed += 1;
      samples.push(performance.now() - began);
    }
  }
  const began = performance.now();
  await Promise.all(Array.from({ length: load.connections }, send));
  const seconds = (performance.now() - began) / 1_000;
  await pool.close();
  return {
    perSecond: samples.length / seconds,
    p50Ms: percentile(samples, 0.5),
    p99Ms: percentile(samples, 0.99),
    failed,
  };
}
