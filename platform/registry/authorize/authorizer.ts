import { LRUCache } from 'lru-cache';
import type { Dispatcher } from 'undici';
import type { Clock } from '../../lifecycle/clock.ts';
import { parseChallenge, type Challenge } from './challenge.ts';
import {
  isSameCredential,
  type Credential,
  type RegistryCredentials,
} from '../credentials/credentials.ts';
import type { RepositoryRef } from '../registry.ts';
import { RegistryError } from '../registry-error.ts';
import { discardBody, errorOfStatus, isRedirect, readHeaders } from '../responses.ts';
import { createTokenCache, type Expiring } from './token-cache.ts';
import { basicHeader, type FetchToken } from './token-service.ts';
import type { Transport } from '../network/transport.ts';
import { within } from '../network/within.ts';

export interface AuthorizerOptions {
  readonly transport: Transport;
  readonly credentials: RegistryCredentials;
  readonly fetchToken: FetchToken;
  readonly clock: Clock;
  readonly callTimeoutMs: number;
}

export interface Place {
  readonly ref: RepositoryRef;
  readonly origin: URL;
}

/** Decides what stands in the Authorization header of a question about one repository. Rejects with RegistryError or as undici does. */
export interface Authorizer {
  /** For the first attempt; `undefined`: none. */
  prepare(place: Place, signal: AbortSignal): Promise<string | undefined>;
  /** After a 401, once: another header than the one that was `refused`. */
  renew(
    place: Place,
    answer: { readonly response: Dispatcher.ResponseData; readonly refused: string | undefined },
    signal: AbortSignal,
  ): Promise<string | undefined>;
}

/** A header; `undefined`: the registry asks for none. */
type Header = string | undefined;

/** So long a password or a given token is taken without another look at where it comes from. */
const STATIC_MS = 60_000;
/** So long a registry is believed to ask for what it asked for last, or for nothing. */
const CHALLENGE_MS = 10 * 60_000;
const HOSTS_LIMIT = 1000;

/**
 * Anonymous until a registry asks, where no credential is configured for it. Where one is, it is shown from the first question on:
 * some registries hide from strangers what they should refuse them, and "not there" would then be a denial.
 */
export function createAuthorizer(options: AuthorizerOptions): Authorizer {
  const { transport, credentials, clock } = options;
  const headers = createTokenCache<Header>();
  const challenges = new LRUCache<string, Challenge>({ max: HOSTS_LIMIT, ttl: CHALLENGE_MS });

  const learnChallenge = async (
    { origin }: Place,
    signal: AbortSignal,
  ): Promise<Challenge | undefined> => {
    const known = challenges.get(origin.host);
    if (known !== undefined) return known;
    const url = new URL('/v2/', origin);
    const response = await transport.send({ url, origin, headers: { accept: '*/*' }, signal });
    await discardBody(response);
    if (response.statusCode === 401) return keepChallenge(origin, response);
    // Only a registry that lets everybody in asks for nothing. One that stumbles, or leads elsewhere, did not say.
    if (response.statusCode === 200) return undefined;
    if (!isRedirect(response.statusCode)) throw errorOfStatus(response, origin.host);
    throw new RegistryError('REGISTRY_REDIRECT_REFUSED', `${origin.host} redirects /v2/`);
  };

  const keepChallenge = ({ host }: URL, response: Dispatcher.ResponseData): Challenge => {
    const challenge = parseChallenge(readHeaders(response.headers, 'www-authenticate'));
    if (challenge === undefined) {
      challenges.delete(host);
      throw new RegistryError('REGISTRY_AUTH', `${host} asks for credentials`);
    }
    challenges.set(host, challenge);
    return challenge;
  };

  /** One credential, shown in the way that the registry asks for. */
  const show = async (
    { ref, origin }: Place,
    challenge: Challenge,
    asked: { readonly credential: Credential | undefined; readonly signal: AbortSignal },
  ): Promise<Expiring<Header>> => {
    const { credential, signal } = asked;
    const expiresAt = clock.now() + STATIC_MS;
    if (credential?.kind === 'registry-token') {
      return { value: `Bearer ${credential.token.reveal()}`, expiresAt };
    }
    if (challenge.bearer !== undefined) {
      const question = { ref, origin, challenge: challenge.bearer, signal };
      const token = await options.fetchToken(question, credential);
      return { value: `Bearer ${token.value.reveal()}`, expiresAt: token.expiresAt };
    }
    if (credential?.kind === 'basic') return { value: basicHeader(credential), expiresAt };
    const has = credential === undefined ? 'none are configured for it' : 'keyward has a token';
    throw new RegistryError(
      'REGISTRY_AUTH',
      `${origin.host} asks for credentials: user name and password, and ${has}`,
    );
  };

  /** Shows what is configured; what is refused is looked up again, once, because it may have been changed since. */
  const authorize = async (
    place: Place,
    challenge: Challenge,
    asked: { readonly credential: Credential | undefined; readonly refused: Header },
  ): Promise<Expiring<Header>> => {
    const { credential, refused } = asked;
    const { host } = place.origin;
    const signal = AbortSignal.timeout(options.callTimeoutMs);
    const attempt = async (shown: Credential | undefined): Promise<Expiring<Header>> => {
      const header = await show(place, challenge, { credential: shown, signal });
      if (header.value !== refused) return header;
      const what = shown === undefined ? 'anonymous access' : "keyward's credentials";
      throw new RegistryError('REGISTRY_AUTH', `${host} refuses ${what}`);
    };
    try {
      return await attempt(credential);
    } catch (error) {
      const isRefusal = error instanceof RegistryError && error.code === 'REGISTRY_AUTH';
      if (!isRefusal || credential === undefined) throw error;
      credentials.forget(host);
      const other = await credentials.find(host, signal);
      if (other === undefined || isSameCredential(other, credential)) throw error;
      return attempt(other);
    }
  };

  const keyOf = ({ ref, origin }: Place): string => `${origin.host}/${ref.repository}`;

  return {
    prepare: async (place, signal) => {
      const known = headers.find(keyOf(place), clock.now());
      if (known !== undefined) return known.value;
      const credential = await within(credentials.find(place.origin.host, signal), signal);
      if (credential === undefined) return undefined;
      const prepared = headers.obtain(keyOf(place), async () => {
        const own = AbortSignal.timeout(options.callTimeoutMs);
        const challenge = await learnChallenge(place, own);
        return challenge === undefined
          ? { value: undefined, expiresAt: clock.now() + STATIC_MS }
          : authorize(place, challenge, { credential, refused: undefined });
      });
      // Of its own time: others share this token, whatever becomes of the caller that asked first.
      return (await within(prepared, signal)).value;
    },
    renew: async (place, { response, refused }, signal) => {
      const { origin } = place;
      const challenge = keepChallenge(origin, response);
      const key = keyOf(place);
      const newer = headers.find(key, clock.now());
      if (newer?.value !== undefined && newer.value !== refused) return newer.value;
      headers.forget(key, refused);
      const renewed = headers.obtain(key, async () => {
        const own = AbortSignal.timeout(options.callTimeoutMs);
        const credential = await credentials.find(origin.host, own);
        return authorize(place, challenge, { credential, refused });
      });
      return (await within(renewed, signal)).value;
    },
  };
}
