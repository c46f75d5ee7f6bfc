/**
 * Fuzzes every reader of bytes: mutations of seeds and of the kept corpus, each judged by the promises of its target. A finding is
 * kept in test/corpus/findings/, where the tests replay it. Exit 1: something was found.
 */
import { relative } from 'node:path';
import { FINDINGS, keep, readCorpus, ROOT } from './corpus.ts';
import { fuzz, type Fuzzed } from './fuzz-target.ts';
import { readOptions, USAGE, type Options } from './options.ts';
import type { Target } from './target.ts';

const MINUTE = 60_000;

/** Keeps what was found, and where asked what was new. Returns how many outcomes no kept input had. */
function keepResults(target: Target, { findings, outcomes }: Fuzzed, options: Options): number {
  const { name, isPassing = () => false } = target;
  for (const { bytes, what } of findings) {
    const file = keep(`${FINDINGS}/${name}`, 'finding', bytes);
    process.stdout.write(`FINDING ${name}: ${what}\n  ${relative(ROOT, file)}\n`);
  }
  const known = new Set(readCorpus(name).map(({ outcome }) => outcome));
  const fresh = [...outcomes].filter(([outcome]) => !known.has(outcome) && !isPassing(outcome));
  if (options.keep) for (const [outcome, bytes] of fresh) keep(name, outcome, bytes);
  return fresh.length;
}

async function fuzzOne(target: Target, options: Options): Promise<Fuzzed & { fresh: number }> {
  const shares = options.targets.reduce((sum, { share = 1 }) => sum + share, 0);
  const until = Date.now() + (options.minutes * MINUTE * (target.share ?? 1)) / shares;
  const result = await fuzz(target, {
    seed: options.seed,
    isOver: (executions) => executions % 16 === 0 && Date.now() >= until,
  });
  return { ...result, fresh: keepResults(target, result, options) };
}

async function main(options: Options): Promise<number> {
  const { targets, minutes, seed } = options;
  process.stdout.write(`fuzz: ${targets.length} targets, ${minutes} minutes, seed ${seed}\n`);
  const began = Date.now();
  let inputs = 0;
  let fresh = 0;
  let findings = 0;
  for (const [index, target] of targets.entries()) {
    const result = await fuzzOne(target, options);
    inputs += result.executions;
    fresh += result.fresh;
    findings += result.findings.length;
    const place = `${index + 1}/${targets.length}`.padStart(5);
    process.stdout.write(
      `${place} ${target.name.padEnd(20)} ${String(result.executions).padStart(8)} inputs, ${result.outcomes.size} outcomes (${result.fresh} not in the corpus), ${result.findings.length} findings\n`,
    );
  }
  const seconds = (Date.now() - began) / 1000;
  const megabytes = Math.round(process.resourceUsage().maxRSS / 1024);
  process.stdout.write(
    `fuzz: ${targets.length} targets, ${inputs} inputs in ${Math.round(seconds)} s (${Math.round(inputs / seconds)} inputs/s), ${fresh} new outcomes, ${findings} findings, at most ${megabytes} MiB; seed ${seed}\n`,
  );
  return findings === 0 ? 0 : 1;
}

try {
  const options = readOptions(process.argv.slice(2), () => Date.now() % 2 ** 31);
  process.exitCode = await main(options);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${USAGE}\n`);
  process.exitCode = 2;
}
