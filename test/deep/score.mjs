/** What Stryker's report says: a score for each folder of core/, and the survivors that nobody has explained. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const SURVIVORS = join(import.meta.dirname, 'survivors.md');
export const LEAST_SCORE = 90;
export const MOST_SURVIVORS = 20;

/** A mutant that somebody switched off with a comment has survived as well; one that is no program at all has not been tried. */
const KILLED = ['Killed', 'Timeout'];
const INVALID = ['CompileError', 'RuntimeError'];

const oneLine = (text) => text.replaceAll(/\s+/g, ' ').trim();

function textAt(source, { start, end }) {
  const lines = source.split('\n').slice(start.line - 1, end.line);
  lines[lines.length - 1] = lines.at(-1).slice(0, end.column - 1);
  lines[0] = lines[0].slice(start.column - 1);
  return oneLine(lines.join('\n'));
}

/** All mutants of a report that count. */
export function readMutants(reportFile) {
  const { files } = JSON.parse(readFileSync(reportFile, 'utf8'));
  return Object.entries(files).flatMap(([file, { mutants, source }]) =>
    mutants
      .filter(({ status }) => !INVALID.includes(status))
      .map(({ status, location, replacement }) => ({
        file,
        line: location.start.line,
        isKilled: KILLED.includes(status),
        was: textAt(source, location),
        is: oneLine(replacement ?? ''),
      })),
  );
}

export function scoreOf(mutants) {
  const killed = mutants.filter(({ isKilled }) => isKilled).length;
  return { killed, all: mutants.length, percent: (100 * killed) / Math.max(1, mutants.length) };
}

/** Rows for a table: each folder, then all of them. */
export function scoresByFolder(mutants) {
  const folders = Map.groupBy(mutants, ({ file }) => dirname(file));
  return [...folders, ['core', mutants]].map(([folder, some]) => ({ folder, ...scoreOf(some) }));
}

/** A survivor is explained where a line of survivors.md names its file, what stood there, and what stood in its place. */
export function findUnexplained(mutants) {
  const rows = readFileSync(SURVIVORS, 'utf8')
    .replaceAll(String.raw`\|`, '|')
    .split('\n');
  return mutants
    .filter(({ isKilled }) => !isKilled)
    .filter(
      ({ file, was, is }) =>
        !rows.some((row) => [file, was, is].every((part) => row.includes(`\`${part}\``))),
    );
}
