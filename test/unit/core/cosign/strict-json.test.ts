import { describe, expect, it } from '@jest/globals';
import { parseStrictJson } from '../../../../core/cosign/strict-json.ts';
import { bytesOf } from '../../../support/signatures.ts';

const parse = (text: string | Uint8Array, maximumBytes = 1_000_000) =>
  parseStrictJson(bytesOf(text), maximumBytes);

function valueOf(text: string) {
  const parsed = parse(text);
  if (!parsed.ok) throw new Error(`refused: ${parsed.detail}`);
  return parsed.value;
}

const nest = (levels: number) => `{"a":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`;

describe('strict JSON reads', () => {
  it.each([
    ['{}', {}],
    [' \t\r\n{ } \n', {}],
    ['{"a":null,"b":true,"c":false}', { a: null, b: true, c: false }],
    ['{"a" : [ 1 , "x" , [ ] , { } ] }', { a: [1, 'x', [], {}] }],
    [
      '{"a":0,"b":-1,"c":1.5,"d":1e3,"e":2E-2,"f":10}',
      { a: 0, b: -1, c: 1.5, d: 1e3, e: 0.02, f: 10 },
    ],
    ['{"":{"":""}}', { '': { '': '' } }],
    [String.raw`{"a":"\"\\\/\b\f\n\r\t"}`, { a: '"\\/\b\f\n\r\t' }],
    [String.raw`{"a":"\u003c\u00E9\ud83d\ude00"}`, { a: '<é😀' }],
    ['{"a":"é😀\u2028\ufeff\u007f"}', { a: 'é😀\u2028\ufeff\u007f' }],
  ])('%s', (text, expected) => {
    expect(toPlain(valueOf(text))).toEqual(expected);
  });

  it('a document of exactly the allowed length', () => {
    expect(parse('{"a":1}', 7)).toMatchObject({ ok: true });
  });

  it('64 levels of nesting', () => {
    expect(parse(nest(64))).toMatchObject({ ok: true });
  });

  it('many siblings, which are no nesting', () => {
    expect(parse(`{"a":[${'[],{},'.repeat(200)}0]}`)).toMatchObject({ ok: true });
  });
});

