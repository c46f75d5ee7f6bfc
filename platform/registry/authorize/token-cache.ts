import { LRUCache } from 'lru-cache';

export interface Expiring<T> {
  readonly value: T;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

export interface TokenCache<T> {
  find(key: string, now: number): Expiring<T> | undefined;
  /** Shares a fetch that is under way. A failure is not kept. */
  obtain(key: string, fetch: () => Promise<Expiring<T>>): Promise<Expiring<T>>;
  /** Unless it is another one by now. */
  forget(key: string, value: T): void;
}

const TOKENS_LIMIT = 1000;

/** Values that live for a while, by key: the least recently used go when there are too many. */
export function createTokenCache<T>(): TokenCache<T> {
  const tokens = new LRUCache<string, Expiring<T>>({ max: TOKENS_LIMIT });
  const fetching = new Map<string, Promise<Expiring<T>>>();
  const fetchOnce = async (
    key: string,
    fetch: () => Promise<Expiring<T>>,
  ): Promise<Expiring<T>> => {
    try {
      const token = await fetch();
      tokens.set(key, token);
      return token;
    } finally {
      fetching.delete(key);
    }
  };
  return {
    find: (key, now) => {
      const token = tokens.get(key);
      return token !== undefined && token.expiresAt > now ? token : undefined;
    },
    obtain: (key, fetch) => {
      const running = fetching.get(key) ?? fetchOnce(key, fetch);
      fetching.set(key, running);
      return running;
    },
    forget: (key, value) => {
      if (tokens.peek(key)?.value === value) tokens.delete(key);
    },
  };
}
