import { quote } from '../../core/verdict/quote.ts';
import type { CandidateReport, TriedKey } from './describe-candidates.ts';
import type { ImageReport } from './image-report.ts';

/** For people: one line what, one line why, one line what to do, then the signatures that were found. */
export function showReport(report: ImageReport): string {
  const { verdict, reason, remedy, warnings, candidates, digest } = report;
  const image = showImage(report);
  const message = sayIt(oneLine(report.message), image);
  const lines = [
    `${verdict.toUpperCase()}  ${image}`,
    `  Why: ${reason === null ? '' : `${reason}: `}${message}`,
    ...warnings.map((warning) => `  Warning: ${oneLine(warning)}`),
    ...(remedy === null ? [] : [`  To do: ${oneLine(remedy)}`]),
    ...(digest === null ? [] : showCandidates(candidates)),
  ];
  return `${lines.join('\n')}\n`;
}

/** The image stands in the line above already. Only where it stands alone: a short name may be part of a longer one. */
function sayIt(message: string, image: string): string {
  for (const spelling of [`"${image}"`, image]) {
    const at = ` ${message}`.indexOf(` ${spelling}`);
    const after = message[at + spelling.length] ?? ' ';
    if (at !== -1 && ' ,;'.includes(after))
      return `${message.slice(0, at)}it${message.slice(at + spelling.length)}`;
  }
  return message;
}

export function showImage({ image, digest }: Pick<ImageReport, 'image' | 'digest'>): string {
  const shown = oneLine(image);
  return digest === null || shown.includes(digest) ? shown : `${shown}@${digest}`;
}

export function showCandidates(candidates: readonly CandidateReport[]): readonly string[] {
  const found = candidates.filter(({ kind }) => kind !== 'unavailable');
  const unread = candidates.filter(({ kind }) => kind === 'unavailable');
  return [
    `  Signatures found: ${found.length === 0 ? 'none' : found.length}`,
    ...found.flatMap((candidate, index) => showCandidate(candidate, index + 1)),
    ...unread.map(
      ({ store, code, detail }) =>
        `  Could not be read: ${STORES[store]}: ${code}: ${oneLine(detail ?? '')}`,
    ),
  ];
}

function showCandidate(candidate: CandidateReport, number: number): readonly string[] {
  const { store, format, manifestDigest, claims, countsFor, code, detail } = candidate;
  const what = [format ?? 'signature', `in ${STORES[store]}`, manifestDigest ?? ''];
  const outcome =
    countsFor.length > 0
      ? `counts for ${countsFor.map(oneLine).join(', ')}`
      : `does not count: ${code}: ${oneLine(detail ?? '')}`;
  return [
    `    ${number}. ${what.filter((part) => part !== '').join(' ')}`,
    `       ${outcome}`,
    ...(claims === null ? [] : [`       ${showClaims(candidate, claims)}`]),
    ...showTrials(candidate).map((line) => `       ${line}`),
  ];
}

const STORES: Readonly<Record<CandidateReport['store'], string>> = {
  'signature-tag': 'the signature tag',
  referrers: 'the referrers',
  'fallback-tag': 'the referrers tag',
};

function showClaims(
  { signedBy }: CandidateReport,
  { digest, reference, annotations }: NonNullable<CandidateReport['claims']>,
): string {
  const says = signedBy === null ? 'claims, by nobody known' : 'claims';
  const pairs = Object.entries(annotations).map(
    ([name, value]) => `${quote(name)}=${quote(value)}`,
  );
  return [
    `${says}: ${digest}`,
    ...(reference === null ? [] : [`as ${quote(reference, 200)}`]),
    ...(pairs.length === 0 ? [] : [`with ${shorten(pairs)}`]),
  ].join(' ');
}

function showTrials({ keysTried }: CandidateReport): readonly string[] {
  const makers = keysTried.filter(({ made }) => made === true);
  const others = keysTried.filter(({ made }) => made !== true);
  const made = makers.map((key) => {
    // Its reason stands in the line of the outcome.
    const standing = key.trusted ? 'trusted' : String(key.code);
    return `made by ${showTriedKey(key)} (${standing})`;
  });
  const untried = others.filter((key) => key.made === null).length;
  const not = others
    .filter(({ made, otherHash }) => made === false && otherHash === null)
    .map(showTriedKey);
  return [
    ...made,
    ...(not.length === 0 ? [] : [`not made by ${shorten(not)}`]),
    ...(untried === 0 ? [] : [`not tried: ${untried} more keys`]),
  ];
}

function showTriedKey({ name, version, from, fingerprint }: TriedKey): string {
  const id = version === undefined ? fingerprint.slice(0, 19) : `${name}/${version}`;
  // A key in a file has no other name than the file.
  return name === from ? `${oneLine(from)} (${id})` : `${oneLine(id)} of ${oneLine(from)}`;
}

const SHOWN = 8;

function shorten(items: readonly string[]): string {
  const more = items.length > SHOWN ? ` and ${items.length - SHOWN} more` : '';
  return `${items.slice(0, SHOWN).join(', ')}${more}`;
}

/** Text from outside: it cannot start a line or colour a terminal. */
export function oneLine(text: string): string {
  return quote(text, 600)
    .slice(1, -1)
    .replaceAll(String.raw`\"`, '"')
    .replaceAll(String.raw`\\`, '\\');
}
