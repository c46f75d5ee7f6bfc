import type { Buffer } from 'node:buffer';
import type { Random } from './random.ts';

/** Something that reads bytes from outside. */
export interface Target {
  readonly name: string;
  /** Its part of the time, where others have 1: what is deep needs more, what is a line of text is soon known. */
  readonly share?: number;
  /** Well-formed inputs: where the first mutations begin, beside the kept corpus. */
  readonly seeds: () => readonly Uint8Array[];
  /**
   * Reads the bytes and says what became of them, in a word (`sound`, `JSON_FIELD`): each word has an input of its own in the corpus.
   * Throws when a promise of the reader is broken.
   */
  readonly run: (bytes: Uint8Array) => string | Promise<string>;
  /** Outcomes that need seeds which are made anew now and then: an input kept for one would soon say something else. */
  readonly isPassing?: (outcome: string) => boolean;
  /** For inputs with a structure that edits of bytes, JSON or PEM would only break: a mutation of `bytes`, with pieces of `other`. */
  readonly mutate?: (bytes: Buffer, random: Random, other: Buffer) => Buffer;
}

/** @throws Error with what was promised, and not kept */
export function promise(kept: boolean, what: string): void {
  if (!kept) throw new Error(`broken promise: ${what}`);
}
