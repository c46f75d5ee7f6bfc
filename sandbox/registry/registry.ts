/**
 * Stand-in for a container registry: OCI distribution 1.1 over HTTPS, in memory, good enough for the real cosign and
 * crane to push to and pull from. Held to real registries by test/contract/registry.
 */
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { answerBlob, answerUpload } from './blobs.ts';
import { fail, readBody, type Answer, type Exchange, type Operation } from './exchange.ts';
import { createFaults, sendFaulty, type Faults } from './faults.ts';
import { answerReferrers, answerTags } from './listings.ts';
import { answerManifest, storeManifest } from './manifests.ts';
import { buildImage, type SmallImage } from './small-image.ts';
import { createStorage, digestOf, type Storage } from './storage.ts';
import { createTokens, type RegistryAccess, type Tokens } from './tokens.ts';

export type { Fault, FaultScope, Faults } from './faults.ts';
export type { RegistryAccess } from './tokens.ts';

export interface RegistryOptions {
  readonly certificate: { readonly certPem: string; readonly keyPem: string };
  /** Whether the referrers API is there (default true); without it, answers are 404 as of an unknown route. */
  readonly referrers?: boolean;
  readonly referrersPageSize?: number;
  /** Ask for an anonymous Bearer token first, as public registries do. */
  readonly bearer?: boolean;
  /** Who may read; everybody by default. */
  readonly access?: RegistryAccess;
  /** What its certificate, challenges and clients call it, where a proxy leads there; `127.0.0.1:<port>` by default. */
  readonly name?: string;
  readonly tokenSeconds?: number;
  readonly port?: number;
}

export interface SeenRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly operation: Operation;
  readonly authorization?: string;
  readonly acceptEncoding?: string;
  /** Of a question for a token. */
  readonly form?: string;
}

export interface RegistryStandIn {
  /** `127.0.0.1:<port>`, as an image reference names it. */
  readonly host: string;
  readonly url: string;
  readonly hasReferrers: boolean;
  /** What stands under a tag or digest; `undefined` when nothing does. No request is counted. */
  readManifest(
    repository: string,
    reference: string,
  ): { readonly bytes: Uint8Array; readonly mediaType: string } | undefined;
  pushBlob(repository: string, bytes: Uint8Array): string;
  /** Returns the digest; `reference` may be a tag. */
  pushManifest(
    repository: string,
    reference: string | undefined,
    manifest: { readonly bytes: Uint8Array; readonly mediaType: string },
  ): string;
  pushImage(
    repository: string,
    tag: string,
    image?: SmallImage,
  ): { readonly digest: string; readonly size: number; readonly mediaType: string };
  /** Since the start or the last `resetRequests`. */
  requests(): { readonly count: number; readonly list: readonly SeenRequest[] };
  resetRequests(): void;
  readonly faults: Faults;
  /** Every Bearer token handed out so far is refused from now on. */
  revokeTokens(): void;
  close(): Promise<void>;
}

/** Listens on 127.0.0.1. Rejects when the port is taken or the certificate does not fit its key. */
export async function startRegistry(options: RegistryOptions): Promise<RegistryStandIn> {
  const storage = createStorage();
  const faults = createFaults();
  let seen: SeenRequest[] = [];
  let host = '';
  const tokens = createTokens({
    host: () => options.name ?? host,
    expiresInSeconds: options.tokenSeconds ?? 300,
    ...(options.access === undefined ? {} : { access: options.access }),
  });
  const context: Context = { storage, tokens, options };

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', `https://${host}`);
    const route = findRoute(url.pathname);
    const { authorization, 'accept-encoding': acceptEncoding } = request.headers;
    const body = await readBody(request);
    const isToken = route.operation === 'token' || route.operation === 'exchange';
    seen.push({
      method: request.method ?? '',
      path: request.url ?? '',
      operation: route.operation,
      ...(authorization === undefined ? {} : { authorization }),
      ...(typeof acceptEncoding === 'string' ? { acceptEncoding } : {}),
      ...(isToken && body.length > 0 ? { form: body.toString() } : {}),
    });
    const exchange: Exchange = {
      method: request.method ?? '',
      path: url.pathname,
      query: url.searchParams,
      headers: request.headers,
      body,
    };
    const answer = answerExchange(context, exchange, route);
    const fault = faults.take(route.operation, request.url ?? '');
    if (fault === undefined) send(response, exchange.method, answer);
    else sendFaulty(response, fault, answer);
  };

  const server = createServer(
    { cert: options.certificate.certPem, key: options.certificate.keyPem },
    (request, response) => {
      serve(request, response).catch(() => response.destroy());
    },
  );
  const { port } = await listen(server, options.port ?? 0);
  host = `127.0.0.1:${port}`;

  const pushBlob: RegistryStandIn['pushBlob'] = (repository, bytes) => {
    const digest = digestOf(bytes);
    storage.open(repository).blobs.set(digest, Buffer.from(bytes));
    return digest;
  };
  const pushManifest: RegistryStandIn['pushManifest'] = (repository, reference, manifest) => {
    const opened = storage.open(repository);
    const stored = storeManifest(opened, Buffer.from(manifest.bytes), manifest.mediaType);
    if (stored === undefined) throw new TypeError('not a manifest');
    if (reference !== undefined && !reference.includes(':')) {
      opened.tags.set(reference, stored.digest);
    }
    return stored.digest;
  };
  return {
    host,
    url: `https://${host}`,
    hasReferrers: options.referrers !== false,
    readManifest: (repository, reference) => {
      const opened = storage.find(repository);
      return opened?.manifests.get(opened.tags.get(reference) ?? reference);
    },
    pushBlob,
    pushManifest,
    pushImage: (repository, tag, image = {}) => {
      const built = buildImage(image);
      for (const blob of built.blobs) pushBlob(repository, blob);
      const digest = pushManifest(repository, tag, built);
      return { digest, size: built.bytes.length, mediaType: built.mediaType };
    },
    requests: () => ({ count: seen.length, list: [...seen] }),
    resetRequests: () => {
      seen = [];
    },
    faults,
    revokeTokens: () => {
      tokens.revokeAll();
    },
    close: () => closeServer(server),
  };
}

