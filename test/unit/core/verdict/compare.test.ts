import { expect, it } from '@jest/globals';
import { compare } from '../../../../core/verdict/compare.ts';

it.each([
  ['a', 'b', -1],
  ['b', 'a', 1],
  ['a', 'a', 0],
  ['Z', 'a', -1],
  ['ä', 'z', 1],
  [1, 2, -1],
  [2, 1, 1],
  [3, 3, 0],
  [-Infinity, 0, -1],
  [Infinity, Infinity, 0],
  [-Infinity, -Infinity, 0],
] as const)('%p against %p is %p, in any locale', (a, b, expected) => {
  expect(compare<string | number>(a, b)).toBe(expected);
});
