import { randomUUID } from 'node:crypto';
import { fail, type Answer, type Exchange } from './exchange.ts';

export interface Tokens {
  /** `undefined`: let through. */
  challenge(exchange: Exchange, name: string | undefined): Answer | undefined;
  issue(exchange: Exchange): Answer;
  /** As a server that lost its key, or whose tokens ran out: every token handed out so far is refused. */
  revokeAll(): void;
}

export interface TokenOptions {
  readonly realm: () => string;
  readonly service: () => string;
  readonly expiresInSeconds: number;
}

/** Bearer tokens to anonymous callers, as public registries hand them out: one scope each, pull and push. */
export function createTokens({ realm, service, expiresInSeconds }: TokenOptions): Tokens {
  const scopes = new Map<string, string>();
  return {
    issue: (exchange) => {
      const scope = exchange.query.get('scope') ?? '';
      if (exchange.query.get('service') !== service()) {
        return fail(400, 'UNSUPPORTED', 'unknown service');
      }
      const token = randomUUID();
      scopes.set(token, scope);
      return {
        status: 200,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ token, access_token: token, expires_in: expiresInSeconds }),
      };
    },
    challenge: (exchange, name) => {
      const [, token] = /^Bearer (.+)$/u.exec(exchange.headers.authorization ?? '') ?? [];
      const held = token === undefined ? undefined : scopes.get(token);
      const granted = held !== undefined && (name === undefined || coversRepository(held, name));
      if (granted) return undefined;
      const actions =
        exchange.method === 'GET' || exchange.method === 'HEAD' ? 'pull' : 'pull,push';
      const scope = name === undefined ? '' : `,scope="repository:${name}:${actions}"`;
      const answer = fail(401, 'UNAUTHORIZED', 'authentication required');
      return {
        ...answer,
        headers: {
          ...answer.headers,
          'www-authenticate': `Bearer realm="${realm()}",service="${service()}"${scope}`,
        },
      };
    },
    revokeAll: () => {
      scopes.clear();
    },
  };
}

function coversRepository(scope: string, name: string): boolean {
  return scope.split(' ').some((part) => part.startsWith(`repository:${name}:`));
}