interface Context {
  readonly storage: Storage;
  readonly tokens: Tokens;
  readonly options: RegistryOptions;
}

interface Route {
  readonly operation: Operation;
  readonly name?: string;
  readonly rest: string;
}

const ROUTES: readonly (readonly [RegExp, Operation])[] = [
  [/^\/(?:oauth2\/)?token()()$/u, 'token'],
  [/^\/oauth2\/exchange()()$/u, 'exchange'],
  [/^\/v2\/(.+)\/blobs\/uploads\/(.*)$/u, 'upload'],
  [/^\/v2\/(.+)\/blobs\/([^/]+)$/u, 'blob'],
  [/^\/v2\/(.+)\/manifests\/([^/]+)$/u, 'manifest'],
  [/^\/v2\/(.+)\/referrers\/([^/]+)$/u, 'referrers'],
  [/^\/v2\/(.+)\/tags\/(list)$/u, 'tags'],
];

function findRoute(path: string): Route {
  for (const [pattern, operation] of ROUTES) {
    const match = pattern.exec(path);
    if (match !== null) {
      const name = match[1] ?? '';
      return { operation, rest: match[2] ?? '', ...(name === '' ? {} : { name }) };
    }
  }
  return { operation: 'ping', rest: path };
}

type Handler = (context: Context, exchange: Exchange, route: Route & { name: string }) => Answer;

const HANDLERS: Readonly<Record<Operation, Handler>> = {
  token: ({ tokens }, exchange) => tokens.issue(exchange),
  exchange: ({ tokens }, exchange) => tokens.exchange(exchange),
  ping: (_, __, { rest }) =>
    /^\/v2\/?$/u.test(rest)
      ? { status: 200, headers: { 'docker-distribution-api-version': 'registry/2.0' } }
      : fail(404, 'NOT_FOUND', 'no such route'),
  manifest: ({ storage }, exchange, { name, rest }) =>
    answerManifest(storage, exchange, name, rest),
  blob: ({ storage }, exchange, { name, rest }) => answerBlob(storage, exchange, name, rest),
  upload: ({ storage }, exchange, { name, rest }) => answerUpload(storage, exchange, name, rest),
  tags: ({ storage }, exchange, { name }) => answerTags(storage, exchange, name),
  referrers: ({ storage, options }, exchange, { name, rest }) => {
    if (options.referrers === false) return fail(404, 'NOT_FOUND', 'no such route');
    const pageSize = options.referrersPageSize ?? 100;
    return answerReferrers(storage, exchange, { name, digest: rest, pageSize });
  },
};

function answerExchange(context: Context, exchange: Exchange, route: Route): Answer {
  const { bearer, access } = context.options;
  const isClosed = bearer === true || access !== undefined;
  if (isClosed && route.operation !== 'token' && route.operation !== 'exchange') {
    const challenge = context.tokens.challenge(exchange, route.name);
    if (challenge !== undefined) return challenge;
  }
  return HANDLERS[route.operation](context, exchange, { ...route, name: route.name ?? '' });
}

function send(response: ServerResponse, method: string, { status, headers, body }: Answer): void {
  const bytes = Buffer.from(body ?? '');
  const length = status === 204 ? {} : { 'content-length': bytes.length };
  response.writeHead(status, { ...headers, ...length });
  if (method === 'HEAD') response.end();
  else response.end(bytes);
}

function listen(server: Server, port: number): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve(server.address() as AddressInfo);
    });
  });
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => {
      if (error === undefined) resolve();
      else reject(error);
    });
    server.closeAllConnections();
  });
}
