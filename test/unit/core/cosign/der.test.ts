import { describe, expect, it } from '@jest/globals';
import { parseIntegerPair } from '../../../../core/cosign/der.ts';

const hex = (text: string) => new Uint8Array(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const parse = (text: string) =>
  parseIntegerPair(hex(text))?.map((part) => Buffer.from(part).toString('hex'));

const long = 'aa'.repeat(127);

describe('two DER integers', () => {
  it.each([
    ['of one byte', '30 06 020101 020102', ['01', '02']],
    ['with a sign byte', '30 08 02020080 020200ff', ['80', 'ff']],
    ['of zero', '30 06 020100 020100', ['', '']],
    ['of several bytes', '30 09 0203010203 02020102', ['010203', '0102']],
    ['with a length of two bytes', `30 8186 02 8180 01${long} 020101`, [`01${long}`, '01']],
    [
      'with a length of three bytes',
      `30 820108 02 820101 01${'aa'.repeat(256)} 020101`,
      [`01${'aa'.repeat(256)}`, '01'],
    ],
  ])('%s are read', (_, der, parts) => {
    expect(parse(der)).toEqual(parts);
  });

  it.each([
    ['nothing', ''],
    ['a tag alone', '30'],
    ['an empty sequence', '3000'],
    ['one integer', '3003 020101'],
    ['three integers', '3009 020101 020102 020103'],
    ['bytes after the sequence', '3006 020101 020102 00'],
    ['bytes inside after the integers', '3007 020101 020102 00'],
    ['another outer tag', '3106 020101 020102'],
    ['another tag for the first integer', '3006 040101 020102'],
    ['another tag for the second integer', '3006 020101 030102'],
    ['a sequence longer than the bytes', '3007 020101 020102'],
    ['an integer longer than the sequence', '3006 020101 020202'],
    ['an empty first integer', '3005 0200 020101'],
    ['an empty second integer', '3005 020101 0200'],
    ['a negative first integer', '3006 020180 020101'],
    ['a negative second integer', '3006 020101 0201ff'],
    ['a needless sign byte', '3007 0202007f 020101'],
    ['two sign bytes', '3008 0203000080 020101'],
    ['zero in two bytes', '3007 02020000 020101'],
    ['a long form for a short length', '308106 020101 020102'],
    ['a long form for a short integer', '3007 02810101 020102'],
    ['three length bytes for a length below 256', `3082 0086 02 8180 01${long} 020101`],
    ['a length byte that only looks like 128', `3080 02 7b 01${'aa'.repeat(122)} 020101`],
    ['an indefinite length', '3080 020101 020102 0000'],
    ['four length bytes', '3083000006 020101 020102'],
    ['a reserved length byte', '30ff'],
    ['a length that ends after its first byte', '3081'],
    ['a length that ends after its second byte', '308201'],
  ])('are not found in %s (B-44)', (_, der) => {
    expect(parse(der)).toBeUndefined();
  });

  it('are read without recursion, however deep a hostile nesting goes (A21)', () => {
    expect(parse('3080'.repeat(30_000))).toBeUndefined();
    expect(parse('30'.repeat(60_000))).toBeUndefined();
  });
});
