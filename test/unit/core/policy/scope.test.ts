import { describe, expect, it } from '@jest/globals';
import {
  coveringScope,
  findScopeProblem,
  isScope,
  matchesScope,
} from '../../../../core/policy/scope.ts';
import { DIGEST, OTHER_DIGEST } from '../../../support/signatures.ts';

const APP = 'contoso.azurecr.io/team/app';

describe('a scope is written as Ratify writes it', () => {
  it.each([
    '*',
    APP,
    `${APP}*`,
    `${APP}/*`,
    `${APP}@${DIGEST}`,
    'localhost:5000/x',
    'a',
    '-',
    '/*',
  ])('%s', (scope) => {
    expect(isScope(scope)).toBe(true);
  });

  it.each(['', 'a_b', 'A', 'a b', 'a\n', 'a*\n', 'é'])('and not %j', (scope) => {
    expect(isScope(scope)).toBe(false);
  });

  it.each(['**', '*a', 'a*b', 'a**', 'a/*/b', 'a?', '[a]', '{a,b}'])(
    'and not %j, which other tools read in other ways (B-13)',
    (scope) => {
      expect(isScope(scope)).toBe(false);
      expect(findScopeProblem([[scope]])).toContain('is malformed');
    },
  );
});

describe('a scope covers an image', () => {
  it.each([
    ['every image', '*', true],
    ['its repository', APP, true],
    ['its digest reference', `${APP}@${DIGEST}`, true],
    ['its registry', 'contoso.azurecr.io/*', true],
    ['a prefix inside a name, as in Ratify', 'contoso.azurecr.io/te*', true],
    ['its repository as a prefix', `${APP}*`, true],
    ['a prefix that reaches into the digest', `${APP}@sha256:a*`, true],
    ['another digest', `${APP}@${OTHER_DIGEST}`, false],
    ['a prefix of its repository without a star', 'contoso.azurecr.io/team', false],
    ['a longer repository', `${APP}2`, false],
    ['what lies below its repository', `${APP}/*`, false],
    ['its repository by tag', `${APP}:v1`, false],
    ['the end of its name', 'azurecr.io/team/app', false],
    ['a host that its host begins with', 'contoso.azurecr.io.evil.example/*', false],
    ['a host that ends in its host', 'x.contoso.azurecr.io/*', false],
    ['nothing', '', false],
  ])('%s: %s', (_, scope, expected) => {
    expect(matchesScope(scope, APP, DIGEST)).toBe(expected);
  });

  it('and not one whose host merely begins like the wanted one, given the slash (B-12)', () => {
    expect(
      matchesScope('contoso.azurecr.io/*', 'contoso.azurecr.io.evil.example/team/app', DIGEST),
    ).toBe(false);
    expect(
      matchesScope('contoso.azurecr.io/team/*', 'contoso.azurecr.io/team-evil/app', DIGEST),
    ).toBe(false);
  });
});

describe('a malformed scope is widened to all that it may have been meant for', () => {
  it.each([
    ['a good one as it is', APP, APP],
    ['a good prefix as it is', `${APP}/*`, `${APP}/*`],
    ['upper case', 'Contoso.azurecr.io/App', 'contoso.azurecr.io/app*'],
    ['a star inside', 'contoso.azurecr.io/*/app', 'contoso.azurecr.io/*'],
    ['a star first', '*.azurecr.io/app', '*'],
    ['two stars', 'contoso.azurecr.io/**', 'contoso.azurecr.io/*'],
    ['a question mark', 'contoso.azurecr.io/app?', 'contoso.azurecr.io/app*'],
    ['a bracket', 'contoso.azurecr.io/[ab]pp', 'contoso.azurecr.io/*'],
    ['an alternative', 'contoso.azurecr.io/{a,b}', '*'],
    ['a regular expression', String.raw`contoso\.azurecr\.io/app`, 'contoso*'],
    ['a placeholder', '${REGISTRY}/app', '*'],
    ['several in one text', 'contoso.azurecr.io/app, fabrikam.azurecr.io/app', '*'],
    ['several lines', 'contoso.azurecr.io/app\nfabrikam.azurecr.io/app', '*'],
    ['several with a semicolon', 'contoso.azurecr.io/app;fabrikam.azurecr.io/app', '*'],
    ['an underscore', 'contoso.azurecr.io/my_app', 'contoso.azurecr.io/my_app*'],
    ['blanks around', ` ${APP} `, `${APP}*`],
    ['nothing', '', '*'],
    ['a blank', ' ', '*'],
  ])('%s', (_, scope, covering) => {
    expect(coveringScope(scope)).toBe(covering);
  });
});

describe('the scopes of one verifier or key set are refused', () => {
  it.each<[string, string[][], string | undefined]>([
    [
      'not where they do not overlap',
      [
        ['a/*', 'b/*'],
        ['c', 'c/d'],
      ],
      undefined,
    ],
    ['not where there are none at all', [], undefined],
    ['not where the fallback stands alone', [['*'], ['a/*']], undefined],
    ['not where names only begin alike', [['a/x', 'a/xy']], undefined],
    ['where a policy has no scopes (B-60)', [['a'], []], 'a policy has no scopes'],
    ['where one is malformed (B-67)', [['a', 'B']], 'the scope "B" is malformed'],
    ['where "*" has company', [['*', 'a/*']], 'the scope "*" must stand alone in its policy'],
    [
      'where "*" has itself for company',
      [['*', '*']],
      'the scope "*" must stand alone in its policy',
    ],
    ['where two are the same', [['a', 'a']], 'the scopes "a" and "a" overlap'],
    ['where two fallbacks compete', [['*'], ['*']], 'the scopes "*" and "*" overlap'],
    ['where one covers another', [['a/*', 'a/b']], 'the scopes "a/*" and "a/b" overlap'],
    ['where one is covered by a later one', [['a/b', 'a/*']], 'the scopes "a/b" and "a/*" overlap'],
    ['where one prefix covers another', [['a/*', 'a/b*']], 'the scopes "a/*" and "a/b*" overlap'],
    ['where prefixes are the same', [['a/*'], ['a/*']], 'the scopes "a/*" and "a/*" overlap'],
    ['where policies overlap', [['a/b'], ['x', 'a/*']], 'the scopes "a/b" and "a/*" overlap'],
    [
      'where a prefix covers itself without a star',
      [['a*', 'a']],
      'the scopes "a*" and "a" overlap',
    ],
  ])('%s', (_, lists, problem) => {
    expect(findScopeProblem(lists)).toBe(problem);
  });
});
