import { LRUCache } from 'lru-cache';
import { keyVersionIdentity } from '../../core/keys/key-id.ts';
import type { KeyVersionId } from '../../core/keys/key-version.ts';
import { loadPublicKey } from '../../core/keys/public-key.ts';
import { toKnownKey, type KnownKey } from '../../core/keys/version-facts.ts';
import type { ReadPem } from '../plan/version-facts.ts';

/**
 * Public keys that the vault itself showed to this process. A version's key never changes, so each is read once. Nothing is put here from
 * a status: whoever may write the status of one KeySet could plant a key for all that follow the same version.
 */
export interface KeyCache {
  find(id: KeyVersionId): KnownKey | undefined;
  put(id: KeyVersionId, key: KnownKey): void;
}

export function createKeyCache(limit = 50_000): KeyCache {
  const keys = new LRUCache<string, KnownKey>({ max: limit });
  return {
    find: (id) => keys.get(keyVersionIdentity(id)),
    put: (id, key) => {
      keys.set(keyVersionIdentity(id), key);
    },
  };
}

/** Remembers what is in a PEM, which depends on nothing else: a sweep asks for the same thousands again and again. */
export function createPemReader(limit = 50_000): ReadPem {
  const keys = new LRUCache<string, KnownKey>({ max: limit });
  return (pem) => {
    const key = keys.get(pem) ?? toKnownKey(loadPublicKey({ pem }));
    keys.set(pem, key);
    return key;
  };
}
