import { quote } from '../verdict/quote.ts';
import { LIMITS } from './limits.ts';
import { catchRefusal, Refusal, type Refused } from './refusal.ts';

/** JSON as keyward reads it. Objects are maps: a member named `__proto__` or `constructor` is a member and nothing else. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;
export type JsonObject = ReadonlyMap<string, JsonValue>;

export type StrictJson = { readonly ok: true; readonly value: JsonObject } | Refused;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
// No control character, quote or backslash: the run of a string that needs no closer look.
// oxlint-disable-next-line no-control-regex -- RFC 8259 section 7 names exactly these
const PLAIN = /[^"\\\u0000-\u001f]*/y;
const WHITE_SPACE = /[ \t\n\r]*/y;
const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ['\\', '\\'],
  ['/', '/'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
]);

/**
 * Parses one JSON object (RFC 8259) and refuses what lenient parsers read in more than one way: duplicate keys in any spelling,
 * a byte order mark, NUL, lone surrogates, nesting beyond 64 levels, anything after the value (cosign.md section 9). Never throws.
 */
export function parseStrictJson(bytes: Uint8Array, maximumBytes: number): StrictJson {
  if (bytes.byteLength > maximumBytes)
    return { ok: false, code: 'LIMIT_BYTES', detail: `longer than ${maximumBytes} bytes` };
  return catchRefusal(() => {
    const value = new Scanner(decode(bytes)).document();
    return { ok: true as const, value };
  });
}

function decode(bytes: Uint8Array): string {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    throw new Refusal('UTF8_INVALID', 'not UTF-8');
  }
  if (text.startsWith('\ufeff')) throw new Refusal('UTF8_INVALID', 'starts with a byte order mark');
  if (text.includes('\0')) throw new Refusal('UTF8_INVALID', 'contains a NUL');
  return text;
}

class Scanner {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): JsonObject {
    const value = this.#value();
    if (this.#at !== this.#text.length) throw this.#malformed('text after the value');
    if (!(value instanceof Map)) throw this.#malformed('the top level is not an object');
    return value;
  }

  #value(): JsonValue {
    this.#skip(WHITE_SPACE);
    const value = this.#bareValue();
    this.#skip(WHITE_SPACE);
    return value;
  }

  #bareValue(): JsonValue {
    switch (this.#text[this.#at]) {
      case '{':
        return this.#nested(() => this.#object());
      case '[':
        return this.#nested(() => this.#array());
      case '"':
        return this.#string();
      case 't':
        return this.#word('true', true);
      case 'f':
        return this.#word('false', false);
      case 'n':
        return this.#word('null', null);
      case undefined:
        throw this.#malformed('the text ends where a value should be');
      // The remaining characters can only begin a number.
      default:
        return this.#number();
    }
  }

  #nested<T>(parse: () => T): T {
    this.#depth += 1;
    if (this.#depth > LIMITS.jsonDepth)
      throw new Refusal('LIMIT_DEPTH', `nested deeper than ${LIMITS.jsonDepth} levels`);
    this.#at += 1;
    const value = parse();
    this.#depth -= 1;
    return value;
  }

  #object(): JsonObject {
    const members = new Map<string, JsonValue>();
    this.#skip(WHITE_SPACE);
    if (this.#take('}')) return members;
    do {
      this.#skip(WHITE_SPACE);
      if (this.#text[this.#at] !== '"') throw this.#malformed('a member name is missing');
      const name = this.#string();
      if (members.has(name))
        throw new Refusal('JSON_DUPLICATE_KEY', `the member ${quote(name, 40)} stands twice`);
      this.#skip(WHITE_SPACE);
      if (!this.#take(':')) throw this.#malformed('a colon is missing');
      members.set(name, this.#value());
    } while (this.#take(','));
    if (!this.#take('}')) throw this.#malformed('an object does not end');
    return members;
  }

  #array(): readonly JsonValue[] {
    const items: JsonValue[] = [];
    this.#skip(WHITE_SPACE);
    if (this.#take(']')) return items;
    do items.push(this.#value());
    while (this.#take(','));
    if (!this.#take(']')) throw this.#malformed('an array does not end');
    return items;
  }

  #string(): string {
    this.#at += 1;
    let value = '';
    for (;;) {
      value += this.#skip(PLAIN);
      if (this.#take('"')) break;
      if (!this.#take('\\'))
        throw this.#malformed('a string does not end or holds a control character');
      value += this.#escape();
    }
    if (!value.isWellFormed()) throw new Refusal('UTF8_INVALID', 'contains a lone surrogate');
    return value;
  }

  #escape(): string {
    const letter = this.#text.charAt(this.#at);
    this.#at += 1;
    if (letter !== 'u') {
      const value = ESCAPES.get(letter);
      if (value === undefined) throw this.#malformed('an unknown escape');
      return value;
    }
    const hex = this.#text.slice(this.#at, this.#at + 4);
    if (hex.length < 4 || /[^0-9a-fA-F]/.test(hex)) throw this.#malformed('an unfinished escape');
    this.#at += 4;
    if (hex === '0000') throw new Refusal('UTF8_INVALID', 'contains a NUL');
    return String.fromCharCode(Number.parseInt(hex, 16));
  }

  #number(): number {
    const digits = this.#skip(NUMBER);
    if (digits === '') throw this.#malformed('a value is missing');
    return Number(digits);
  }

  #word<T>(word: string, value: T): T {
    if (!this.#text.startsWith(word, this.#at)) throw this.#malformed('an unknown word');
    this.#at += word.length;
    return value;
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  #skip(sticky: RegExp): string {
    sticky.lastIndex = this.#at;
    const found = sticky.exec(this.#text)?.[0] ?? '';
    this.#at += found.length;
    return found;
  }

  #malformed(what: string): Refusal {
    return new Refusal('JSON_MALFORMED', `not JSON: ${what} (position ${this.#at})`);
  }
}
