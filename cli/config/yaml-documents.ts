import {
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  parseAllDocuments,
  visit,
  type Document,
  type Node,
  type YAMLError,
} from 'yaml';
import type { FileProblem, Place } from './file-problem.ts';

export type FieldPath = readonly (string | number)[];

/** One YAML document (JSON is YAML too) as plain values, with the place of each field. */
export interface ConfigDocument {
  readonly value: unknown;
  /** Of the field, or of the nearest one around it that is there. */
  placeOf(path: FieldPath): Place;
}

export interface ParsedYaml {
  readonly documents: readonly ConfigDocument[];
  readonly problems: readonly FileProblem[];
}

type ErrorCode = YAMLError['code'];

/** In our words: the library's messages quote the file, which may hold a secret. */
const MESSAGES: Readonly<Record<ErrorCode, string>> = {
  ALIAS_PROPS: 'an alias has an anchor or a tag',
  BAD_ALIAS: 'an alias refers to no anchor before it',
  BAD_COLLECTION_TYPE: 'a tag does not fit what follows it',
  BAD_DIRECTIVE: 'a YAML directive is malformed',
  BAD_DQ_ESCAPE: 'an escape in a quoted text is malformed',
  BAD_INDENT: 'the indentation does not fit',
  BAD_PROP_ORDER: 'an anchor or tag stands in the wrong place',
  BAD_SCALAR_START: 'a plain text begins with a character that is reserved: put it in quotes',
  BLOCK_AS_IMPLICIT_KEY: 'a list or mapping stands where a key should be',
  BLOCK_IN_FLOW: 'a block stands inside brackets or braces',
  DUPLICATE_KEY: 'the same key stands twice in one mapping, and only one of them would count',
  IMPOSSIBLE: 'it is not YAML',
  KEY_OVER_1024_CHARS: 'a key is longer than 1024 characters',
  MISSING_CHAR: 'a closing quote, bracket, colon or comma is missing',
  MULTILINE_IMPLICIT_KEY: 'a key goes over several lines: is a quote or a colon missing?',
  MULTIPLE_ANCHORS: 'a value has several anchors',
  MULTIPLE_DOCS: 'there is more after the end of the document',
  MULTIPLE_TAGS: 'a value has several tags',
  NON_STRING_KEY: 'a key is not text',
  RESOURCE_EXHAUSTION: 'it is nested too deeply',
  TAB_AS_INDENT: 'a tab is used for indentation: YAML wants blanks',
  TAG_RESOLVE_FAILED: 'a tag (!…) is not one that is known here',
  UNEXPECTED_TOKEN: 'something stands where it is not expected',
};

/**
 * Reads all documents of a text. What Kubernetes' tools read in another way, or not at all, is a problem: a key that stands
 * twice (the walkthrough's two `version:` lines), unknown tags, anchors that multiply without end. Never throws.
 */
export function parseYaml(file: string, text: string): ParsedYaml {
  const lines = new LineCounter();
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const problem = (offset: number, message: string): FileProblem => ({
    place: placeAt(offset),
    field: '',
    message,
  });
  const problems: FileProblem[] = [];
  const documents: ConfigDocument[] = [];
  try {
    for (const document of readAll(text, lines)) {
      const mistakes = [...document.errors, ...document.warnings].map(({ pos, code }): Mistake => [
        pos[0],
        MESSAGES[code],
      ]);
      // What follows from the first mistake would only hide it.
      const [mistake] = [...mistakes, ...findMistakes(document)];
      if (mistake !== undefined) problems.push(problem(...mistake));
      else documents.push(...readDocument(document, placeAt, problems));
    }
  } catch {
    problems.push(problem(0, MESSAGES.IMPOSSIBLE));
  }
  return { documents, problems };
}

function readAll(text: string, lineCounter: LineCounter): readonly Document[] {
  const parsed = parseAllDocuments(text, {
    lineCounter,
    prettyErrors: false,
    stringKeys: true,
    logLevel: 'silent',
    // The library compares each key with each other one: a minute for a file of a megabyte. See `findMistakes`.
    uniqueKeys: false,
  });
  // An empty stream is an array with a property of its own.
  return [...parsed];
}

function readDocument(
  document: Document,
  placeAt: (offset: number) => Place,
  problems: FileProblem[],
): readonly ConfigDocument[] {
  const start = document.contents?.range?.[0] ?? document.range?.[0] ?? 0;
  try {
    const value: unknown = document.toJS();
    if (value === null || value === undefined) return [];
    return [{ value, placeOf: (path) => placeAt(offsetOf(document.contents, path) ?? start) }];
  } catch {
    // Aliases that refer to aliases: a few lines that would be gigabytes.
    problems.push({ place: placeAt(start), field: '', message: TOO_MANY_ALIASES });
    return [];
  }
}

const ALIASES = 500;
const TOO_MANY_ALIASES = 'its aliases multiply too often';

type Mistake = readonly [offset: number, message: string];

/** What the library tells late or slowly: keys that stand twice, and aliases to nothing. */
function findMistakes(document: Document): readonly Mistake[] {
  const found: Mistake[] = [];
  const anchors = new Set<string>();
  let aliases = 0;
  const add = (message: string, node: Node): void => {
    found.push([node.range?.[0] ?? 0, message]);
  };
  const note = (_: unknown, { anchor }: { readonly anchor?: string }): void => {
    if (anchor !== undefined) anchors.add(anchor);
  };
  visit(document, {
    Scalar: note,
    Seq: note,
    Alias: (_, node) => {
      aliases += 1;
      if (!anchors.has(node.source)) add(MESSAGES.BAD_ALIAS, node);
      else if (aliases > ALIASES) add(TOO_MANY_ALIASES, node);
    },
    Map: (at, node) => {
      note(at, node);
      const names = new Set<unknown>();
      for (const { key } of node.items) {
        if (!isScalar(key)) continue;
        if (names.has(key.value)) add(MESSAGES.DUPLICATE_KEY, key);
        names.add(key.value);
      }
    },
  });
  return found;
}

/** Of the key of the last part of the path that is there, or of the item in a list. */
function offsetOf(root: Node | null, path: FieldPath): number | undefined {
  let node: unknown = root;
  let offset: number | undefined;
  for (const part of path) {
    if (isAlias(node)) return offset;
    if (isSeq(node) && typeof part === 'number') {
      node = node.items[part];
      offset = rangeStart(node) ?? offset;
    } else if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && key.value === String(part));
      if (!isPair(pair)) return offset;
      offset = rangeStart(pair.key) ?? offset;
      node = pair.value;
    } else return offset;
  }
  return offset;
}

function rangeStart(node: unknown): number | undefined {
  return (node as Node | null | undefined)?.range?.[0];
}
