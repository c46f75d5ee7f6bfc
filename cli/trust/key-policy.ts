import type { Policy } from '../../core/policy/policy.ts';
import { EVERY_IMAGE } from '../../core/policy/scope.ts';
import type { KeySource, VaultKeySource } from '../keys/key-source.ts';
import { makeKeySet } from './fill-key-set.ts';
import { nameOfOrigin, type KeySetOrigin } from './key-set-origin.ts';

/** The policy that the keys on the command line make together: its name in denials. */
export const KEY_POLICY = '--key';

/** Each key of the command line as a key set of its own. */
export function originsOfKeys(keys: readonly KeySource[]): readonly KeySetOrigin[] {
  return keys.map((source, index) => {
    const place = { namespace: '', name: `${KEY_POLICY} ${index + 1}` };
    if (source.kind === 'file')
      return { kind: 'file', keySet: makeKeySet(place, {}), file: source };
    // Whoever names a key has no KeySet that says otherwise: its dates count.
    const spec = { keys: [uriOf(source)], expiredKeys: 'Deny' } as const;
    return { kind: 'key', keySet: makeKeySet(place, spec) };
  });
}

function uriOf({ vaultUri, name, version }: VaultKeySource): string {
  const host = new URL(vaultUri).host;
  return `azurekms://${host}/${name}${version === undefined ? '' : `/${version}`}`;
}

/** For every image, and any of the keys suffices. None: no policy. */
export function policiesOfKeys(origins: readonly KeySetOrigin[]): readonly Policy[] {
  if (origins.length === 0) return [];
  const keySets = origins.map((origin) => ({ keySet: nameOfOrigin(origin) }));
  return [{ id: KEY_POLICY, group: KEY_POLICY, scopes: [EVERY_IMAGE], keySets }];
}
