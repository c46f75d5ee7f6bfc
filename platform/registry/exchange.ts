import type { Dispatcher } from 'undici';
import type { Clock } from '../lifecycle/clock.ts';
import type { RegistryMetrics, RegistryOperation } from './registry-metrics.ts';
import type { CallOptions, RepositoryRef } from './registry.ts';
import { ContentError, RegistryError } from './registry-error.ts';
import {
  discardBody,
  errorOfFailure,
  errorOfStatus,
  isStaleConnection,
  readBody,
  readHeader,
} from './responses.ts';
import { createTokenCache, parseChallenge, parseToken, tokenUrl } from './tokens.ts';
import type { Transport } from './transport.ts';

export interface Inquiry extends CallOptions {
  readonly ref: RepositoryRef;
  readonly operation: RegistryOperation;
  /** Path and query below the registry's root, or a whole address of the same origin. */
  readonly path: string;
  readonly accept: string;
  readonly maxBytes: number;
}

export type Reply =
  | {
      readonly kind: 'found';
      readonly body: Buffer;
      readonly mediaType: string;
      readonly link: string | undefined;
      /** The address that was asked, before redirects. */
      readonly asked: URL;
    }
  /** 404, or another status by which registries answer a route that they do not have. */
  | { readonly kind: 'absent'; readonly status: number };

export interface ExchangeOptions {
  readonly transport: Transport;
  readonly metrics: RegistryMetrics;
  readonly clock: Clock;
  readonly callTimeoutMs: number;
  /** Hosts besides itself that may hand out tokens for a registry: `registry-1.docker.io` → `auth.docker.io`. */
  readonly realmHosts: ReadonlyMap<string, readonly string[]>;
}

export type Ask = (inquiry: Inquiry) => Promise<Reply>;

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const UNKNOWN_ROUTE: ReadonlySet<number> = new Set([400, 405, 406, 501]);
const REDIRECT_LIMIT = 3;
const TOKEN_BODY_LIMIT = 64 * 1024;

/** One question to a registry, with token, redirects, caps and deadline. Rejects with RegistryError or ContentError only. */
export function createExchange(options: ExchangeOptions): Ask {
  const { transport, metrics, clock } = options;
  const tokens = createTokenCache();

  const send = async (
    url: URL,
    origin: URL,
    outgoing: { headers: Readonly<Record<string, string>>; signal: AbortSignal },
  ): Promise<Dispatcher.ResponseData> => {
    const headers = {
      ...outgoing.headers,
      'accept-encoding': 'identity',
      'user-agent': 'keyward',
    };
    const once = () => transport.send({ url, origin, headers, signal: outgoing.signal });
    try {
      return await once();
    } catch (failure) {
      if (outgoing.signal.aborted || !isStaleConnection(failure)) throw failure;
      return once();
    }
  };

  const follow = async (
    first: Dispatcher.ResponseData,
    origin: URL,
    outgoing: { url: URL; headers: Readonly<Record<string, string>>; signal: AbortSignal },
  ): Promise<Dispatcher.ResponseData> => {
    let response = first;
    let url = outgoing.url;
    for (let step = 0; REDIRECTS.has(response.statusCode); step += 1) {
      await discardBody(response);
      const target = URL.parse(readHeader(response.headers, 'location') ?? '', url.href);
      if (target === null || step >= REDIRECT_LIMIT) {
        throw new RegistryError(
          'REGISTRY_REDIRECT_REFUSED',
          'too many redirects, or one to nowhere',
        );
      }
      url = target;
      // Without Authorization, even to the same host: a token is for the question that was asked (A138).
      response = await send(url, origin, { headers: outgoing.headers, signal: outgoing.signal });
    }
    return response;
  };

  const fetchToken = async (inquiry: Inquiry, response: Dispatcher.ResponseData, origin: URL) => {
    // Of its own: others share this token, whatever becomes of the caller that asked first.
    const signal = AbortSignal.timeout(options.callTimeoutMs);
    const challenge = parseChallenge(readHeader(response.headers, 'www-authenticate'));
    const url = challenge === undefined ? undefined : tokenUrl(challenge, inquiry.ref);
    if (url === undefined) {
      throw new RegistryError('REGISTRY_AUTH', `${origin.host} asks for credentials`);
    }
    if (!isRealmAllowed(url, origin)) {
      throw new RegistryError(
        'REGISTRY_AUTH',
        `${origin.host} names ${url.protocol}//${url.host} for tokens, which is not allowed`,
      );
    }
    return metrics.measure('token', async () => {
      const answer = await send(url, url, { headers: { accept: 'application/json' }, signal });
      if (answer.statusCode !== 200) {
        await discardBody(answer);
        throw REDIRECTS.has(answer.statusCode)
          ? new RegistryError('REGISTRY_REDIRECT_REFUSED', 'the token service redirects')
          : errorOfStatus(answer, `the token service of ${origin.host}`);
      }
      return parseToken(await readBody(answer, TOKEN_BODY_LIMIT), clock.now());
    });
  };

  const isRealmAllowed = (url: URL, origin: URL): boolean => {
    const foreign = options.realmHosts.get(origin.host) ?? [];
    const secure = url.protocol === 'https:' || url.origin === origin.origin;
    const named = transport.isAllowed(url, origin) || foreign.includes(url.host);
    return secure && named && url.username === '' && url.password === '';
  };

  const exchange = async (inquiry: Inquiry, signal: AbortSignal): Promise<Reply> => {
    const origin = transport.baseUrl(inquiry.ref.registry);
    const url = new URL(inquiry.path, origin);
    const headers = { accept: inquiry.accept };
    const attempt = (token: string | undefined) =>
      send(url, origin, {
        headers: token === undefined ? headers : { ...headers, authorization: `Bearer ${token}` },
        signal,
      });
    const known = tokens.find(inquiry.ref, clock.now());
    let response = await attempt(known);
    if (response.statusCode === 401) {
      await discardBody(response);
      if (known !== undefined) tokens.forget(inquiry.ref, known);
      const challenged = response;
      const token = await tokens.obtain(inquiry.ref, () => fetchToken(inquiry, challenged, origin));
      response = await attempt(token);
    }
    response = await follow(response, origin, { url, headers, signal });
    return readReply(response, inquiry, url);
  };

  return (inquiry) =>
    metrics.measure(inquiry.operation, async () => {
      const call = AbortSignal.timeout(options.callTimeoutMs);
      const signal = inquiry.signal === undefined ? call : AbortSignal.any([inquiry.signal, call]);
      try {
        return await exchange(inquiry, signal);
      } catch (failure) {
        throw errorOfFailure(failure, inquiry.ref.registry, { caller: inquiry.signal, call });
      }
    });
}

async function readReply(
  response: Dispatcher.ResponseData,
  inquiry: Inquiry,
  asked: URL,
): Promise<Reply> {
  const { statusCode: status, headers } = response;
  if (status !== 200) {
    await discardBody(response);
    const noRoute = inquiry.operation === 'referrers' && UNKNOWN_ROUTE.has(status);
    if (status === 404 || noRoute) return { kind: 'absent', status };
    throw errorOfStatus(response, asked.host);
  }
  const [mediaType = ''] = (readHeader(headers, 'content-type') ?? '').split(';');
  try {
    return {
      kind: 'found',
      body: await readBody(response, inquiry.maxBytes),
      mediaType: mediaType.trim().toLowerCase(),
      link: readHeader(headers, 'link'),
      asked,
    };
  } catch (failure) {
    if (failure instanceof ContentError) response.body.destroy();
    throw failure;
  }
}
