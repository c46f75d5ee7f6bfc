import type { LoadedPublicKey } from '../../core/keys/public-key.ts';
import { parseKeyUri } from '../../core/keys/key-uri.ts';
import { quote } from '../../core/verdict/quote.ts';
import { UsageProblem } from '../command-input.ts';
import { decodeText, describeBinary, readInputFile, showPath } from '../read-input-file.ts';
import { readPublicKey, type ReadPublicKey } from './read-public-key.ts';

/** A key in a file. `unusable`: why keyward does not verify with it. */
export interface FileKey {
  readonly kind: 'file';
  /** As given; of a JWK set with `#` and which of its keys. */
  readonly path: string;
  readonly key?: LoadedPublicKey;
  readonly unusable?: { readonly code: 'KEY_UNSUPPORTED' | 'KEY_WEAK'; readonly detail: string };
}

/** A key in a vault; without a version all of them, each as it is now. */
export interface VaultKeySource {
  readonly kind: 'vault';
  readonly vaultUri: string;
  readonly name: string;
  readonly version?: string;
}

export type KeySource = FileKey | VaultKeySource;

const KEY_FILE_LIMIT = 64 * 1024;

/** What `--key` names: `azurekms://…` or a file, which may hold a JWK set. @throws UsageProblem */
export async function readKeySource(text: string): Promise<readonly KeySource[]> {
  if (text.startsWith('azurekms://')) return [parseVaultKey(text)];
  // Before anything else is said: it may be a private key, which no message may repeat.
  if (/-----BEGIN|"kty"/u.test(text))
    throw new UsageProblem('--key: give the path of the file, not what is in it.');
  if (/^[a-z][a-z0-9+.-]*:\/\//u.test(text))
    throw new UsageProblem(
      `--key ${quote(text, 80)}: only files and azurekms://VAULT-HOST/NAME[/VERSION] are read.`,
    );
  return readKeyFile(text);
}

function parseVaultKey(text: string): VaultKeySource {
  const parsed = parseKeyUri(text);
  if (!parsed.ok) throw new UsageProblem(`--key ${parsed.detail}.`);
  const { ok: _, ...source } = parsed;
  return { kind: 'vault', ...source };
}

/** A public key in PEM, a JWK or a JWK set. @throws UsageProblem with file and line; no content of the file is in it */
export async function readKeyFile(path: string): Promise<readonly FileKey[]> {
  return parseKeyFile(path, await readInputFile(path, KEY_FILE_LIMIT));
}

/** The same, of bytes that were read already: one key or more. @throws UsageProblem and nothing else, whatever the bytes */
export async function parseKeyFile(path: string, bytes: Uint8Array): Promise<readonly FileKey[]> {
  const fail = (line: number, message: string) =>
    new UsageProblem(`${showPath(path)}:${line}: ${message}.`);
  const text = decodeText(bytes);
  if (text === undefined) throw fail(1, describeBinary(bytes));
  if (isJsonText(text)) {
    // Loaded for those who need it only: it brings the parser of YAML along.
    const { readJsonKeys } = await import('./json-keys.ts');
    const found = readJsonKeys(text);
    if (found.kind === 'malformed') throw fail(found.line, found.message);
    return found.keys.map(({ id, read }) =>
      makeFileKey(id === undefined ? path : `${path}#${id}`, read),
    );
  }
  const read = readPublicKey(text);
  if (read.kind === 'malformed') throw fail(read.line, read.message);
  return [makeFileKey(path, read)];
}

/** What a text in JSON begins with; no PEM does. */
function isJsonText(text: string): boolean {
  return /^\s*[{[]/u.test(text);
}

function makeFileKey(
  path: string,
  read: Exclude<ReadPublicKey, { readonly kind: 'malformed' }>,
): FileKey {
  if (read.kind === 'loaded') return { kind: 'file', path, key: read.key };
  return { kind: 'file', path, unusable: { code: read.code, detail: read.detail } };
}
