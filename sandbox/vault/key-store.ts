import { randomBytes } from 'node:crypto';
import type { Clock } from '../../platform/lifecycle/clock.ts';
import { generateKey, type KeyMaterial, type KeySpec } from './key-material.ts';

/** Times are Unix seconds, as on the wire. */
export interface KeyAttributes {
  readonly enabled: boolean;
  readonly nbf?: number | undefined;
  readonly exp?: number | undefined;
}

export interface StoredVersion {
  /** 32 lower-case hex digits. */
  readonly version: string;
  readonly material: KeyMaterial;
  readonly created: number;
  updated: number;
  attributes: KeyAttributes;
  /** Left out of lists although it exists: what a partial answer looks like. */
  hidden: boolean;
}

export interface StoredKey {
  readonly name: string;
  readonly spec: KeySpec;
  /** In order of creation. */
  readonly versions: StoredVersion[];
  deletedAt?: number;
}

export interface NewVersion {
  readonly name: string;
  readonly spec: KeySpec;
  readonly attributes?: Partial<KeyAttributes>;
  /** Unix seconds; now by default. */
  readonly created?: number | undefined;
}

export interface KeyStore {
  /** Undefined when it does not exist or is deleted. Names compare case-insensitively. */
  find(name: string): StoredKey | undefined;
  findDeleted(name: string): StoredKey | undefined;
  /** Creates the key, or a new version of it. Throws when a deleted key holds the name. */
  add(version: NewVersion): { readonly key: StoredKey; readonly version: StoredVersion };
  update(version: StoredVersion, change: Partial<KeyAttributes>): void;
  delete(name: string): StoredKey | undefined;
  recover(name: string): StoredKey | undefined;
  purge(name: string): boolean;
}

/** The keys of one vault, in memory. */
export function createKeyStore(clock: Clock): KeyStore {
  const keys = new Map<string, StoredKey>();
  const now = () => Math.floor(clock.now() / 1000);
  const findAny = (name: string) => keys.get(name.toLowerCase());
  const find = (name: string) => {
    const key = findAny(name);
    return key?.deletedAt === undefined ? key : undefined;
  };
  const findDeleted = (name: string) => {
    const key = findAny(name);
    return key?.deletedAt === undefined ? undefined : key;
  };

  return {
    find,
    findDeleted,
    add: ({ name, spec, attributes = {}, created }) => {
      if (findDeleted(name) !== undefined)
        throw new Error(`key ${name} is deleted but recoverable`);
      const key = find(name) ?? { name, spec, versions: [] };
      keys.set(name.toLowerCase(), key);
      // Azure's times have whole seconds and people rotate minutes apart; the sandbox rotates at once, so it keeps the order visible.
      const earliest = (key.versions.at(-1)?.created ?? 0) + 1;
      const version: StoredVersion = {
        version: randomBytes(16).toString('hex'),
        material: generateKey(spec),
        created: created ?? Math.max(now(), earliest),
        updated: now(),
        attributes: { enabled: true, ...attributes },
        hidden: false,
      };
      key.versions.push(version);
      return { key, version };
    },
    update: (version, change) => {
      version.attributes = { ...version.attributes, ...change };
      version.updated = now();
    },
    delete: (name) => {
      const key = find(name);
      if (key !== undefined) key.deletedAt = now();
      return key;
    },
    recover: (name) => {
      const key = findDeleted(name);
      if (key !== undefined) delete key.deletedAt;
      return key;
    },
    purge: (name) => findDeleted(name) !== undefined && keys.delete(name.toLowerCase()),
  };
}
