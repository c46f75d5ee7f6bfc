import { parseArgs } from 'node:util';
import type { Target } from './target.ts';
import { TARGETS } from './targets/all.ts';

export interface Options {
  readonly minutes: number;
  readonly seed: number;
  readonly targets: readonly Target[];
  /** Whether what targets say for the first time joins the kept corpus. */
  readonly keep: boolean;
}

export const USAGE = `usage: bin/node test/fuzz/fuzz.ts [--minutes 10] [--seed S] [--target NAME]… [--keep]
  --keep  adds the smallest input for each new outcome to test/corpus/
targets: ${TARGETS.map(({ name }) => name).join(', ')}`;

/** @throws Error that says what is wrong with the arguments */
export function readOptions(args: readonly string[], randomSeed: () => number): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: 'string', default: '10' },
      seed: { type: 'string' },
      target: { type: 'string', multiple: true },
      keep: { type: 'boolean', default: false },
    },
  });
  const minutes = Number(values.minutes);
  const seed = values.seed === undefined ? randomSeed() : Number(values.seed);
  if (!(minutes > 0) || !Number.isInteger(seed)) throw new Error('minutes and seed are numbers');
  const targets = values.target?.map(findTarget) ?? TARGETS;
  return { minutes, seed, targets, keep: values.keep };
}

function findTarget(name: string): Target {
  const target = TARGETS.find((each) => each.name === name);
  if (target === undefined) throw new Error(`there is no target ${name}`);
  return target;
}
