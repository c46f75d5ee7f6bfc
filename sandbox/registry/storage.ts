import { createHash } from 'node:crypto';

export interface StoredManifest {
  readonly bytes: Buffer;
  readonly mediaType: string;
  readonly subject?: string;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface Repository {
  readonly manifests: Map<string, StoredManifest>;
  readonly tags: Map<string, string>;
  readonly blobs: Map<string, Buffer>;
}

export interface Storage {
  find(name: string): Repository | undefined;
  open(name: string): Repository;
  readonly uploads: Map<string, Buffer[]>;
}

/** `sha256:<hex>` of `bytes`. */
export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** Repositories in memory: they die with the process, as everything in the sandbox does. */
export function createStorage(): Storage {
  const repositories = new Map<string, Repository>();
  return {
    uploads: new Map(),
    find: (name) => repositories.get(name),
    open: (name) => {
      const known = repositories.get(name);
      if (known !== undefined) return known;
      const created: Repository = { manifests: new Map(), tags: new Map(), blobs: new Map() };
      repositories.set(name, created);
      return created;
    },
  };
}
