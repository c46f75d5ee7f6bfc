import { LRUCache } from 'lru-cache';
import { keyVersionIdentity } from '../../core/keys/key-id.ts';
import type { KeyVersionId } from '../../core/keys/key-version.ts';
import type { PublicKeyLoad } from '../../core/keys/public-key.ts';

/**
 * Public keys that the vault itself showed to this process. A version's key never changes, so each is read once. Nothing is put here from
 * a status: whoever may write the status of one KeySet could plant a key for all that follow the same version.
 */
export interface KeyCache {
  find(id: KeyVersionId): PublicKeyLoad | undefined;
  put(id: KeyVersionId, key: PublicKeyLoad): void;
}

export function createKeyCache(limit = 50_000): KeyCache {
  const loads = new LRUCache<string, PublicKeyLoad>({ max: limit });
  return {
    find: (id) => loads.get(keyVersionIdentity(id)),
    put: (id, key) => {
      loads.set(keyVersionIdentity(id), key);
    },
  };
}
