import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import { z } from 'zod';
import type { Clock } from '../../lifecycle/clock.ts';

/** The keys could not be fetched, or were fetched so lately that they are not asked for again: nobody knows whether the token is good. */
export class KeysUnavailable extends Error {
  override readonly name = 'KeysUnavailable';
}

export interface SigningKeysOptions {
  /** Reads the key set from where the configuration says. Nothing of a token has a say in it. */
  readonly fetchKeySet: () => Promise<unknown>;
  readonly clock: Clock;
  /** With what went wrong, if anything did. */
  readonly onFetch: (outcome: 'ok' | 'failed', error?: unknown) => void;
}

/** A key that was taken back is not trusted longer than this. */
const REFRESH_AFTER_MS = 600_000;
/** How long keys are used on while they cannot be fetched anew. */
const USABLE_MS = 3_600_000;
/** Whoever sends tokens with made-up key ids must not make this process ask for keys all the time; nor must an outage. */
const COOL_DOWN_MS = 30_000;

const KEY_SET = z.object({
  // A key without an id could be matched by any token that names none: it is left out.
  keys: z
    .array(z.looseObject({ kty: z.string(), kid: z.unknown().optional() }))
    .max(100)
    .transform((keys) => keys.filter(({ kty, kid }) => kty === 'RSA' && typeof kid === 'string')),
});

/**
 * The public keys that tokens are signed with, for `jwtVerify`. A key id that is not known leads to a new fetch, so a rotation needs
 * nobody; fetches are single-flighted and rare. Rejects with jose's `JWKSNoMatchingKey` when the newest keys do not hold the id, and with
 * {@link KeysUnavailable} when that could not be found out.
 */
export function createSigningKeys(options: SigningKeysOptions): JWTVerifyGetKey {
  const { clock } = options;
  let keys: ReturnType<typeof createLocalJWKSet> | undefined;
  let fetchedAt = -Infinity;
  let fetches = 0;
  let triedAt = -Infinity;
  let fetching: Promise<boolean> | undefined;
  // A clock that is set back must not make all this last longer.
  const since = (time: number): number => Math.abs(clock.now() - time);

  const fetchOnce = async (): Promise<boolean> => {
    triedAt = clock.now();
    try {
      keys = createLocalJWKSet(KEY_SET.parse(await options.fetchKeySet()) as JSONWebKeySet);
      fetchedAt = clock.now();
      fetches += 1;
      options.onFetch('ok');
      return true;
    } catch (error) {
      options.onFetch('failed', error);
      return false;
    } finally {
      fetching = undefined;
    }
  };
  /** Whether the keys are those of a fetch that ended after this call. */
  const refresh = (): Promise<boolean> => {
    if (fetching === undefined && since(triedAt) < COOL_DOWN_MS) return Promise.resolve(false);
    fetching ??= fetchOnce();
    return fetching;
  };

  return async (header, token) => {
    // Entra names the key always; any key would match a token that names none.
    if (header.kid === undefined) throw new errors.JWKSNoMatchingKey();
    const fetchesBefore = fetches;
    if (since(fetchedAt) >= REFRESH_AFTER_MS) await refresh();
    if (keys === undefined || since(fetchedAt) >= USABLE_MS)
      throw new KeysUnavailable('the signing keys cannot be fetched');
    try {
      return await keys(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      // Read since this token came: there is no such key.
      if (fetches > fetchesBefore) throw error;
      if (!(await refresh())) throw new KeysUnavailable('a key id is not known yet');
      return await keys(header, token);
    }
  };
}
