import type { KeySet } from '../../core/keys/key-set.ts';
import { parseKeyUri } from '../../core/keys/key-uri.ts';
import type { KeySource, ProviderSource } from './provider-source.ts';

/** The keys in vaults that a KeySet follows: those of its spec, or of its provider. */
export function sourcesOf(
  keySet: KeySet,
  provider: ProviderSource | undefined,
): readonly KeySource[] {
  if (provider !== undefined) return provider.kind === 'vault' ? provider.sources : [];
  return (keySet.spec.keys ?? []).flatMap((text) => {
    // The schema has refused what cannot be parsed.
    const parsed = parseKeyUri(text);
    if (!parsed.ok) return [];
    const { vaultUri, name, version } = parsed;
    return [version === undefined ? { vaultUri, name } : { vaultUri, name, version }];
  });
}
