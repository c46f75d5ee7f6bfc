import type { LoadedPublicKey } from '../../core/keys/public-key.ts';
import { parseKeyUri } from '../../core/keys/key-uri.ts';
import { quote } from '../../core/verdict/quote.ts';
import { UsageProblem } from '../command-input.ts';
import { decodeText, describeBinary, readInputFile, showPath } from '../read-input-file.ts';
import { readPublicKey } from './read-public-key.ts';

/** A key in a file. `unusable`: why keyward does not verify with it. */
export interface FileKey {
  readonly kind: 'file';
  /** As given. */
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

/** What `--key` names: `azurekms://…` or a file. @throws UsageProblem */
export async function readKeySource(text: string): Promise<KeySource> {
  if (text.startsWith('azurekms://')) return parseVaultKey(text);
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

/** One public key in PEM. @throws UsageProblem with file and line; no content of the file is in it */
export async function readKeyFile(path: string): Promise<FileKey> {
  return parseKeyFile(path, await readInputFile(path, KEY_FILE_LIMIT));
}

/** The same, of bytes that were read already. @throws UsageProblem and nothing else, whatever the bytes */
export function parseKeyFile(path: string, bytes: Uint8Array): FileKey {
  const fail = (line: number, message: string) =>
    new UsageProblem(`${showPath(path)}:${line}: ${message}.`);
  const text = decodeText(bytes);
  if (text === undefined) throw fail(1, describeBinary(bytes));
  const read = readPublicKey(text);
  switch (read.kind) {
    case 'loaded':
      return { kind: 'file', path, key: read.key };
    case 'unusable':
      return { kind: 'file', path, unusable: { code: read.code, detail: read.detail } };
    case 'malformed':
      throw fail(read.line, read.message);
  }
}
