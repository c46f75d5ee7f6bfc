import { formatKeyVersion } from '../../core/keys/key-id.ts';

/** A key as JSON output names it: of a vault by name and version, of a file by its path. */
export interface KeyReport {
  readonly fingerprint: string;
  readonly name?: string;
  readonly version?: string;
}

export interface NamedKey {
  readonly fingerprint: string;
  readonly vaultUri: string;
  readonly name: string;
  readonly version: string;
}

export function reportKey({ fingerprint, name, version }: NamedKey): KeyReport {
  return {
    fingerprint,
    ...(name === '' ? {} : { name }),
    ...(version === '' ? {} : { version }),
  };
}

/** In one line, for people: `azurekms://contoso.vault.azure.net/cosign-key/3f9a…`, or the file. */
export function showKey(key: NamedKey): string {
  if (key.vaultUri === '' && key.name !== '') return key.name;
  return formatKeyVersion(key);
}
