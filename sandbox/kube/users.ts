/** Who calls: bearer tokens, impersonation, and kubeconfig files. RBAC is stored, not evaluated: everybody known may do everything, except `nobody`. */
import { randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { stringify } from 'yaml';
import type { User } from './objects.ts';
import { unauthorized } from './status-errors.ts';

const SERVICE_ACCOUNT = /^system:serviceaccount:(?<namespace>[^:]+):[^:]+$/;

function groupsOf(name: string): string[] {
  const namespace = SERVICE_ACCOUNT.exec(name)?.groups?.['namespace'];
  if (namespace !== undefined) {
    return [
      'system:serviceaccounts',
      `system:serviceaccounts:${namespace}`,
      'system:authenticated',
    ];
  }
  return name === 'admin' ? ['system:masters', 'system:authenticated'] : ['system:authenticated'];
}

/** The names of the sandbox's users, as the real cluster's token file has them. */
function usernameOf(name: string): string {
  const isOwn = name === 'keyward-worker' || name === 'keyward-webhook';
  return isOwn ? `system:serviceaccount:keyward-system:${name}` : name;
}

/** RBAC is not evaluated, but the user without any role is known: `nobody` may read and write nothing. */
export function mayNothing(user: User): boolean {
  return user.username === 'nobody';
}

export interface Users {
  /** @throws StatusError 401 for an unknown token; undefined = anonymous */
  authenticate(headers: IncomingHttpHeaders): User | undefined;
  /** The token of a user, made at first use. */
  tokenOf(name: string): string;
}

function only(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}

export function createUsers(): Users {
  const byToken = new Map<string, User>();
  const tokens = new Map<string, string>();
  return {
    tokenOf(name) {
      const known = tokens.get(name);
      if (known !== undefined) return known;
      const token = randomBytes(24).toString('base64url');
      tokens.set(name, token);
      const username = usernameOf(name);
      byToken.set(token, { username, groups: groupsOf(username) });
      return token;
    },
    authenticate(headers) {
      const { authorization } = headers;
      if (authorization === undefined) return undefined;
      const token = /^Bearer (?<token>\S+)$/i.exec(authorization)?.groups?.['token'] ?? '';
      const user = byToken.get(token);
      if (user === undefined) throw unauthorized();
      const assumed = only(headers['impersonate-user']);
      if (assumed === undefined) return user;
      const groups = only(headers['impersonate-group'])
        ?.split(',')
        .map((group) => group.trim());
      return { username: assumed, groups: [...(groups ?? []), ...groupsOf(assumed)] };
    },
  };
}

export interface KubeconfigParts {
  readonly url: string;
  readonly caPem: string;
  readonly user: string;
  readonly token: string;
}

/** @returns YAML that kubectl and client-node read; it holds a bearer token */
export function formatKubeconfig({ url, caPem, user, token }: KubeconfigParts): string {
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: 'keyward-sandbox',
        cluster: {
          server: url,
          'certificate-authority-data': Buffer.from(caPem).toString('base64'),
        },
      },
    ],
    users: [{ name: user, user: { token } }],
    contexts: [
      {
        name: 'keyward-sandbox',
        context: { cluster: 'keyward-sandbox', user, namespace: 'default' },
      },
    ],
    'current-context': 'keyward-sandbox',
  });
}
