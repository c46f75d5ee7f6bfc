import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  formatReference,
  formatRepository,
  parseImageReference,
} from '../../core/image/reference.ts';
import { runs } from '../support/property.ts';

const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,6}[a-z0-9])?$/u);
const host = fc.oneof(
  fc.constant('localhost'),
  fc.array(label, { minLength: 2, maxLength: 4 }).map((labels) => labels.join('.')),
);
const port = fc.oneof(
  fc.constant(''),
  fc
    .integer({ min: 1, max: 65_535 })
    .filter((number) => number !== 443)
    .map((number) => `:${number}`),
);
const component = fc.stringMatching(/^[a-z0-9]{1,4}((\.|_|__|-{1,3})[a-z0-9]{1,4}){0,2}$/u);
const repository = fc
  .array(component, { minLength: 1, maxLength: 4 })
  .map((parts) => parts.join('/'));
const tag = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}$/u);
const digest = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map((bytes) => `sha256:${Buffer.from(bytes).toString('hex')}`);
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

it('a reference in canonical spelling is read into its parts and written as it was', () => {
  fc.assert(
    fc.property(host, port, repository, optional(tag), optional(digest), (...parts) => {
      const [name, number, path, tagged, digested] = parts;
      const registry = `${name}${number}`;
      fc.pre(!['docker.io', 'index.docker.io'].includes(registry));
      const text = `${registry}/${path}${tagged === undefined ? '' : `:${tagged}`}${digested === undefined ? '' : `@${digested}`}`;
      const parsed = parseImageReference(text);
      const implied = tagged ?? (digested === undefined ? 'latest' : undefined);
      expect(parsed).toEqual({
        ok: true,
        ref: {
          registry,
          repository: path,
          ...(implied === undefined ? {} : { tag: implied }),
          ...(digested === undefined ? {} : { digest: digested }),
        },
      });
      const written = parsed.ok ? formatReference(parsed.ref) : '';
      expect(written).toBe(implied === tagged ? text : `${text}:latest`);
    }),
    runs(500),
  );
});

/** Texts made of what references are made of: many parse, most do not. */
const lookalike = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '/',
        ':',
        '@',
        '.',
        '..',
        '-',
        '_',
        '__',
        '[',
        ']',
        '::1',
        'A',
        'é',
        ' ',
        '\n',
        'docker.io',
        'index.docker.io',
        'library',
        'localhost',
        '443',
        '80',
        'sha256:',
        'sha512:',
        'a'.repeat(63),
        'b'.repeat(128),
      ),
      label,
      digest,
    ),
    { maxLength: 8 },
  )
  .map((parts) => parts.join(''));

it('what parses is written in one spelling that parses to the same', () => {
  let count = 0;
  fc.assert(
    fc.property(
      fc.oneof(
        lookalike,
        repository,
        repository.map((path) => `docker.io/${path}`),
      ),
      (text) => {
        const parsed = parseImageReference(text);
        if (!parsed.ok) return;
        count += 1;
        const canonical = formatReference(parsed.ref);
        expect(parseImageReference(canonical)).toEqual(parsed);
        expect(canonical).toBe(canonical.replace(/^index\.docker\.io/u, 'docker.io'));
        expect(formatRepository(parsed.ref)).toMatch(/^[a-z0-9.-]+(:\d+)?\/[a-z0-9._/-]+$/u);
      },
    ),
    runs(3000),
  );
  expect(count).toBeGreaterThan(500);
});

it('no text makes the parser throw, and a refusal is one short line', () => {
  fc.assert(
    fc.property(fc.oneof(lookalike, fc.string({ unit: 'binary', maxLength: 700 })), (text) => {
      const parsed = parseImageReference(text);
      if (parsed.ok) return;
      expect(parsed.detail).not.toContain('\n');
      expect(parsed.detail.length).toBeLessThan(700);
    }),
    runs(2000),
  );
});
