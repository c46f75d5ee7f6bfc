import { randomUUID } from 'node:crypto';
import { fail, type Answer, type Exchange } from './exchange.ts';

/** Who may read. Absent: everybody, or everybody with an anonymous token. */
export type RegistryAccess =
  /** User name and password at each request, as `distribution` with htpasswd. */
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  /** User name and password at the token service. */
  | { readonly kind: 'token'; readonly username: string; readonly password: string }
  /** As Azure Container Registry: a token of Entra's at /oauth2/exchange, what that gives at /oauth2/token. */
  | { readonly kind: 'azure'; readonly isEntraToken: (token: string) => boolean };

export interface Tokens {
  /** `undefined`: let through. */
  challenge(exchange: Exchange, name: string | undefined): Answer | undefined;
  issue(exchange: Exchange): Answer;
  /** Azure's: an Entra token in, a refresh token out. */
  exchange(exchange: Exchange): Answer;
  /** As a server that lost its key, or whose tokens ran out: every token handed out so far is refused. */
  revokeAll(): void;
}

export interface TokenOptions {
  /** As clients name the registry: `127.0.0.1:<port>`, or the name that a proxy leads here. */
  readonly host: () => string;
  readonly expiresInSeconds: number;
  readonly access?: RegistryAccess;
}

const REFRESH_SECONDS = 3 * 3600;

/** Bearer tokens as registries hand them out, one scope each, pull and push; or none, where a password opens everything. */
export function createTokens({ host, expiresInSeconds, access }: TokenOptions): Tokens {
  const scopes = new Map<string, string>();
  const refreshTokens = new Set<string>();
  const isAzure = access?.kind === 'azure';
  const realm = () => `https://${host()}/${isAzure ? 'oauth2/token' : 'token'}`;

  const mayHaveToken = (exchange: Exchange, form: URLSearchParams): boolean => {
    if (access === undefined) return true;
    if (access.kind === 'azure') return refreshTokens.has(form.get('refresh_token') ?? '');
    return exchange.headers.authorization === basicHeader(access);
  };

  return {
    issue: (exchange) => {
      const form =
        exchange.method === 'POST' ? new URLSearchParams(exchange.body.toString()) : exchange.query;
      if (form.get('service') !== host()) return fail(400, 'UNSUPPORTED', 'unknown service');
      if (!mayHaveToken(exchange, form)) return fail(401, 'UNAUTHORIZED', 'access denied');
      const token = randomUUID();
      scopes.set(token, form.get('scope') ?? '');
      // Azure names it so; the others name both.
      const named = isAzure ? { access_token: token } : { token, access_token: token };
      return answerJson({ ...named, expires_in: expiresInSeconds });
    },
    exchange: (exchange) => {
      const form = new URLSearchParams(exchange.body.toString());
      const isRight =
        access?.kind === 'azure' &&
        exchange.method === 'POST' &&
        form.get('grant_type') === 'access_token' &&
        form.get('service') === host() &&
        access.isEntraToken(form.get('access_token') ?? '');
      if (!isRight) return fail(401, 'UNAUTHORIZED', 'authentication required');
      const exp = Math.floor(Date.now() / 1000) + REFRESH_SECONDS;
      const token = ['e30', Buffer.from(JSON.stringify({ exp })).toString('base64url')].join('.');
      const refreshToken = `${token}.${randomUUID()}`;
      refreshTokens.add(refreshToken);
      return answerJson({ refresh_token: refreshToken });
    },
    challenge: (exchange, name) => {
      const { authorization = '' } = exchange.headers;
      const answer = fail(401, 'UNAUTHORIZED', 'authentication required');
      const challenge = (header: string): Answer => ({
        ...answer,
        headers: { ...answer.headers, 'www-authenticate': header },
      });
      if (access?.kind === 'basic') {
        const isRight = authorization === basicHeader(access);
        return isRight ? undefined : challenge('Basic realm="keyward sandbox"');
      }
      const [, token] = /^Bearer (.+)$/u.exec(authorization) ?? [];
      const held = token === undefined ? undefined : scopes.get(token);
      if (held !== undefined && (name === undefined || coversRepository(held, name))) {
        return undefined;
      }
      const actions =
        exchange.method === 'GET' || exchange.method === 'HEAD' ? 'pull' : 'pull,push';
      const scope = name === undefined ? '' : `,scope="repository:${name}:${actions}"`;
      return challenge(`Bearer realm="${realm()}",service="${host()}"${scope}`);
    },
    revokeAll: () => {
      scopes.clear();
      refreshTokens.clear();
    },
  };
}

function basicHeader({ username, password }: { username: string; password: string }): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

function answerJson(body: object): Answer {
  return {
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  };
}

function coversRepository(scope: string, name: string): boolean {
  return scope.split(' ').some((part) => part.startsWith(`repository:${name}:`));
}
