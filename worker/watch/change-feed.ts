import type { ChangedKind } from './changes.ts';

export type ChangeListener = (kind: ChangedKind, keys: readonly string[]) => void;

/** From the reflectors, which live as long as the process, to whoever leads at the moment. */
export interface ChangeFeed {
  publish(kind: ChangedKind, keys: readonly string[]): void;
  /** Returns what ends it. */
  subscribe(listener: ChangeListener): () => void;
}

export function createChangeFeed(): ChangeFeed {
  const listeners = new Set<ChangeListener>();
  return {
    publish: (kind, keys) => {
      for (const listener of listeners) listener(kind, keys);
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
  };
}
