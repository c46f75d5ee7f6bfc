/** The names of the walkthrough: those of its YAML, and what the story adds. */
export const NAMES = {
  vaultUri: 'https://contoso.vault.azure.net',
  vaultHost: 'contoso.vault.azure.net',
  vault: 'contoso',
  key: 'cosign-key',
  kmp: 'keymanagementprovider-akv',
  store: 'store-oras',
  verifier: 'verifier-cosign',
  namespace: 'default',
  system: 'keyward-system',
} as const;

/** `3f9a…`: how people speak of a version. */
export function shortVersion(version: string): string {
  return `${version.slice(0, 4)}…`;
}

/** What a pipeline runs to sign with the current version; the flags that cosign v2.6 and v3 both take, no transparency log. */
export function signCommand(image: string, format: 'legacy' | 'bundle'): string {
  const key = `azurekms://${NAMES.vaultHost}/${NAMES.key}`;
  const bundle = format === 'bundle' ? 'true' : 'false';
  return `cosign sign --yes --key ${key} --tlog-upload=false --use-signing-config=false --new-bundle-format=${bundle} ${image}`;
}
