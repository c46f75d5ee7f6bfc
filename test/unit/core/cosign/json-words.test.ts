/** What is said of bytes that are not JSON as keyward reads it, word for word, and where. */
import { describe, expect, it } from '@jest/globals';
import { parseStrictJson } from '../../../../core/cosign/strict-json.ts';

const said = (text: string | Uint8Array, limit = 10_000): unknown => {
  const parsed = parseStrictJson(Buffer.from(text as string), limit);
  return parsed.ok ? parsed.value : `${parsed.code}: ${parsed.detail}`;
};
const nested = (depth: number) => `{"a":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`;

describe('it is said', () => {
  it.each<[string, string | Uint8Array]>([
    ['UTF8_INVALID: not UTF-8', Buffer.from([0x7b, 0xff, 0x7d])],
    ['UTF8_INVALID: starts with a byte order mark', '\ufeff{}'],
    ['UTF8_INVALID: contains a NUL', '{"a":"\0"}'],
    ['UTF8_INVALID: contains a NUL', String.raw`{"a":"\u0000"}`],
    ['UTF8_INVALID: contains a lone surrogate', String.raw`{"a":"\ud800"}`],
    ['JSON_DUPLICATE_KEY: the member "a" stands twice', String.raw`{"a":1,"\u0061":2}`],
    [
      `JSON_DUPLICATE_KEY: the member "${'a'.repeat(40)}…" stands twice`,
      `{"${'a'.repeat(41)}":1,"${'a'.repeat(41)}":2}`,
    ],
    ['LIMIT_DEPTH: nested deeper than 64 levels', nested(65)],
    ['JSON_MALFORMED: not JSON: the text ends where a value should be (position 0)', ''],
    ['JSON_MALFORMED: not JSON: the text ends where a value should be (position 5)', '{"a":'],
    ['JSON_MALFORMED: not JSON: text after the value (position 3)', '{} x'],
    ['JSON_MALFORMED: not JSON: the top level is not an object (position 2)', '[]'],
    ['JSON_MALFORMED: not JSON: a member name is missing (position 2)', '{ 1}'],
    ['JSON_MALFORMED: not JSON: a member name is missing (position 7)', '{"a":1,}'],
    ['JSON_MALFORMED: not JSON: a colon is missing (position 5)', '{"a" 1}'],
    ['JSON_MALFORMED: not JSON: an object does not end (position 6)', '{"a":1'],
    ['JSON_MALFORMED: not JSON: an array does not end (position 7)', '{"a":[1'],
    ['JSON_MALFORMED: not JSON: a value is missing (position 6)', '{"a":[,1]}'],
    ['JSON_MALFORMED: not JSON: a value is missing (position 8)', '{"a":[1,]}'],
    [
      'JSON_MALFORMED: not JSON: a string does not end or holds a control character (position 7)',
      '{"a":"x',
    ],
    [
      'JSON_MALFORMED: not JSON: a string does not end or holds a control character (position 7)',
      '{"a":"x\n"}',
    ],
    [
      'JSON_MALFORMED: not JSON: a string does not end or holds a control character (position 6)',
      '{"a":"\u001f"}',
    ],
    ['JSON_MALFORMED: not JSON: an unknown escape (position 8)', String.raw`{"a":"\x"}`],
    ['JSON_MALFORMED: not JSON: an unknown escape (position 8)', '{"a":"\\'],
    ['JSON_MALFORMED: not JSON: an unfinished escape (position 8)', String.raw`{"a":"\u12"}`],
    ['JSON_MALFORMED: not JSON: an unfinished escape (position 8)', String.raw`{"a":"\u12g4"}`],
    ['JSON_MALFORMED: not JSON: an unfinished escape (position 8)', String.raw`{"a":"\u12`],
    ['JSON_MALFORMED: not JSON: an unknown word (position 5)', '{"a":tru}'],
    ['JSON_MALFORMED: not JSON: an unknown word (position 5)', '{"a":fals}'],
    ['JSON_MALFORMED: not JSON: an unknown word (position 5)', '{"a":nul}'],
    ['JSON_MALFORMED: not JSON: an object does not end (position 6)', '{"a":01}'],
    ['JSON_MALFORMED: not JSON: an object does not end (position 6)', '{"a":1.}'],
    ['JSON_MALFORMED: not JSON: a value is missing (position 5)', '{"a":+1}'],
    ['JSON_MALFORMED: not JSON: a value is missing (position 5)', '{"a":-}'],
    ['JSON_MALFORMED: not JSON: an object does not end (position 6)', '{"a":1e}'],
  ])('%s', (expected, text) => {
    expect(said(text)).toBe(expected);
  });

  it('that there are too many bytes, from the first one beyond the limit on', () => {
    expect(said('{"a":1}', 7)).toEqual(new Map([['a', 1]]));
    expect(said('{"a":1}', 6)).toBe('LIMIT_BYTES: longer than 6 bytes');
  });

  it('what there is, in 64 levels and in as many lists side by side as there are', () => {
    expect(said(nested(64))).toBeInstanceOf(Map);
    expect(said(`{"a":[${'[[]],'.repeat(99)}{"b":{}}]}`)).toBeInstanceOf(Map);
  });
});

it.each<[string, unknown]>([
  [
    ' \t\n\r{ "a" : [ 1 , 2 ] , "b" : { } , "c" : [ ] } \r\n',
    new Map<string, unknown>([
      ['a', [1, 2]],
      ['b', new Map()],
      ['c', []],
    ]),
  ],
  [
    '{"a":true,"b":false,"c":null}',
    new Map<string, unknown>([
      ['a', true],
      ['b', false],
      ['c', null],
    ]),
  ],
  [
    '{"a":-12.50e+2,"z":1e12,"b":0,"c":-0.5E-1,"d":10e3}',
    new Map([
      ['a', -1250],
      ['z', 1e12],
      ['b', 0],
      ['c', -0.05],
      ['d', 10_000],
    ]),
  ],
  [
    String.raw`{"\"\\\/\b\f\n\r\t":"\u00E9\uD83D\uDE00\u001f"}`,
    new Map([['"\\/\b\f\n\r\t', 'é\u{1F600}\u001f']]),
  ],
  [
    '{"":{"__proto__":1,"constructor":2}}',
    new Map([
      [
        '',
        new Map([
          ['__proto__', 1],
          ['constructor', 2],
        ]),
      ],
    ]),
  ],
])('%s is read as it is written', (text, expected) => {
  expect(said(text)).toEqual(expected);
});
