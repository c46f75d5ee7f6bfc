import { Buffer } from 'node:buffer';
import { readCorpus, slugOf } from './corpus.ts';
import { mutateBytes } from './mutate-bytes.ts';
import { mutateJson } from './mutate-json.ts';
import { mutatePem } from './mutate-pem.ts';
import { createRandom, type Random } from './random.ts';
import type { Target } from './target.ts';

export interface Finding {
  readonly bytes: Uint8Array;
  readonly what: string;
}

export interface Fuzzed {
  readonly executions: number;
  /** The smallest input seen for each thing that the target said. */
  readonly outcomes: ReadonlyMap<string, Uint8Array>;
  readonly findings: readonly Finding[];
}

export interface FuzzOptions {
  readonly seed: number;
  /** Asked before each execution: true ends the run. */
  readonly isOver: (executions: number) => boolean;
  /** Milliseconds, ever growing. */
  readonly now: () => number;
  /** In place of the kept corpus. */
  readonly corpus?: readonly Uint8Array[];
}

/** One input may take this long: what takes longer is a way to stop the webhook. */
const PATIENCE_MS = 4000;
const LARGEST = 64 * 1024;
const FINDINGS_LIMIT = 20;

/**
 * Runs a target on mutations of seeds and corpus. An input by which the target says something new joins the corpus of this run: so
 * later mutations begin there.
 */
export async function fuzz(target: Target, options: FuzzOptions): Promise<Fuzzed> {
  const random = createRandom(options.seed);
  const kept = options.corpus ?? readCorpus(target.name).map(({ bytes }) => bytes);
  const pool = [...target.seeds(), ...kept].map((bytes) => Buffer.from(bytes));
  const outcomes = new Map<string, Uint8Array>();
  const findings = new Map<string, Finding>();
  let executions = 0;
  const attempt = async (bytes: Buffer<ArrayBuffer>): Promise<void> => {
    executions += 1;
    const began = options.now();
    const found = await outcomeOf(target, bytes);
    const took = options.now() - began;
    const what = found.broken ?? (took > PATIENCE_MS ? `it took ${took} ms` : undefined);
    if (what !== undefined) {
      findings.set(what.replaceAll(/\d+/g, '#'), { bytes, what });
      return;
    }
    const outcome = slugOf(found.outcome ?? '');
    const smallest = outcomes.get(outcome);
    if (smallest === undefined) pool.push(bytes);
    if (smallest === undefined || bytes.length < smallest.length) outcomes.set(outcome, bytes);
  };
  for (const bytes of pool.slice()) await attempt(bytes);
  while (!options.isOver(executions) && findings.size < FINDINGS_LIMIT)
    await attempt(Buffer.from(mutate(pool, random).subarray(0, LARGEST)));
  return { executions, outcomes, findings: [...findings.values()] };
}

async function outcomeOf(
  target: Target,
  bytes: Uint8Array,
): Promise<{ readonly outcome?: string; readonly broken?: string }> {
  try {
    return { outcome: await target.run(bytes) };
  } catch (error) {
    return { broken: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
  }
}

function mutate(pool: readonly Buffer[], random: Random): Buffer {
  const bytes = random.pick(pool);
  const structured = random.oneIn(2)
    ? (mutateJson(bytes, random) ?? mutatePem(bytes, random))
    : undefined;
  if (structured !== undefined && !random.oneIn(8)) return structured;
  return mutateBytes(structured ?? bytes, random, random.pick(pool));
}
