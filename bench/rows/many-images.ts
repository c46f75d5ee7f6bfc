import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { atMost, type Row } from '../row.ts';

const SCRIPT = join(import.meta.dirname, '..', 'many-images.ts');
const run = promisify(execFile);

const reportSchema = z.object({
  images: z.number(),
  rssMiB: z.number(),
  grownMiB: z.number(),
  smallP99Ms: z.number(),
  largeP99Ms: z.number(),
  rotation: z.object({ requests: z.number(), wrong: z.number() }),
  revocation: z.object({ wrong: z.number() }),
});

/** The evidence of many images, in a process of its own. The memory bound is for 100,000 and scales with less. */
export async function measureManyImages(images: number): Promise<Row[]> {
  const { stdout } = await run(
    process.execPath,
    ['--max-semi-space-size=32', '--disable-warning=ExperimentalWarning', SCRIPT, String(images)],
    { maxBuffer: 2 ** 20, timeout: 600_000 },
  );
  const report = reportSchema.parse(JSON.parse(stdout));
  return [
    atMost({
      id: 'many-images-rss',
      what: `evidence of ${images} images cached, one legacy signature each: RSS that it takes (the process: ${report.rssMiB.toFixed(0)} MiB)`,
      value: report.grownMiB,
      bound: 300,
      unit: 'MiB',
      samples: images,
    }),
    atMost({
      id: 'many-images-p99',
      what: `p99 of a warm decision: ${report.largeP99Ms.toFixed(3)} ms, over ${report.smallP99Ms.toFixed(3)} ms with 1,000 images`,
      value: report.largeP99Ms / report.smallP99Ms,
      bound: 1.2,
      unit: '×',
      samples: 10_000,
    }),
    atMost({
      id: 'rotation-requests',
      what: 'rotation with 5,000 images cached: registry requests before the answers, and wrong verdicts after rotation and revocation',
      value: report.rotation.requests + report.rotation.wrong + report.revocation.wrong,
      bound: 0,
      unit: '',
      samples: 10_000,
    }),
  ];
}
