import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseStrictJson, type JsonValue } from '../../core/cosign/strict-json.ts';
import { runs } from '../support/property.ts';

const parse = (text: string | Uint8Array) =>
  parseStrictJson(typeof text === 'string' ? Buffer.from(text) : text, 1_000_000);

function toPlain(value: JsonValue): unknown {
  if (value instanceof Map) {
    // Not an assignment: `__proto__` has to become a member.
    return Object.fromEntries([...value].map(([name, item]) => [name, toPlain(item)]));
  }
  return Array.isArray(value) ? value.map((item: JsonValue) => toPlain(item)) : value;
}

function parsePlain(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const isObject = (value: unknown) =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

// No backslash in a name: the JSON.parse of Node 24 (V8 13.6) takes the name `"` for a `\` that an earlier text had in its place.
const name = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 6 }).filter((text) => !text.includes('\\')),
  fc.constantFrom('__proto__', 'constructor', 'a', '"', '\n', '\u2028'),
);
const { json } = fc.letrec<{ json: unknown }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, true, false),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer(),
    name,
    fc.array(tie('json'), { maxLength: 4 }),
    fc.dictionary(name, tie('json'), { maxKeys: 4 }),
  ),
}));
const object = fc.dictionary(name, json, { maxKeys: 5 });
const space = fc.constantFrom(undefined, 0, 1, '\t', ' \n');

it('strict JSON reads what JSON.stringify writes as JSON.parse does', () => {
  fc.assert(
    fc.property(object, space, (value, indent) => {
      const text = JSON.stringify(value, undefined, indent);
      const parsed = parse(text);
      if (text.includes(String.raw`\u0000`))
        return expect(parsed).toMatchObject({ code: 'UTF8_INVALID' });
      expect(parsed.ok && toPlain(parsed.value)).toEqual(JSON.parse(text));
    }),
    runs(1000),
  );
});

/** JSON with some characters changed: most of it is broken, some still is JSON. */
const nearlyJson = fc
  .tuple(
    object.map((value) => JSON.stringify(value)),
    fc.array(
      fc.tuple(
        fc.nat(),
        fc.nat({ max: 2 }),
        fc.constantFrom(
          ...'{}[]",:\\/ \n\t0123456789eE+-.truefalsnu\u00a0\ufeff\0'.split(''),
          '\\u0061',
          '\\ud800',
          '"a":',
          ',"a":1',
        ),
      ),
      { minLength: 1, maxLength: 4 },
    ),
  )
  .map(([text, edits]) =>
    edits.reduce((edited, [at, length, insertion]) => {
      const position = at % (edited.length + 1);
      return edited.slice(0, position) + insertion + edited.slice(position + length);
    }, text),
  )
  // An edit may cut a character in half, which has no bytes of its own.
  .map((text) => text.toWellFormed())
  .filter((text) => !text.includes(String.raw`\\`));

it('strict JSON accepts only what JSON.parse accepts, with the same meaning', () => {
  fc.assert(
    fc.property(nearlyJson, (text) => {
      const parsed = parse(text);
      if (parsed.ok) expect(toPlain(parsed.value)).toEqual(JSON.parse(text));
    }),
    runs(3000),
  );
});

it('strict JSON refuses an object that JSON.parse accepts only for a reason of its own', () => {
  fc.assert(
    fc.property(nearlyJson, (text) => {
      const parsed = parse(text);
      if (parsed.ok || !isObject(parsePlain(text))) return;
      expect(['JSON_DUPLICATE_KEY', 'UTF8_INVALID']).toContain(parsed.code);
    }),
    runs(3000),
  );
});

it('strict JSON finds a duplicate wherever it stands', () => {
  fc.assert(
    fc.property(object, object, name, fc.boolean(), (before, after, twin, last) => {
      const members = { ...before, ...after };
      delete members[twin];
      const rest = JSON.stringify(members).slice(1, -1);
      const pair = `${JSON.stringify(twin)}:1,${JSON.stringify(twin)}:2`;
      const inner = [rest, pair].filter((part) => part !== '');
      const text = `{"outer":[{${(last ? inner : inner.toReversed()).join(',')}}]}`;
      if (text.includes(String.raw`\u0000`)) return;
      expect(parse(text)).toMatchObject({ ok: false, code: 'JSON_DUPLICATE_KEY' });
    }),
    runs(500),
  );
});

it('strict JSON never throws, whatever the bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      expect(typeof parse(bytes).ok).toBe('boolean');
      expect(typeof parse(Buffer.concat([Buffer.from('{"a":"'), bytes])).ok).toBe('boolean');
    }),
    runs(2000),
  );
});
