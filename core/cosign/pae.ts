import { Buffer } from 'node:buffer';

const SPACE = 0x20;

/**
 * DSSE pre-authentication encoding: what a bundle's signature is over. Lengths count bytes, not characters: an implementation
 * that counted characters could be made to confuse type and body.
 */
export function encodePreAuthentication(payloadType: string, payload: Uint8Array): Uint8Array {
  const typeLength = Buffer.byteLength(payloadType);
  const head = Buffer.from(`DSSEv1 ${typeLength} ${payloadType} ${payload.byteLength} `);
  return new Uint8Array(Buffer.concat([head, payload]));
}

/** The payload of what `encodePreAuthentication` made for a type without spaces. */
export function payloadOfPreAuthentication(encoded: Uint8Array): Uint8Array {
  let start = 0;
  for (let spaces = 0; spaces < 4; spaces += 1) start = encoded.indexOf(SPACE, start) + 1;
  return encoded.subarray(start);
}
