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
  /** Milliseconds of this process's CPU: a busy machine must not look like a slow reader. */
  readonly now?: () => number;
  /** In place of the kept corpus. */
  readonly corpus?: readonly Uint8Array[];
}

/** One input may take this much CPU: what takes more is a way to stop the webhook. */
const PATIENCE_MS = 2000;
const LARGEST = 64 * 1024;
const FINDINGS_LIMIT = 20;
/** So much may a run make the process grow, looked at now and then: what grows past it keeps what it should let go. */
const MEMORY_BYTES = 1024 * 1024 * 1024;
const MEMORY_EVERY = 500;

/**
 * Runs a target on mutations of seeds and corpus. An input by which the target says something new joins the corpus of this run: so
 * later mutations begin there.
 */
export async function fuzz(target: Target, options: FuzzOptions): Promise<Fuzzed> {
  const random = createRandom(options.seed);
  const { now = cpuMilliseconds } = options;
  const residentBefore = process.memoryUsage.rss();
  const kept = options.corpus ?? readCorpus(target.name).map(({ bytes }) => bytes);
  const pool = [...target.seeds(), ...kept].map((bytes) => Buffer.from(bytes));
  const outcomes = new Map<string, Uint8Array>();
  const findings = new Map<string, Finding>();
  /** Where in the pool the input of an outcome stands: a smaller one takes its place, or mutations would only ever grow. */
  const places = new Map<string, number>();
  let executions = 0;
  const attempt = async (bytes: Buffer<ArrayBuffer>): Promise<void> => {
    executions += 1;
    const began = now();
    const found = await outcomeOf(target, bytes);
    const what = found.broken ?? findExcess(now() - began, executions, residentBefore);
    if (what !== undefined) {
      findings.set(what.replaceAll(/\d+/g, '#'), { bytes, what });
      return;
    }
    const outcome = slugOf(found.outcome ?? '');
    const at = places.get(outcome) ?? pool.length;
    const smallest = outcomes.get(outcome);
    if (smallest !== undefined && bytes.length >= smallest.length) return;
    places.set(outcome, at);
    pool[at] = bytes;
    outcomes.set(outcome, bytes);
  };
  for (const bytes of pool.slice()) await attempt(bytes);
  while (!options.isOver(executions) && findings.size < FINDINGS_LIMIT)
    await attempt(Buffer.from(mutate(target, pool, random).subarray(0, LARGEST)));
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

function cpuMilliseconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function findExcess(
  tookMs: number,
  executions: number,
  residentBefore: number,
): string | undefined {
  if (tookMs > PATIENCE_MS) return `it took ${Math.round(tookMs)} ms of CPU`;
  if (executions % MEMORY_EVERY !== 0) return undefined;
  const grown = process.memoryUsage.rss() - residentBefore;
  return grown > MEMORY_BYTES ? `the process grew by ${grown} bytes` : undefined;
}

function mutate(target: Target, pool: readonly Buffer[], random: Random): Buffer {
  const bytes = random.pick(pool);
  if (target.mutate !== undefined && !random.oneIn(8))
    return target.mutate(bytes, random, random.pick(pool));
  const structured = random.oneIn(2)
    ? (mutateJson(bytes, random) ?? mutatePem(bytes, random))
    : undefined;
  if (structured !== undefined && !random.oneIn(8)) return structured;
  return mutateBytes(structured ?? bytes, random, random.pick(pool));
}
