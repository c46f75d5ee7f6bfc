import { expect, it } from '@jest/globals';
import { encodePreAuthentication } from '../../../../core/cosign/pae.ts';

const encode = (type: string, payload: string) =>
  Buffer.from(encodePreAuthentication(type, Buffer.from(payload))).toString('utf8');

it('is the encoding of the DSSE specification, by its own example', () => {
  expect(encode('http://example.com/HelloWorld', 'hello world')).toBe(
    'DSSEv1 29 http://example.com/HelloWorld 11 hello world',
  );
});

it.each([
  ['', '', 'DSSEv1 0  0 '],
  ['a b', '1 c', 'DSSEv1 3 a b 3 1 c'],
  // Two characters and three bytes each: counting characters made other types collide with this one (A20, A57).
  ['Ŵext/plain', 'Ŵ', 'DSSEv1 11 Ŵext/plain 2 Ŵ'],
  ['text/plain', '😀', 'DSSEv1 10 text/plain 4 😀'],
])('counts bytes of the type %j and the payload %j', (type, payload, expected) => {
  expect(encode(type, payload)).toBe(expected);
});

it('takes payload bytes as they are, also where they are no text', () => {
  const bytes = Uint8Array.from([0, 0xff, 0x0a]);
  expect(encodePreAuthentication('t', bytes)).toEqual(
    new Uint8Array([...Buffer.from('DSSEv1 1 t 3 '), ...bytes]),
  );
});
