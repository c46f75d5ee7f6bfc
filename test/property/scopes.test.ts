import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { coveringScope, findScopeProblem, isScope, matchesScope } from '../../core/policy/scope.ts';
import { runs } from '../support/property.ts';

const HEX = 'a1'.repeat(32);
const part = fc.constantFrom('a', 'b', 'ab', 'a.b', 'a-b');
const repository = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
const digest = fc.constantFrom(`sha256:${HEX}`, `sha256:${'b2'.repeat(32)}`);
const scope = fc.oneof(
  repository,
  fc.tuple(repository, fc.constantFrom('*', '/*')).map(([path, end]) => `${path}${end}`),
  fc.tuple(repository, digest).map(([path, digest]) => `${path}@${digest}`),
  fc.constant('*'),
);

/** Overlap by its meaning: some image lies in both. The fallback `*` competes with nothing but another. */
function share(a: string, b: string): boolean {
  if (a === '*' || b === '*') return a === b;
  const [prefixOfA, prefixOfB] = [a.replace('*', ''), b.replace('*', '')];
  if (a.endsWith('*') && b.endsWith('*'))
    return prefixOfA.startsWith(prefixOfB) || prefixOfB.startsWith(prefixOfA);
  if (a.endsWith('*')) return b.startsWith(prefixOfA);
  return b.endsWith('*') ? a.startsWith(prefixOfB) : a === b;
}

it('two scopes overlap exactly where they share an image, whichever comes first', () => {
  let overlaps = 0;
  fc.assert(
    fc.property(scope, scope, (a, b) => {
      const problems = [findScopeProblem([[a], [b]]), findScopeProblem([[b], [a]])];
      const expected = share(a, b);
      if (expected) overlaps += 1;
      for (const problem of problems) expect(problem?.endsWith('overlap') ?? false).toBe(expected);
    }),
    runs(2000),
  );
  expect(overlaps).toBeGreaterThan(100);
});

it('a set of scopes has a problem or none, whatever the order of scopes and policies', () => {
  fc.assert(
    fc.property(fc.array(fc.array(scope, { maxLength: 3 }), { maxLength: 4 }), (lists) => {
      const hasProblem = findScopeProblem(lists) !== undefined;
      expect(findScopeProblem(lists.toReversed()) !== undefined).toBe(hasProblem);
      expect(findScopeProblem(lists.map((scopes) => scopes.toReversed())) !== undefined).toBe(
        hasProblem,
      );
    }),
    runs(1000),
  );
});

it('an exact scope covers one repository or one digest, a prefix covers what begins with it', () => {
  fc.assert(
    fc.property(scope, repository, digest, (scope, repository, digest) => {
      const reference = `${repository}@${digest}`;
      const expected = scope.endsWith('*')
        ? reference.startsWith(scope.slice(0, -1))
        : [repository, reference].includes(scope);
      expect(matchesScope(scope, repository, digest)).toBe(expected);
    }),
    runs(1000),
  );
});

it('a malformed scope is widened, never narrowed: it covers all that its good beginning covers', () => {
  const malformed = fc
    .tuple(
      fc.constantFrom('', ' ', '\t'),
      repository,
      fc.constantFrom('', 'A', '_', '*/x', '**', '?', ' ', 'é'),
    )
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(malformed, repository, digest, (scope, repository, digest) => {
      const covering = coveringScope(scope);
      if (isScope(scope)) return expect(covering).toBe(scope);
      const meant = scope.split('*')[0]?.trim().toLowerCase() ?? '';
      expect(covering.endsWith('*')).toBe(true);
      if (repository.startsWith(meant))
        expect(matchesScope(covering, repository, digest)).toBe(true);
    }),
    runs(1000),
  );
});

it('no text makes the scope functions throw', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string(), (scope, repository) => {
      expect(typeof isScope(scope)).toBe('boolean');
      expect(typeof coveringScope(scope)).toBe('string');
      expect(typeof matchesScope(scope, repository, `sha256:${HEX}`)).toBe('boolean');
      expect(findScopeProblem([[scope], [repository]]) ?? '').not.toContain('\n');
    }),
    runs(1000),
  );
});
