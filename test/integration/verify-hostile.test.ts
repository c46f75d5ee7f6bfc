import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { DENY_CODES, UNAVAILABLE_CODES } from '../../core/verdict/reasons.ts';
import { OTHER_DIGEST } from '../support/signatures.ts';
import { signerOf } from '../support/signing.ts';
import { startHostileRegistry } from './verify-hostile-registry.ts';
import { startVerifyWorld, type VerifyWorld } from './verify-setup.ts';

jest.setTimeout(120_000);

let world: VerifyWorld;
let key: string;
beforeAll(async () => {
  world = await startVerifyWorld();
  key = await world.write('cosign.pub', signerOf().pem);
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

const CODES: readonly string[] = [...DENY_CODES, ...UNAVAILABLE_CODES];
// oxlint-disable-next-line no-control-regex -- what no terminal may be sent
const UNSAFE = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;
/** The words of a fault in a program, or of the parser of a library. */
const EXCEPTION =
  /\b(?:Type|Range|Syntax|Reference)Error\b|Cannot read|is not (?:a function|iterable)|Unexpected (?:token|end)|undefined|\[object|^ {4}at /mu;

describe('a registry that answers anything', () => {
  it.each([1, 2, 3, 4, 5, 6])(
    'is never believed, and each image has a reason: seed %i',
    async (seed) => {
      await using registry = await startHostileRegistry(seed);
      // By digest the answers are about signatures; by tag they say first what the image is.
      const images = Array.from({ length: 50 }, (_, index) =>
        index % 4 === 0
          ? `${registry.host}/team/app-${index}:v1`
          : `${registry.host}/team/app-${index}@${OTHER_DIGEST}`,
      );
      const args = ['--plain-http', '--key', key, ...images];
      const { code, reports, stdout, stderr } = await world.verify(args);
      expect([1, 3]).toContain(code);
      expect(stderr).toBe('');
      expect(stdout).not.toMatch(UNSAFE);
      expect(reports.map(({ image }) => image)).toEqual(images);
      for (const { verdict, reason, message, remedy, vouchedBy, candidates } of reports) {
        expect(verdict).not.toBe('allow');
        expect(vouchedBy).toBeNull();
        expect(CODES).toContain(reason);
        expect(reason).not.toBe('INTERNAL_ERROR');
        expect(`${message}\n${remedy}`).not.toMatch(EXCEPTION);
        for (const candidate of candidates) expect(candidate.countsFor).toEqual([]);
      }
      const asked = registry.answers();
      const text = await world.run(['verify', ...args]);
      expect([1, 3]).toContain(text.code);
      expect(text.stderr).toBe('');
      expect(text.stdout).not.toMatch(UNSAFE);
      expect(text.stdout).not.toMatch(EXCEPTION);
      expect(text.stdout).not.toMatch(/^ALLOW/mu);
      expect(asked).toBeGreaterThan(80);
      // The search got somewhere: not all fell at the first question.
      const met = reports.flatMap((report) => report.candidates.map(({ code: why }) => why));
      expect(new Set(met).size).toBeGreaterThan(8);
    },
  );
});
