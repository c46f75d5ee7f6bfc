import { createHash } from 'node:crypto';

const SHA256 = /^sha256:[0-9a-f]{64}$/;

/** `sha256:<64 lower hex>` of the bytes. */
export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** True for `sha256:<64 lower hex>` and nothing else. */
export function isSha256Digest(text: string): boolean {
  return SHA256.test(text);
}
