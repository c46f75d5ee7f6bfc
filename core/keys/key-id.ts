import type { KeyVersionId } from './key-version.ts';

/** Hosts, key names and versions compare case-insensitively in Key Vault: one spelling, lower case, no trailing slash. */
export function normaliseKeyVersionId(id: KeyVersionId): KeyVersionId {
  return {
    vaultUri: id.vaultUri.toLowerCase().replace(/\/+$/, ''),
    name: id.name.toLowerCase(),
    version: id.version.toLowerCase(),
  };
}

/** A string that is equal for equal key versions: for maps and sets. */
export function keyVersionIdentity(id: KeyVersionId): string {
  const { vaultUri, name, version } = normaliseKeyVersionId(id);
  return `${vaultUri}/keys/${name}/${version}`;
}

/** `azurekms://contoso.vault.azure.net/cosign-key/3f9a…`, cosign's own syntax, the version in full. An inline key: `inline key`. */
export function formatKeyVersion(id: KeyVersionId): string {
  if (id.vaultUri === '') return id.name === '' ? 'inline key' : `inline key ${id.name}`;
  const host = id.vaultUri.replace(/^https:\/\//, '');
  return `azurekms://${host}/${id.name}${id.version === '' ? '' : `/${id.version}`}`;
}

/**
 * `cosign-key/3f9a…`: for people, in one line. An inline key has no name and version: its fingerprint stands in
 * (`inline/sha256:3f9a…`).
 */
export function formatKeyVersionShort(id: KeyVersionId & { fingerprint?: string }): string {
  if (id.version !== '') return `${id.name}/${shorten(id.version)}`;
  if (id.fingerprint === undefined) return id.name === '' ? 'inline' : id.name;
  const hex = id.fingerprint.replace(/^sha256:/, '');
  return `${id.name === '' ? 'inline' : id.name}/sha256:${shorten(hex)}`;
}

function shorten(hex: string): string {
  return hex.length > 4 ? `${hex.slice(0, 4)}…` : hex;
}
