/** Something that reads bytes from outside. */
export interface Target {
  readonly name: string;
  /** Well-formed inputs: where the first mutations begin, beside the kept corpus. */
  readonly seeds: () => readonly Uint8Array[];
  /**
   * Reads the bytes and says what became of them, in a word (`sound`, `JSON_FIELD`): each word has an input of its own in the corpus.
   * Throws when a promise of the reader is broken.
   */
  readonly run: (bytes: Uint8Array) => string | Promise<string>;
}

/** @throws Error with what was promised, and not kept */
export function promise(kept: boolean, what: string): void {
  if (!kept) throw new Error(`broken promise: ${what}`);
}
