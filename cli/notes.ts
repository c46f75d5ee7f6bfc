import { oneLine } from './report/show-report.ts';

/** Something that a person should know besides the answer: on stderr, in one line, so that stdout stays what was asked for. */
export function addNote(text: string): void {
  process.stderr.write(`keyward: note: ${oneLine(text)}\n`);
}
