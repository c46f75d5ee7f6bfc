/** The kept corpus: one small input for each thing that a target says, and everything that ever broke a promise. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '..', '..');
export const CORPUS = join(ROOT, 'test', 'corpus');
/** Folder of the corpus for inputs that broke a promise, by target: they stay, so that it is never broken again. */
export const FINDINGS = 'findings';

export interface Kept {
  readonly file: string;
  /** What the target said, as a file's name can hold it; `finding` for an input that broke a promise once. */
  readonly outcome: string;
  readonly bytes: Buffer;
}

/** `image MANIFEST_MALFORMED` → `image-MANIFEST_MALFORMED`. */
export function slugOf(outcome: string): string {
  return outcome.replaceAll(/[^A-Za-z0-9_]+/g, '-').slice(0, 60);
}

export function readCorpus(target: string, root = CORPUS): readonly Kept[] {
  const folder = join(root, target);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .toSorted()
    .map((name) => ({
      file: join(folder, name),
      outcome: name.replace(/\.[0-9a-f]{12}$/, ''),
      bytes: readFileSync(join(folder, name)),
    }));
}

/** Writes an input under its outcome and the start of its hash. Returns where. */
export function keep(target: string, outcome: string, bytes: Uint8Array, root = CORPUS): string {
  const folder = join(root, target);
  mkdirSync(folder, { recursive: true });
  const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 12);
  const file = join(folder, `${slugOf(outcome)}.${hash}`);
  writeFileSync(file, bytes);
  return file;
}
