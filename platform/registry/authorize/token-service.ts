import type { Clock } from '../../lifecycle/clock.ts';
import { scopeOf, type BearerChallenge } from './challenge.ts';
import type { Credential } from '../credentials/credentials.ts';
import { requireRealm, type RealmRule } from './realm.ts';
import type { RegistryMetrics } from '../registry-metrics.ts';
import type { RepositoryRef } from '../registry.ts';
import { ContentError, RegistryError } from '../registry-error.ts';
import { discardBody, errorOfStatus, isRedirect, readBody } from '../responses.ts';
import type { SecretText } from '../credentials/secret-text.ts';
import { parseRefreshToken, parseToken } from './token-answers.ts';
import { createTokenCache, type Expiring } from './token-cache.ts';
import type { Transport } from '../network/transport.ts';

export interface TokenServiceOptions extends RealmRule {
  readonly transport: Transport;
  readonly metrics: RegistryMetrics;
  readonly clock: Clock;
}

export interface TokenQuestion {
  readonly ref: RepositoryRef;
  readonly origin: URL;
  readonly challenge: BearerChallenge;
  readonly signal: AbortSignal;
}

type Entra = Extract<Credential, { kind: 'entra' }>;
/** What a token can be had for; nothing: anonymously. */
export type TokenCredential = Exclude<Credential, { kind: 'registry-token' }> | undefined;

/**
 * Asks for a token to pull one repository, at the place that the registry's challenge names. REGISTRY_AUTH: the credential was refused.
 * Rejects with RegistryError, or as undici does.
 */
export type FetchToken = (
  question: TokenQuestion,
  credential: TokenCredential,
) => Promise<Expiring<SecretText>>;

interface Outgoing {
  /** The registry that named the place: what is not its own must be public, or listed. */
  readonly origin: URL;
  readonly signal: AbortSignal;
  readonly authorization?: string;
  readonly form?: Readonly<Record<string, string>>;
}

const BODY_LIMIT = 64 * 1024;
/** What an OAuth service says of a token that is not, or no longer, good (RFC 6749 section 5.2). */
const REFUSALS: ReadonlySet<number> = new Set([400, 401, 403]);

/** The token flows of registries: the distribution project's by GET, OAuth's by POST, and before that Azure's exchange. */
export function createTokenService(options: TokenServiceOptions): FetchToken {
  const { transport, metrics, clock } = options;
  const refreshTokens = createTokenCache<SecretText>();

  /** Never through a redirect: what is sent here is a secret. */
  const send = (url: URL, { origin, signal, authorization, form }: Outgoing): Promise<Buffer> =>
    metrics.measure('token', async () => {
      const response = await transport.send({
        url,
        origin,
        headers: {
          accept: 'application/json',
          ...(authorization === undefined ? {} : { authorization }),
        },
        signal,
        ...(form === undefined ? {} : { form }),
      });
      const { statusCode: status } = response;
      if (status === 200) return readTokenBody(response);
      await discardBody(response);
      if (isRedirect(status)) {
        throw new RegistryError('REGISTRY_REDIRECT_REFUSED', 'the token service redirects');
      }
      if (form !== undefined && REFUSALS.has(status)) {
        throw new RegistryError('REGISTRY_AUTH', `the token service answered ${status}`);
      }
      throw errorOfStatus(response, `the token service of ${url.host}`);
    });

  const fetchByGet = async (
    { ref, origin, challenge, signal }: TokenQuestion,
    credential: Extract<Credential, { kind: 'basic' }> | undefined,
  ): Promise<Expiring<SecretText>> => {
    const url = new URL(requireRealm(challenge, origin, options));
    if (challenge.service !== undefined) url.searchParams.set('service', challenge.service);
    url.searchParams.set('scope', scopeOf(ref));
    const authorization =
      credential === undefined ? {} : { authorization: basicHeader(credential) };
    return parseToken(await send(url, { origin, signal, ...authorization }), clock.now());
  };

  const fetchByPost = async (
    { ref, origin, challenge, signal }: TokenQuestion,
    refreshToken: SecretText,
  ): Promise<Expiring<SecretText>> => {
    const form = {
      grant_type: 'refresh_token',
      client_id: 'keyward',
      service: challenge.service ?? origin.host,
      scope: scopeOf(ref),
      refresh_token: refreshToken.reveal(),
    };
    const url = requireRealm(challenge, origin, options);
    return parseToken(await send(url, { origin, signal, form }), clock.now());
  };

  /** Azure's own (azure.md section 10.1). To the registry itself, which the credential was found for, whatever its challenge names. */
  const exchange = async (
    { origin, signal }: TokenQuestion,
    credential: Entra,
  ): Promise<Expiring<SecretText>> => {
    if (origin.protocol !== 'https:') {
      throw new RegistryError('REGISTRY_AUTH', `${origin.host} is spoken to without TLS`);
    }
    const form = {
      grant_type: 'access_token',
      service: origin.host,
      access_token: (await credential.token(signal)).reveal(),
    };
    const body = await send(new URL('/oauth2/exchange', origin), { origin, signal, form });
    return parseRefreshToken(body, clock.now());
  };

  const fetchByEntra = async (
    question: TokenQuestion,
    credential: Entra,
  ): Promise<Expiring<SecretText>> => {
    const { host } = question.origin;
    const obtain = () => refreshTokens.obtain(host, () => exchange(question, credential));
    const known = refreshTokens.find(host, clock.now());
    if (known === undefined) return fetchByPost(question, (await obtain()).value);
    try {
      return await fetchByPost(question, known.value);
    } catch (error) {
      if (!(error instanceof RegistryError) || error.code !== 'REGISTRY_AUTH') throw error;
      refreshTokens.forget(host, known.value);
      return fetchByPost(question, (await obtain()).value);
    }
  };

  return (question, credential) => {
    switch (credential?.kind) {
      case undefined:
      case 'basic':
        return fetchByGet(question, credential);
      case 'refresh-token':
        return fetchByPost(question, credential.token);
      case 'entra':
        return fetchByEntra(question, credential);
    }
  };
}

export function basicHeader({
  username,
  password,
}: Extract<Credential, { kind: 'basic' }>): string {
  return `Basic ${Buffer.from(`${username}:${password.reveal()}`).toString('base64')}`;
}

/** A token service that pours says nothing about any signature: unavailable, and no limit of an image's (A35). */
async function readTokenBody(response: Parameters<typeof readBody>[0]): Promise<Buffer> {
  try {
    return await readBody(response, BODY_LIMIT);
  } catch (error) {
    if (!(error instanceof ContentError)) throw error;
    throw new RegistryError('REGISTRY_BAD_RESPONSE', `the token service: ${error.message}`);
  }
}
