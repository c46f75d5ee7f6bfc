import type { KeyVersionId } from './key-version.ts';

/** `--vault-name contoso --name cosign-key`, of `https://contoso.vault.azure.net`. */
function placeOf({ vaultUri, name }: Pick<KeyVersionId, 'vaultUri' | 'name'>): string {
  const host = vaultUri.replace(/^https:\/\//u, '');
  return `--vault-name ${host.split('.')[0]} --name ${name}`;
}

/** The line that enables a version in its vault. */
export function enableLine(id: KeyVersionId): string {
  return `az keyvault key set-attributes ${placeOf(id)} --version ${id.version} --enabled true`;
}

/** The line that makes a version valid from another moment on. */
export function notBeforeLine(id: KeyVersionId, time: string): string {
  return `az keyvault key set-attributes ${placeOf(id)} --version ${id.version} --not-before ${time}`;
}

/** The line that brings a key back that was deleted and not purged, with all its versions. */
export function recoverLine(id: KeyVersionId): string {
  return `az keyvault key recover ${placeOf(id)}`;
}
