// Reads test/catalogue.md: one row an id, with the test that has the id in its title and the check without which that test fails.
import { readFileSync } from 'node:fs';

const ID = '(?:A\\d{1,3}|P\\d{1,2}|[BK]-\\d{2})';
/** `(A38)` or `(A29, CVE-2025-27403)`, as titles carry it, or `ids: 'A38'` as tables do. */
const TITLE = new RegExp(`\\((${ID}(?:, [^()]*)?)\\)|\\bids: '(${ID}[^']*)'`, 'gu');
const COMMENT = /^\s*(?:\/\/|\/?\*)/u;

/** All ids there are: attacks, cases that must pass, bypasses of other systems, and keyward's own. */
export const IDS = [
  ...range('A', 154, 0),
  ...range('P', 13, 0),
  ...range('B-', 74, 2),
  ...range('K-', 22, 2),
];

/** Words in place of a test: what part of keyward an id belongs to that is not there yet, or why it has no meaning here. */
export const NO_TEST = /^(?:later: (?:admission|worker|install)|not applicable: .+)$/u;

function range(prefix, last, digits) {
  return Array.from({ length: last }, (_, index) => prefix + `${index + 1}`.padStart(digits, '0'));
}

/** The rows in their order; `file` and `fragment` are undefined where there is no test. */
export function readCatalogue(path) {
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => new RegExp(`^\\| ${ID} `, 'u').test(line))
    .map((line) => {
      const [id, what, test, check] = cellsOf(line);
      const [, file, fragment] = /^`([^`]+)`: `([^`]+)`$/u.exec(check) ?? [];
      return { id, what, test: test.replaceAll('`', ''), check, file, fragment };
    });
}

function cellsOf(line) {
  return line
    .split(/(?<!\\)\|/u)
    .slice(1, -1)
    .map((cell) => cell.trim().replaceAll('\\|', '|'));
}

/** The ids of each title of a test file, title by title. */
export function idsOfTitles(text) {
  return text
    .split('\n')
    .filter((line) => !COMMENT.test(line))
    .flatMap((line) => [...line.matchAll(TITLE)])
    .map(
      ([, inside, listed]) =>
        (inside ?? listed).match(new RegExp(`(?<![\\w-])${ID}(?![\\w-])`, 'gu')) ?? [],
    );
}
