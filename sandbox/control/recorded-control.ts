import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const ANSWER = z.enum(['ALLOW', 'DENY', 'UNAVAILABLE']);
export type ControlWord = z.infer<typeof ANSWER>;

const RECORDED = z.object({
  /** Of Ratify. */
  version: z.string(),
  /** Of the API server it ran against. */
  kubernetes: z.string(),
  /** RFC 3339 day on which the run was recorded. */
  date: z.iso.date(),
  /** What was done, in order. */
  commands: z.array(z.string()),
  /** For an image signed by the version, while the vault has it enabled. */
  answerBefore: ANSWER,
  /** For the same image, after the vault has it disabled and nobody edited the KMP. */
  answerAfter: ANSWER,
});
export type RecordedControl = z.infer<typeof RECORDED>;

export const RECORDED_FILE = join(import.meta.dirname, 'recorded.json');

/** The last recorded run of the real Ratify (`record/main.ts` makes it). Rejects when the file is not one. */
export async function loadRecordedControl(): Promise<RecordedControl> {
  return RECORDED.parse(JSON.parse(await readFile(RECORDED_FILE, 'utf8')));
}
