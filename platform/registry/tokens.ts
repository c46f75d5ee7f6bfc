import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import type { RepositoryRef } from './registry.ts';
import { RegistryError } from './registry-error.ts';

export interface Challenge {
  readonly realm: string;
  readonly service?: string;
}

/** The Bearer challenge of a 401. `undefined`: another scheme, or no realm. */
export function parseChallenge(header: string | undefined): Challenge | undefined {
  if (header === undefined || header.length > 4096) return undefined;
  const [, parameters] = /^Bearer\s+(.+)$/iu.exec(header) ?? [];
  if (parameters === undefined) return undefined;
  const values = new Map<string, string>();
  for (const [, name, value] of parameters.matchAll(/([a-z_]+)="([^"\\]*)"/giu)) {
    if (name !== undefined && value !== undefined) values.set(name.toLowerCase(), value);
  }
  const realm = values.get('realm');
  if (realm === undefined) return undefined;
  const service = values.get('service');
  return { realm, ...(service === undefined ? {} : { service }) };
}

/** The address to ask. We ask to pull this repository, whatever scope the challenge names. */
export function tokenUrl(challenge: Challenge, ref: RepositoryRef): URL | undefined {
  const url = URL.parse(challenge.realm);
  if (url === null) return undefined;
  if (challenge.service !== undefined) url.searchParams.set('service', challenge.service);
  url.searchParams.set('scope', `repository:${ref.repository}:pull`);
  return url;
}

const tokenSchema = z.object({
  token: z.string().optional(),
  access_token: z.string().optional(),
  expires_in: z.number().nonnegative().optional(),
});

interface Token {
  readonly value: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** The token specification: 60 s when nothing is said. */
const DEFAULT_SECONDS = 60;
/** Not used in its last seconds, so that it does not run out under way. */
const MARGIN_MS = 5000;

/** Parses a token answer. Throws RegistryError: the body is never part of the message. */
export function parseToken(body: Buffer, now: number): Token {
  const parsed = tokenSchema.safeParse(parseJson(body));
  const value = parsed.success ? (parsed.data.token ?? parsed.data.access_token) : undefined;
  // Anything but visible ASCII would be another header, or none (RFC 6750 section 2.1).
  if (!parsed.success || value === undefined || !/^[\u0021-\u007E]{1,16384}$/u.test(value)) {
    throw new RegistryError('REGISTRY_AUTH', 'the token service gave no usable token');
  }
  const seconds = Math.min(parsed.data.expires_in ?? DEFAULT_SECONDS, 24 * 3600);
  return { value, expiresAt: now + seconds * 1000 - MARGIN_MS };
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

export interface TokenCache {
  find(ref: RepositoryRef, now: number): string | undefined;
  /** Shares a fetch that is under way. */
  obtain(ref: RepositoryRef, fetch: () => Promise<Token>): Promise<string>;
  forget(ref: RepositoryRef, value: string): void;
}

export function createTokenCache(): TokenCache {
  const tokens = new LRUCache<string, Token>({ max: 1000 });
  const fetching = new Map<string, Promise<Token>>();
  const keyOf = ({ registry, repository }: RepositoryRef) => `${registry}/${repository}`;
  return {
    find: (ref, now) => {
      const token = tokens.get(keyOf(ref));
      return token !== undefined && token.expiresAt > now ? token.value : undefined;
    },
    obtain: async (ref, fetch) => {
      const key = keyOf(ref);
      const running = fetching.get(key) ?? fetch();
      fetching.set(key, running);
      try {
        const token = await running;
        tokens.set(key, token);
        return token.value;
      } finally {
        if (fetching.get(key) === running) fetching.delete(key);
      }
    },
    forget: (ref, value) => {
      const key = keyOf(ref);
      if (tokens.peek(key)?.value === value) tokens.delete(key);
    },
  };
}
