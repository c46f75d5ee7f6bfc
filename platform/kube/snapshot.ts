import type { Logger } from '../observe/logger.ts';
import type { KubeObject } from './kube.ts';
import type { ParseResult } from './parse-result.ts';
import { objectKey, type Resource } from './resources.ts';

interface SnapshotOptions<T> {
  readonly resource: Resource;
  readonly parse: (object: KubeObject) => ParseResult<T>;
  readonly onChange: (keys: readonly string[]) => void;
  readonly logger: Logger;
}

export interface Snapshot<T> {
  replaceAll(objects: readonly KubeObject[]): void;
  upsert(object: KubeObject): void;
  remove(object: KubeObject): void;
  items(): ReadonlyMap<string, T>;
  invalid(): ReadonlyMap<string, readonly string[]>;
  invalidCount(): number;
}

/** The reflector's store. Copied on the first write after a map was handed out, so a reader never sees it move. */
export function createSnapshot<T>(options: SnapshotOptions<T>): Snapshot<T> {
  let items = new Map<string, T>();
  let invalid = new Map<string, readonly string[]>();
  let versions = new Map<string, string>();
  let handedOut = false;

  const prepareWrite = (): void => {
    if (!handedOut) return;
    items = new Map(items);
    invalid = new Map(invalid);
    handedOut = false;
  };

  /** An object that became invalid loses its old value: yesterday's good spec must not outlive today's. */
  const put = (object: KubeObject): string => {
    const key = objectKey(object.metadata);
    versions.set(key, object.metadata.resourceVersion ?? '');
    const parsed = parseSafely(options.parse, object);
    if (parsed.ok) {
      items.set(key, parsed.value);
      invalid.delete(key);
    } else {
      items.delete(key);
      invalid.set(key, parsed.problems);
      const { kind } = options.resource;
      options.logger.warn({ kind, name: key, problems: parsed.problems }, 'object is invalid');
    }
    return key;
  };

  return {
    replaceAll: (objects) => {
      const before = versions;
      items = new Map();
      invalid = new Map();
      versions = new Map();
      handedOut = false;
      for (const object of objects) put(object);
      const changed = [...versions].filter(([key, version]) => before.get(key) !== version);
      const gone = [...before.keys()].filter((key) => !versions.has(key));
      const keys = [...changed.map(([key]) => key), ...gone];
      if (keys.length > 0) options.onChange(keys);
    },
    upsert: (object) => {
      prepareWrite();
      const key = put(object);
      options.onChange([key]);
    },
    remove: (object) => {
      prepareWrite();
      const key = objectKey(object.metadata);
      items.delete(key);
      invalid.delete(key);
      versions.delete(key);
      options.onChange([key]);
    },
    items: () => {
      handedOut = true;
      return items;
    },
    invalid: () => {
      handedOut = true;
      return invalid;
    },
    invalidCount: () => invalid.size,
  };
}

function parseSafely<T>(
  parse: (object: KubeObject) => ParseResult<T>,
  object: KubeObject,
): ParseResult<T> {
  try {
    return parse(object);
  } catch {
    return { ok: false, problems: ['the object could not be parsed'] };
  }
}
