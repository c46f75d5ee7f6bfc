import { createPublicKey, type KeyObject } from 'node:crypto';
import type { KeySpec, SignatureAlgorithm } from './key-material.ts';
import type { KeyAttributes, StoredVersion } from './key-store.ts';
import type { VaultRoom, VaultStats } from './vault-room.ts';

export interface NewKey {
  readonly name: string;
  /** EC by default. */
  readonly kty?: 'RSA' | 'EC';
  /** RSA: 2048 by default. */
  readonly size?: 2048 | 3072 | 4096;
  /** EC: P-256 by default. */
  readonly curve?: 'P-256' | 'P-384' | 'P-521';
  readonly attributes?: Partial<KeyAttributes>;
  /** Unix seconds; now by default. */
  readonly created?: number;
}

/** What a person with all rights could do to one vault, done at once and in process. Unknown names throw. */
export interface VaultControls {
  /** `https://contoso.vault.azure.net`. */
  readonly vaultUri: string;
  /** Creates the key (or one more version of it) and returns the version. */
  createKey(key: NewKey): string;
  /** A new version of the same type and size. */
  rotate(name: string, version?: Pick<NewKey, 'attributes' | 'created'>): string;
  setEnabled(name: string, version: string, enabled: boolean): void;
  /** `nbf`, `exp`: Unix seconds; undefined takes the date away. */
  setAttributes(name: string, version: string, change: Partial<KeyAttributes>): void;
  /** Soft delete: from then on 404 KeyNotFound. */
  deleteKey(name: string): void;
  recoverKey(name: string): void;
  /** Leaves a version out of lists although a GET still finds it. */
  hideFromLists(name: string, version: string, hidden?: boolean): void;
  /** RS…: PKCS#1 v1.5; ES…: `r || s`. Throws when the vault would refuse: disabled, expired, not yet valid, unfit. */
  sign(name: string, version: string, digest: Uint8Array, algorithm: SignatureAlgorithm): Buffer;
  publicKeyOf(name: string, version: string): KeyObject;
  /** Version ids, oldest first. */
  versionsOf(name: string): readonly string[];
  /** The newest version, enabled or not. */
  currentVersion(name: string): string;
  setDisabledAs(answer: VaultRoom['disabledAs']): void;
  setAbsentListAs(answer: VaultRoom['absentListAs']): void;
  /** Rewrites the link to the next page. */
  setNextLink(rewrite: VaultRoom['nextLink']): void;
  /** Requests with a good token, refused and faulty ones included. */
  stats(): VaultStats;
}

export function createVaultControls(room: VaultRoom): VaultControls {
  const keyOf = (name: string) => {
    const key = room.store.find(name);
    if (key === undefined) throw new Error(`${room.vaultUri} has no key ${name}`);
    return key;
  };
  const versionOf = (name: string, version: string): StoredVersion => {
    const found = keyOf(name).versions.find((candidate) => candidate.version === version);
    if (found === undefined) throw new Error(`key ${name} has no version ${version}`);
    return found;
  };
  const setAttributes = (name: string, version: string, change: Partial<KeyAttributes>) => {
    room.store.update(versionOf(name, version), change);
  };
  return {
    vaultUri: room.vaultUri,
    createKey: ({ name, kty = 'EC', size = 2048, curve = 'P-256', attributes = {}, created }) => {
      const spec: KeySpec = kty === 'RSA' ? { kty, size } : { kty, curve };
      return room.add({ name, spec, attributes, created }).version.version;
    },
    rotate: (name, { attributes = {}, created } = {}) =>
      room.add({ name, spec: keyOf(name).spec, attributes, created }).version.version,
    setEnabled: (name, version, enabled) => {
      setAttributes(name, version, { enabled });
    },
    setAttributes,
    deleteKey: (name) => {
      keyOf(name);
      room.store.delete(name);
    },
    recoverKey: (name) => {
      if (room.store.recover(name) === undefined) throw new Error(`no deleted key ${name}`);
    },
    hideFromLists: (name, version, hidden = true) => {
      versionOf(name, version).hidden = hidden;
    },
    sign: (name, version, digest, algorithm) => {
      const signed = room.sign(versionOf(name, version), algorithm, digest);
      if (signed.kind === 'signed') return signed.signature;
      throw new Error(signed.kind === 'refused' ? `refused: ${signed.inner}` : signed.detail);
    },
    publicKeyOf: (name, version) =>
      createPublicKey({ key: versionOf(name, version).material.publicJwk, format: 'jwk' }),
    versionsOf: (name) => keyOf(name).versions.map(({ version }) => version),
    currentVersion: (name) => {
      const version = keyOf(name).versions.at(-1)?.version;
      if (version === undefined) throw new Error(`key ${name} has no version`);
      return version;
    },
    setDisabledAs: (answer) => {
      room.disabledAs = answer;
    },
    setAbsentListAs: (answer) => {
      room.absentListAs = answer;
    },
    setNextLink: (rewrite) => {
      room.nextLink = rewrite;
    },
    stats: () => room.stats(),
  };
}
