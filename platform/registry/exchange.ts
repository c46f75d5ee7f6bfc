import type { Dispatcher } from 'undici';
import type { Authorizer } from './authorize/authorizer.ts';
import type { RegistryMetrics, RegistryOperation } from './registry-metrics.ts';
import type { CallOptions, RepositoryRef } from './registry.ts';
import { RegistryError } from './registry-error.ts';
import type { RequestGate } from './request-gate.ts';
import { errorOfFailure } from './failures.ts';
import { discardBody, errorOfStatus, isRedirect, readBody, readHeader } from './responses.ts';
import type { Transport } from './network/transport.ts';

export interface Inquiry extends CallOptions {
  readonly ref: RepositoryRef;
  readonly operation: RegistryOperation;
  /** Path and query below the registry's root. */
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
  readonly authorizer: Authorizer;
  readonly gate: RequestGate;
  readonly metrics: RegistryMetrics;
  readonly callTimeoutMs: number;
}

export type Ask = (inquiry: Inquiry) => Promise<Reply>;

const UNKNOWN_ROUTE: ReadonlySet<number> = new Set([400, 405, 406, 501]);
const REDIRECT_LIMIT = 3;

/** One question to a registry, with its turn, authorization, redirects, caps and deadline. Rejects with RegistryError or ContentError only. */
export function createExchange(options: ExchangeOptions): Ask {
  const { transport, authorizer, gate, metrics } = options;

  const follow = async (
    first: Dispatcher.ResponseData,
    origin: URL,
    outgoing: { url: URL; headers: Readonly<Record<string, string>>; signal: AbortSignal },
  ): Promise<Dispatcher.ResponseData> => {
    let response = first;
    let { url } = outgoing;
    for (let step = 0; isRedirect(response.statusCode); step += 1) {
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
      const { headers, signal } = outgoing;
      response = await transport.send({ url, origin, headers, signal });
    }
    return response;
  };

  const exchange = async (inquiry: Inquiry, signal: AbortSignal): Promise<Reply> => {
    const { ref } = inquiry;
    const origin = transport.baseUrl(ref.registry);
    // Put together and not resolved: the path of a page's Link may start with `//evil.example`, which would be another host (A132).
    const url = new URL(`${origin.origin}${inquiry.path}`);
    const headers = { accept: inquiry.accept };
    const attempt = (authorization: string | undefined) =>
      transport.send({
        url,
        origin,
        headers: authorization === undefined ? headers : { ...headers, authorization },
        signal,
      });
    await gate.pass(origin.host, inquiry.operation, signal);
    let shown = await authorizer.prepare({ ref, origin }, signal);
    let response = await attempt(shown);
    if (response.statusCode === 401) {
      await discardBody(response);
      shown = await authorizer.renew({ ref, origin }, { response, refused: shown }, signal);
      response = await attempt(shown);
    }
    const isMoved = isRedirect(response.statusCode);
    response = await follow(response, origin, { url, headers, signal });
    if (isMoved && shown !== undefined && inquiry.operation === 'manifest') {
      await refuseHidden(response, origin.host);
    }
    return readReply(response, inquiry, url);
  };

  return (inquiry) =>
    metrics.measure(inquiry.operation, async () => {
      const call = AbortSignal.timeout(options.callTimeoutMs);
      const signal = inquiry.signal === undefined ? call : AbortSignal.any([inquiry.signal, call]);
      const { registry } = inquiry.ref;
      try {
        return await exchange(inquiry, signal);
      } catch (failure) {
        const error = errorOfFailure(failure, registry, { caller: inquiry.signal, call });
        if (error instanceof RegistryError && error.retryAfter !== undefined) {
          gate.hold(transport.baseUrl(registry).host, inquiry.operation, error.retryAfter);
        }
        throw error;
      }
    });
}

/**
 * An absence is believed from a place that was shown what it asked for. Behind a redirect nothing is shown, and what is hidden from
 * strangers would be "unsigned".
 */
async function refuseHidden(response: Dispatcher.ResponseData, host: string): Promise<void> {
  if (response.statusCode !== 404) return;
  await discardBody(response);
  throw new RegistryError(
    'REGISTRY_BAD_RESPONSE',
    `${host} sends us where nothing is, or nothing for those who show no credentials`,
  );
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
  return {
    kind: 'found',
    body: await readBody(response, inquiry.maxBytes),
    mediaType: mediaType.trim().toLowerCase(),
    link: readHeader(headers, 'link'),
    asked,
  };
}
