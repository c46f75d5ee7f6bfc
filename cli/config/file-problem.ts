import { UsageProblem } from '../command-input.ts';

/** Where something stands; lines and columns count from 1, as editors do. */
export interface Place {
  /** As shown: `showPath`. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** What is wrong at a place. `message` never repeats what stands there: it may be a secret put there by mistake. */
export interface FileProblem {
  readonly place: Place;
  /** Path of the field in its document: `spec.parameters.keys[0].version`. Empty: the document as a whole. */
  readonly field: string;
  readonly message: string;
}

const SHOWN = 20;

/** `policy.yaml:12:9` */
export function formatPlace({ file, line, column }: Place): string {
  return `${file}:${line}:${column}`;
}

export function formatFileProblem({ place, field, message }: FileProblem): string {
  return `${formatPlace(place)}: ${field === '' ? '' : `${field}: `}${message}`;
}

/** All problems in one message, so that a file is mended in one go. @throws UsageProblem when there are any */
export function refuseFileProblems(problems: readonly FileProblem[]): void {
  if (problems.length === 0) return;
  const lines = problems.toSorted(byPlace).slice(0, SHOWN).map(formatFileProblem);
  const more = problems.length > SHOWN ? [`… and ${problems.length - SHOWN} more`] : [];
  throw new UsageProblem(['the files given cannot be used:', ...lines, ...more].join('\n  '));
}

/** Top to bottom; the files stay in the order in which they were read. */
function byPlace({ place: a }: FileProblem, { place: b }: FileProblem): number {
  return a.file === b.file ? a.line - b.line || a.column - b.column : 0;
}
