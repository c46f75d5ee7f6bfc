/**
 * Standard base64 with padding, or undefined. `Buffer.from` alone ignores junk, stops at `=`, takes URL-safe letters and drops
 * trailing bits, so that many texts would mean the same bytes: only the one that these bytes are written as is accepted.
 */
export function decodeBase64(text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? new Uint8Array(bytes) : undefined;
}
