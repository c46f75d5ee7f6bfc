import type { KeyRevocation, KeySet } from '../../core/keys/key-set.ts';
import type { RatifyVerifier } from '../../core/policy/ratify-verifier.ts';
import type { Kmp, ParseResult } from '../../platform/kube/schemas.ts';
import { makeSafeText } from '../../platform/observe/safe-text.ts';
import type { FileProblem, Place } from './file-problem.ts';
import type { ConfigDocument, FieldPath } from './yaml-documents.ts';

/** Something in a document, and how to find its fields there again. */
export interface Placed<T> {
  readonly value: T;
  readonly document: ConfigDocument;
  /** Path of the file, as given: key files that it names are relative to its folder. */
  readonly folderOf: string;
  /** Of the object in its document: empty, or `items[3]` of a list. */
  readonly path: FieldPath;
}

export interface PlacedVerifier extends Placed<RatifyVerifier> {
  /** Path of what is `spec.parameters` in a cluster. */
  readonly parametersAt: FieldPath;
}

/** What all files together say. */
export interface ConfigObjects {
  readonly verifiers: readonly PlacedVerifier[];
  readonly providers: readonly Placed<Kmp>[];
  readonly keySets: readonly Placed<KeySet>[];
  readonly revocations: readonly Placed<KeyRevocation>[];
  /** What was found and is not judged by: said, so that nobody believes that it was. */
  readonly notes: readonly { readonly place: Place; readonly message: string }[];
}

/** Gathers objects, and every problem on the way. */
export interface ConfigCollector {
  readonly objects: { readonly [Name in keyof ConfigObjects]: ConfigObjects[Name][number][] };
  readonly problems: FileProblem[];
}

export function createCollector(): ConfigCollector {
  return {
    objects: { verifiers: [], providers: [], keySets: [], revocations: [], notes: [] },
    problems: [],
  };
}

export function placeOfField({ document, path }: Placed<unknown>, field: FieldPath = []): Place {
  return document.placeOf([...path, ...field]);
}

export function addNote(
  { objects }: ConfigCollector,
  placed: Placed<unknown>,
  message: string,
  field: FieldPath = [],
): void {
  objects.notes.push({ place: placeOfField(placed, field), message });
}

export function addProblem(
  { problems }: ConfigCollector,
  placed: Placed<unknown>,
  field: FieldPath,
  message: string,
): void {
  problems.push({
    place: placeOfField(placed, field),
    field: formatField(field),
    message: makeSafeText(message, 400),
  });
}

/** A parser's result, or its problems with their places; `rename` maps the parser's field to the file's. */
export function accept<T>(
  collector: ConfigCollector,
  placed: Placed<unknown>,
  result: ParseResult<T>,
  rename: (field: FieldPath) => FieldPath = (field) => field,
): T | undefined {
  if (result.ok) return result.value;
  for (const problem of result.problems) {
    const { field, message } = splitProblem(problem);
    addProblem(collector, placed, rename(field), inPlainWords(message));
  }
  return undefined;
}

const WITH_FIELD = /^([\w$/-]+(?:\.[\w$/-]+|\[\d+\])*): ([\s\S]+)$/u;
const FIELD_FIRST = /^((?:metadata|spec)(?:\.\w+|\[\d+\])+) ([\s\S]+)$/u;

/** The schemas of `platform/kube` name the field in front of what is wrong with it. */
function splitProblem(problem: string): { field: FieldPath; message: string } {
  const match = WITH_FIELD.exec(problem) ?? FIELD_FIRST.exec(problem);
  if (match === null) return { field: [], message: problem };
  return { field: parseField(match[1] ?? ''), message: match[2] ?? '' };
}

const WRONG_TYPE = /^Invalid input: expected (\w+), received (\w+)$/u;

function inPlainWords(message: string): string {
  const [, wanted, found] = WRONG_TYPE.exec(message) ?? [];
  if (wanted === undefined) return message;
  if (found === 'undefined') return 'is missing';
  // A version of digits is a number to YAML, and loses some of them.
  const hint = wanted === 'string' && found === 'number' ? ': put it in quotes' : '';
  return `must be ${wanted === 'string' ? 'text' : wanted}, and is ${found}${hint}`;
}

function parseField(text: string): FieldPath {
  return [...text.matchAll(/\[(\d+)\]|[^.[\]]+/gu)].map(([part, index]) =>
    index === undefined ? part : Number(index),
  );
}

/** `spec.parameters.keys[0].version` */
export function formatField(field: FieldPath): string {
  return field
    .map((part, index) =>
      typeof part === 'number' ? `[${part}]` : index === 0 ? part : `.${part}`,
    )
    .join('');
}
