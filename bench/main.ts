import { cpus, totalmem } from 'node:os';
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { startSandbox } from '../sandbox/sandbox.ts';
import { createNarrator } from '../sandbox/story/narrator.ts';
import { walkthrough } from '../sandbox/story/walkthrough.ts';
import { signed } from '../sandbox/story/signed.ts';
import { rotation } from '../sandbox/story/rotation.ts';
import { formatTable, type Row } from './row.ts';
import { measureColdVerify } from './rows/cold-verify.ts';
import { measureManyImages } from './rows/many-images.ts';
import { measureManyVersions } from './rows/many-versions.ts';
import { measureDisable, measureHint, measureRevoke } from './rows/propagation.ts';
import { measureWarmAdmission } from './rows/warm-admission.ts';

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    strict: { type: 'boolean', default: false },
    short: { type: 'boolean', default: false },
    cluster: { type: 'string', default: 'stand-in' },
  },
});
const sizes = options.short
  ? {
      requests: 4_000,
      rounds: 2,
      hints: 10,
      revocations: 30,
      disables: 1,
      cold: 10,
      images: 20_000,
    }
  : {
      requests: 20_000,
      rounds: 3,
      hints: 40,
      revocations: 200,
      disables: 6,
      cold: 40,
      images: 100_000,
    };

async function measure(): Promise<{ rows: Row[]; versions: Readonly<Record<string, string>> }> {
  await using sandbox = await startSandbox({
    cluster: options.cluster === 'real' ? 'real' : 'stand-in',
    dir: '.',
    say: createNarrator(() => undefined),
    signal: new AbortController().signal,
  });
  const { stage } = sandbox;
  for (const step of [walkthrough, signed, rotation]) {
    const { ok, detail } = await step.run(stage);
    if (!ok) throw new Error(`${step.id} did not come out as expected: ${JSON.stringify(detail)}`);
  }
  const caPem = await readFile(sandbox.caFile, 'utf8');
  const rows = await measureWarmAdmission(stage, { ...sizes, caPem });
  rows.push(await measureHint(stage, sizes.hints));
  rows.push(await measureRevoke(stage, sizes.revocations));
  rows.push(await measureDisable(stage, sizes.disables));
  rows.push(...(await measureColdVerify(sizes.cold)));
  rows.push(...(await measureManyVersions(sizes.cold)));
  rows.push(...(await measureManyImages(sizes.images)));
  return { rows, versions: stage.versions };
}

const { rows, versions } = await measure();
const machine = {
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  note: 'load generator, replica and stand-ins share the cores: read ratios, not absolute figures',
};
process.stdout.write(
  options.json
    ? `${JSON.stringify({ rows, machine, versions })}\n`
    : `${formatTable(rows)}\n\n${machine.cores} × ${machine.cpu}, ${machine.memoryGiB} GiB; ${machine.note}\n`,
);
if (options.strict && rows.some((row) => !row.ok)) process.exitCode = 1;
