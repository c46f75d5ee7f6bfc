import { Buffer } from 'node:buffer';

/**
 * DSSE pre-authentication encoding: what a bundle's signature is over. Lengths count bytes, not characters: an implementation
 * that counted characters could be made to confuse type and body.
 */
export function encodePreAuthentication(payloadType: string, payload: Uint8Array): Uint8Array {
  const typeLength = Buffer.byteLength(payloadType, 'utf8');
  const head = Buffer.from(`DSSEv1 ${typeLength} ${payloadType} ${payload.byteLength} `, 'utf8');
  return new Uint8Array(Buffer.concat([head, payload]));
}
