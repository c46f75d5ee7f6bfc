import { open } from 'node:fs/promises';
import { quote } from '../core/verdict/quote.ts';
import { UsageProblem } from './command-input.ts';

/** A path as a person gave it, safe to show: it may come from a script, and hold anything. */
export function showPath(path: string): string {
  // `--key "$(cat cosign.key)"`: the file itself stands in the place of its path, and may be a secret.
  if (/-----BEGIN|"kty"/u.test(path)) return 'what stands in the place of a path';
  const quoted = quote(path, 300);
  return quoted.slice(1, -1) === path ? path : quoted;
}

/** The whole file, at most `maxBytes`. @throws UsageProblem that names the file and says why it cannot be read */
export async function readInputFile(path: string, maxBytes: number): Promise<Uint8Array> {
  const file = await openFile(path);
  try {
    // A pipe or a device may have no end: no more is read than could be used.
    const buffer = Buffer.alloc(maxBytes + 1);
    let length = 0;
    for (;;) {
      const { bytesRead } = await file.read(buffer, length, buffer.length - length);
      length += bytesRead;
      if (bytesRead === 0) return buffer.subarray(0, length);
      if (length > maxBytes) break;
    }
  } catch (error) {
    throw new UsageProblem(`${showPath(path)}: ${explainFailure(error)}.`);
  } finally {
    await file.close();
  }
  throw new UsageProblem(`${showPath(path)}: it is longer than ${maxBytes} bytes.`);
}

async function openFile(path: string) {
  try {
    return await open(path, 'r');
  } catch (error) {
    throw new UsageProblem(`${showPath(path)}: ${explainFailure(error)}.`);
  }
}

const FAILURES: ReadonlyMap<unknown, string> = new Map([
  ['ENOENT', 'there is no such file'],
  ['ENOTDIR', 'there is no such file'],
  ['EACCES', 'it may not be read by this user'],
  ['EPERM', 'it may not be read by this user'],
  ['EISDIR', 'it is a folder, not a file'],
  ['ENAMETOOLONG', 'its name is too long'],
  ['ELOOP', 'its links lead in a circle'],
]);

function explainFailure(error: unknown): string {
  const { code } = error as { readonly code?: unknown };
  return FAILURES.get(code) ?? `it cannot be read${typeof code === 'string' ? ` (${code})` : ''}`;
}

/** Text in UTF-8; undefined when the bytes are something else. A byte order mark is taken away. */
export function decodeText(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** What bytes that are no UTF-8 seem to be. */
export function describeBinary(bytes: Uint8Array): string {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff))
    return 'it is UTF-16, as PowerShell writes with >: save it as UTF-8';
  // ASN.1 SEQUENCE with a length of two bytes, or of one after 0x81: how keys and certificates begin in DER.
  if (first === 0x30 && (second === 0x82 || second === 0x81 || second === 0x59 || second === 0x76))
    return 'it is binary, perhaps DER: openssl pkey -pubin -inform der -in FILE makes PEM of a public key';
  return 'it is not text in UTF-8';
}
