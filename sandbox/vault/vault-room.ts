import type { Clock } from '../../platform/lifecycle/clock.ts';
import { signDigest, type SignatureAlgorithm } from './key-material.ts';
import {
  createKeyStore,
  type KeyStore,
  type NewVersion,
  type StoredKey,
  type StoredVersion,
} from './key-store.ts';

export interface VaultStats {
  readonly reads: number;
  readonly lists: number;
  readonly signs: number;
}

/** What Event Grid would learn of. */
export interface NewVersionEvent {
  readonly vaultUri: string;
  readonly name: string;
  readonly version: string;
  /** Unix seconds. */
  readonly nbf?: number | undefined;
  readonly exp?: number | undefined;
}

export type Signing =
  | { readonly kind: 'signed'; readonly signature: Buffer }
  | { readonly kind: 'refused'; readonly inner: 'KeyDisabled' | 'KeyExpired' | 'KeyNotYetValid' }
  | { readonly kind: 'mismatch'; readonly detail: string };

/** One vault behind the stand-in: its keys, and how it answers where real vaults, emulators and documentation differ. */
export interface VaultRoom {
  readonly vaultUri: string;
  readonly store: KeyStore;
  /** How a GET of a disabled version is answered: Azure says 200, emulators 403 or 404. */
  disabledAs: '200' | '403' | '404';
  /** How a list of a key that does not exist is answered. */
  absentListAs: '404' | 'empty';
  /** Rewrites the link to the next page, to see who follows it elsewhere. */
  nextLink: ((link: string) => string) | undefined;
  add(version: NewVersion): { readonly key: StoredKey; readonly version: StoredVersion };
  sign(version: StoredVersion, algorithm: SignatureAlgorithm, digest: Uint8Array): Signing;
  count(what: keyof VaultStats): void;
  stats(): VaultStats;
}

export function createVaultRoom(
  vaultUri: string,
  clock: Clock,
  notify: (event: NewVersionEvent) => void,
): VaultRoom {
  const store = createKeyStore(clock);
  const counted = { reads: 0, lists: 0, signs: 0 };
  return {
    vaultUri,
    store,
    disabledAs: '200',
    absentListAs: '404',
    nextLink: undefined,
    add: (request) => {
      const added = store.add(request);
      const { nbf, exp } = added.version.attributes;
      notify({ vaultUri, name: added.key.name, version: added.version.version, nbf, exp });
      return added;
    },
    sign: (version, algorithm, digest) => {
      const now = clock.now() / 1000;
      const { enabled, nbf, exp } = version.attributes;
      if (!enabled) return { kind: 'refused', inner: 'KeyDisabled' };
      if (nbf !== undefined && now < nbf) return { kind: 'refused', inner: 'KeyNotYetValid' };
      if (exp !== undefined && now >= exp) return { kind: 'refused', inner: 'KeyExpired' };
      try {
        return { kind: 'signed', signature: signDigest(version.material, algorithm, digest) };
      } catch (error) {
        return { kind: 'mismatch', detail: error instanceof Error ? error.message : 'unfit' };
      }
    },
    count: (what) => {
      counted[what] += 1;
    },
    stats: () => ({ ...counted }),
  };
}
