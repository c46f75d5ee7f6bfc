/** Base64, DER, key ids and times: one spelling for each meaning, so that no two texts name one signature, key or moment. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decodeBase64 } from '../../core/cosign/base64.ts';
import { parseIntegerPair } from '../../core/cosign/der.ts';
import { keyVersionIdentity, normaliseKeyVersionId } from '../../core/keys/key-id.ts';
import { parseKeyUri } from '../../core/keys/key-uri.ts';
import { formatTime, parseTime } from '../../core/keys/time.ts';
import { runs } from '../support/property.ts';

const bytes = fc.uint8Array({ maxLength: 140 });

describe('base64', () => {
  it('of any bytes is read as these bytes', () => {
    fc.assert(
      fc.property(bytes, (given) => {
        const text = Buffer.from(given).toString('base64');
        expect(decodeBase64(text)).toEqual(given);
      }),
      runs(1000),
    );
  });

  it('that is accepted is the only spelling of its bytes', () => {
    const near = fc.string({
      unit: fc.constantFrom('A', 'B', 'Q', 'g', 'w', '/', '+', '=', '-', '_', '\n', ' ', 'é'),
      maxLength: 12,
    });
    let accepted = 0;
    fc.assert(
      fc.property(near, (text) => {
        const decoded = decodeBase64(text);
        if (decoded === undefined) return;
        accepted += 1;
        expect(Buffer.from(decoded).toString('base64')).toBe(text);
      }),
      runs(4000),
    );
    expect(accepted).toBeGreaterThan(100);
  });
});

/** X.690, on its own. */
function element(tag: number, content: Uint8Array): Buffer {
  const { length } = content;
  const size =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}
const integer = (magnitude: Uint8Array): Buffer =>
  element(
    2,
    (magnitude[0] ?? 0x80) < 0x80 ? magnitude : Buffer.concat([Buffer.alloc(1), magnitude]),
  );
const magnitude = (maxLength: number) =>
  fc.uint8Array({ maxLength }).map((each) => each.subarray(each.findIndex((byte) => byte !== 0)));

describe('a DER pair of integers', () => {
  const pairOf = (length: number) => fc.tuple(magnitude(length), magnitude(length));

  it.each([4, 66, 300])('with up to %i bytes each is read as these integers', (length) => {
    fc.assert(
      fc.property(pairOf(length), ([a, b]) => {
        const pair = [a, b].map((each) =>
          each.every((byte) => byte === 0) ? new Uint8Array() : each,
        );
        const der = element(0x30, Buffer.concat(pair.map(integer)));
        expect(parseIntegerPair(der)?.map((each) => Buffer.from(each))).toEqual(
          pair.map((each) => Buffer.from(each)),
        );
      }),
      runs(400),
    );
  });

  it('with any byte changed, added or taken away is refused or means something else', () => {
    fc.assert(
      fc.property(pairOf(40), fc.nat(), fc.nat(255), fc.nat(2), ([a, b], place, byte, kind) => {
        const der = element(0x30, Buffer.concat([integer(a), integer(b)]));
        const at = place % der.length;
        const changed = Buffer.concat([
          der.subarray(0, at),
          Buffer.from(kind === 1 ? [] : [byte]),
          der.subarray(kind === 2 ? at : at + 1),
        ]);
        const [before, after] = [parseIntegerPair(der), parseIntegerPair(changed)];
        if (after !== undefined && !changed.equals(der)) expect(after).not.toEqual(before);
      }),
      runs(1500),
    );
  });

  it('never throws, whatever the bytes', () => {
    fc.assert(
      fc.property(bytes, (given) => {
        const pair = parseIntegerPair(given);
        if (pair !== undefined) expect(given[0]).toBe(0x30);
      }),
      runs(2000),
    );
  });
});

const vault = fc
  .stringMatching(/^[a-z][a-z0-9-]{1,8}[a-z0-9]$/u)
  .map((name) => `${name}.vault.azure.net`);
const keyName = fc.stringMatching(/^[0-9a-z-]{1,12}$/u);
const version = fc.stringMatching(/^[0-9a-f]{1,32}$/u);
const mixCase = (text: string, seed: number) =>
  text
    .split('')
    .map((letter, index) => ((seed >> (index % 30)) & 1 ? letter.toUpperCase() : letter))
    .join('');

describe('a key version', () => {
  it('is the same one in any case of letters and with any slash at the end of its vault', () => {
    fc.assert(
      fc.property(vault, keyName, version, fc.nat(), (host, name, given, seed) => {
        const id = { vaultUri: `https://${host}`, name, version: given };
        const spelt = {
          vaultUri: mixCase(`https://${host}/`, seed),
          name: mixCase(name, seed),
          version: mixCase(given, seed),
        };
        expect(normaliseKeyVersionId(spelt)).toEqual(id);
        expect(keyVersionIdentity(spelt)).toBe(keyVersionIdentity(id));
      }),
      runs(500),
    );
  });

  it('is another one as soon as vault, name or version differ', () => {
    const id = fc.record({ vaultUri: vault, name: keyName, version });
    fc.assert(
      fc.property(id, id, (one, other) => {
        const isSame =
          one.vaultUri === other.vaultUri &&
          one.name === other.name &&
          one.version === other.version;
        expect(keyVersionIdentity(one) === keyVersionIdentity(other)).toBe(isSame);
      }),
      runs(1000),
    );
  });

  it('is read from its reference as it was written', () => {
    fc.assert(
      fc.property(
        vault,
        keyName,
        fc.option(version, { nil: '' }),
        fc.nat(),
        (host, name, given, seed) => {
          const text = `azurekms://${mixCase(host, seed)}/${mixCase(name, seed)}/${mixCase(given, seed)}`;
          expect(parseKeyUri(given === '' ? text.slice(0, -1) : text)).toEqual({
            ok: true,
            vaultUri: `https://${host}`,
            name,
            ...(given === '' ? {} : { version: given }),
          });
        },
      ),
      runs(500),
    );
  });
});

it('a key reference is refused or names a vault that a URL can say', () => {
  const label = fc.constantFrom(
    'a',
    'contoso',
    'xn--',
    'xn--a',
    '1',
    '0x',
    '0x1f',
    '-',
    'É',
    'a:1',
    'u@a',
  );
  let accepted = 0;
  fc.assert(
    fc.property(fc.array(label, { minLength: 1, maxLength: 4 }), (labels) => {
      const parsed = parseKeyUri(`azurekms://${labels.join('.')}/k`);
      if (!parsed.ok) return;
      accepted += 1;
      expect(new URL(parsed.vaultUri).origin).toBe(parsed.vaultUri);
    }),
    runs(3000),
  );
  expect(accepted).toBeGreaterThan(20);
});

describe('a time', () => {
  it('that is written is read as it was', () => {
    const moment = fc.date({
      min: new Date(0),
      max: new Date('9999-12-31T23:59:59Z'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(moment, (date) =>
        expect(parseTime(formatTime(date.getTime()))).toBe(date.getTime()),
      ),
      runs(1000),
    );
  });

  it('is a moment or refused, and no day that no calendar has', () => {
    const two = fc.nat(99).map((number) => String(number).padStart(2, '0'));
    fc.assert(
      fc.property(fc.tuple(two, two, two, two, two), ([month, day, hour, minute, second]) => {
        const read = parseTime(`2026-${month}-${day}T${hour}:${minute}:${second}Z`);
        if (read === undefined) return;
        expect(formatTime(read)).toBe(`2026-${month}-${day}T${hour}:${minute}:${second}Z`);
      }),
      runs(5000),
    );
  });
});
