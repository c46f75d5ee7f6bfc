/** Patterns in a Docker config: matched as the kubelet does, and in no time, whoever wrote them. */
import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseDockerConfig } from '../../platform/registry/credentials/docker-config.ts';
import { runs } from '../support/property.ts';

const find = (pattern: string, host: string) =>
  parseDockerConfig(JSON.stringify({ auths: { [pattern]: { auth: 'YTpi' } } })).find(host)?.kind;

it('a pattern is for a host exactly where each star stands for a part of one label', () => {
  const text = (unit: readonly string[]) =>
    fc
      .array(fc.constantFrom(...unit), { minLength: 1, maxLength: 8 })
      .map((parts) => parts.join(''));
  const met = { unusable: 0, none: 0 };
  fc.assert(
    fc.property(text(['a', 'b', '.', '*', '*']), text(['a', 'b', 'ab', '.']), (pattern, host) => {
      fc.pre(pattern.includes('*') && !/^v[12]$/u.test(pattern));
      const parts = pattern.split('*').map((part) => part.replaceAll('.', String.raw`\.`));
      const isFor = new RegExp(`^${parts.join('[^.]*')}$`, 'u').test(host);
      met[isFor ? 'unusable' : 'none'] += 1;
      expect(find(pattern, host)).toBe(isFor ? 'unusable' : undefined);
    }),
    runs(3000),
  );
  expect(Math.min(met.unusable, met.none)).toBeGreaterThan(100);
});

it.each([
  ['stars without end', '*a'.repeat(500), `${'a'.repeat(60)}.example.com`],
  ['a sign that means something in a regular expression', '*!(_)[$', 'contoso.azurecr.io'],
])('a pattern of %s is answered', (_, pattern, host) => {
  expect(find(pattern, host)).toBeUndefined();
});