describe('strict JSON refuses', () => {
  it.each([
    ['nothing', ''],
    ['only white space', ' \n '],
    ['a word', 'null'],
    ['an array', '[]'],
    ['a string', '"a"'],
    ['a number', '1'],
    ['two values', '{} {}'],
    ['text after the value', '{}x'],
    ['an object that does not end', '{"a":1'],
    ['an object that ends in a comma', '{"a":1,}'],
    ['a comma first', '{,"a":1}'],
    ['a member without a name', '{:1}'],
    ['a name without quotes', '{a:1}'],
    ['a name in single quotes', "{'a':1}"],
    ['a member without a colon', '{"a" 1}'],
    ['a member without a value', '{"a":}'],
    ['a member that is missing its end', '{"a":'],
    ['members without a comma', '{"a":1 "b":2}'],
    ['an array that does not end', '{"a":[1'],
    ['an array that ends in a comma', '{"a":[1,]}'],
    ['an array without a comma', '{"a":[1 2]}'],
    ['an array closed by a brace', '{"a":[1}}'],
    ['a string that does not end', '{"a":"x'],
    ['a line break in a string', '{"a":"x\n"}'],
    ['a tab in a string', '{"a":"\t"}'],
    ['an unknown escape', String.raw`{"a":"\x41"}`],
    ['an escaped line end', '{"a":"\\\n"}'],
    ['an escape at the end', '{"a":"\\'],
    ['a short Unicode escape', String.raw`{"a":"\u12"}`],
    ['a Unicode escape that is not hex', String.raw`{"a":"\u12g4"}`],
    ['a Unicode escape in braces', String.raw`{"a":"\u{41}"}`],
    ['a signed Unicode escape', String.raw`{"a":"\u+123"}`],
    ['a leading zero', '{"a":01}'],
    ['a plus sign', '{"a":+1}'],
    ['a lone minus', '{"a":-}'],
    ['a number that ends in its point', '{"a":1.}'],
    ['a number that begins with its point', '{"a":.5}'],
    ['an exponent without digits', '{"a":1e}'],
    ['a hexadecimal number', '{"a":0x10}'],
    ['NaN', '{"a":NaN}'],
    ['Infinity', '{"a":-Infinity}'],
    ['half a word', '{"a":tru}'],
    ['a word in upper case', '{"a":True}'],
    ['undefined', '{"a":undefined}'],
    ['a comment', '{/**/}'],
    ['a form feed as white space', '{\f}'],
    ['a no-break space as white space', '{\u00a0}'],
  ])('%s as malformed (A100)', (_, text) => {
    expect(parse(text)).toMatchObject({ ok: false, code: 'JSON_MALFORMED' });
  });

  it('says where it stopped', () => {
    expect(parse('{"a":1 "b":2}')).toMatchObject({
      detail: 'not JSON: an object does not end (position 7)',
    });
  });

  it.each([
    ['the same name twice (A87)', '{"a":1,"a":1}'],
    ['in the other order (A87)', '{"a":2,"b":0,"a":1}'],
    ['after null (A87)', '{"a":null,"a":1}'],
    ['after false (A87)', '{"a":false,"a":1}'],
    ['after an empty text (A87)', '{"a":"","a":1}'],
    ['after zero (A87)', '{"a":0,"a":1}'],
    ['below the top (A89)', '{"x":[{"a":1,"a":2}]}'],
    ['by escape (A88)', String.raw`{"ai":1,"\u0061i":2}`],
    ['by escape in upper and lower hex (A88)', String.raw`{"\u00e9":1,"\u00E9":2}`],
    ['by escaped solidus (A88)', String.raw`{"a/b":1,"a\/b":2}`],
    ['of the empty name', '{"":1,"":2}'],
    ['of a prototype name (A95)', '{"__proto__":1,"__proto__":2}'],
  ])('a duplicate %s', (_, text) => {
    expect(parse(text)).toMatchObject({ ok: false, code: 'JSON_DUPLICATE_KEY' });
  });

  it('no names that only look alike', () => {
    expect(valueOf('{"a":1,"A":2,"a ":3,"\u00e9":4,"e\u0301":5}').size).toBe(5);
  });

  it.each([
    ['a byte order mark', '\ufeff{}'],
    ['bytes that are not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
    ['an overlong encoding', Buffer.from([0x7b, 0x22, 0xc0, 0xaf, 0x22, 0x3a, 0x31, 0x7d])],
    ['a surrogate in UTF-8', Buffer.from([0x7b, 0x22, 0xed, 0xa0, 0x80, 0x22, 0x3a, 0x31, 0x7d])],
    ['a cut multi-byte character', Buffer.from([0x7b, 0x7d, 0xc3])],
    ['UTF-16', Buffer.from('\ufeff{}', 'utf16le')],
    ['a lone surrogate by escape in a value', String.raw`{"a":"\ud83d"}`],
    ['a lone surrogate by escape in a name', String.raw`{"\ude00":1}`],
    ['surrogates in the wrong order', String.raw`{"a":"\ude00\ud83d"}`],
    ['a NUL in a value', '{"a":"\0"}'],
    ['a NUL outside strings', '{}\0'],
    ['a NUL by escape in a value', String.raw`{"a":"x\u0000y"}`],
    ['a NUL by escape in a name', String.raw`{"\u0000":1}`],
  ])('%s as text (A97)', (_, text) => {
    expect(parse(text)).toMatchObject({ ok: false, code: 'UTF8_INVALID' });
  });

  it('65 levels of nesting', () => {
    expect(parse(nest(65))).toMatchObject({ ok: false, code: 'LIMIT_DEPTH' });
  });

  it('65 levels of nesting after many siblings, which earn no depth', () => {
    const deep = nest(65).slice('{"a":'.length, -1);
    const code = 'LIMIT_DEPTH';
    expect(parse(`{"a":[${'[],{},'.repeat(200)}0],"b":${deep}}`)).toMatchObject({
      ok: false,
      code,
    });
  });

  it.each(['[', '{"a":', '[{"a":'])('10^5 levels of %s without a RangeError (A99)', (opening) => {
    expect(parse(`{"a":${opening.repeat(100_000)}`)).toMatchObject({ code: 'LIMIT_DEPTH' });
  });

  it('one byte too many before it looks at any (A6)', () => {
    expect(parse('{"a":1}', 6)).toMatchObject({ ok: false, code: 'LIMIT_BYTES' });
    expect(parse(Buffer.from([0xff, 0xff]), 1)).toMatchObject({ code: 'LIMIT_BYTES' });
  });
});

it('keeps prototype names as plain members and pollutes nothing (A95)', () => {
  const value = valueOf('{"__proto__":{"polluted":true},"constructor":1,"toString":2}');
  expect([...value.keys()]).toEqual(['__proto__', 'constructor', 'toString']);
  expect(value.get('hasOwnProperty')).toBeUndefined();
  expect('polluted' in {}).toBe(false);
});

it('reads a long string in one go, so that its length costs no stack', () => {
  const text = `{"a":"${'x\\n'.repeat(100_000)}"}`;
  expect(valueOf(text).get('a')).toHaveLength(200_000);
});

function toPlain(value: unknown): unknown {
  if (value instanceof Map) {
    return Object.fromEntries([...value].map(([name, item]) => [name, toPlain(item)]));
  }
  return Array.isArray(value) ? value.map(toPlain) : value;
}
