import { describe, expect, it } from '@jest/globals';
import { quote } from '../../../../core/verdict/quote.ts';

describe('text from outside is quoted so that it stays one line', () => {
  it.each([
    ['plain text', 'a b', '"a b"'],
    ['nothing', '', '""'],
    ['quotes and backslashes', String.raw`a"b\c`, String.raw`"a\"b\\c"`],
    ['line breaks', 'a\r\nb', String.raw`"a\r\nb"`],
    ['a NUL and a terminal escape', '\0\u001b[31m', String.raw`"\u0000\u001b[31m"`],
    ['DEL and C1 controls', 'a\u007f\u0085\u009fb', '"a???b"'],
    ['Unicode line separators', 'a\u2028\u2029b', '"a??b"'],
    ['marks that turn the direction of text', '\u202a\u202e\u2066\u2069', '"????"'],
    ['a lone surrogate', '\ud800', String.raw`"\ud800"`],
    ['letters beyond ASCII', 'é😀', '"é😀"'],
  ])('%s', (_, text, expected) => {
    expect(quote(text)).toBe(expected);
  });

  it('is cut where it is long, and says so', () => {
    expect(quote('a'.repeat(80))).toBe(`"${'a'.repeat(80)}"`);
    expect(quote('a'.repeat(81))).toBe(`"${'a'.repeat(80)}…"`);
    expect(quote('abcdef', 3)).toBe('"abc…"');
    expect(quote('abc', 3)).toBe('"abc"');
  });
});
