import { randomBytes } from 'node:crypto';

export const CLUSTER_USERS = ['admin', 'keyward-worker', 'keyward-webhook', 'nobody'] as const;
/** `admin` may do all; the two of keyward are its service accounts (manifests/rbac binds them); `nobody` has no role. */
export type ClusterUserName = (typeof CLUSTER_USERS)[number];

/** A bearer token for each. */
export type ClusterUsers = Readonly<Record<ClusterUserName, string>>;

export function createClusterUsers(): ClusterUsers {
  const token = (): string => randomBytes(24).toString('base64url');
  return {
    admin: token(),
    'keyward-worker': token(),
    'keyward-webhook': token(),
    nobody: token(),
  };
}

const IDENTITIES: Readonly<Record<ClusterUserName, { user: string; groups: readonly string[] }>> = {
  admin: { user: 'admin', groups: ['system:masters'] },
  'keyward-worker': serviceAccount('keyward-worker'),
  'keyward-webhook': serviceAccount('keyward-webhook'),
  nobody: { user: 'nobody', groups: [] },
};

function serviceAccount(name: string): { user: string; groups: readonly string[] } {
  return {
    user: `system:serviceaccount:keyward-system:${name}`,
    groups: ['system:serviceaccounts', 'system:serviceaccounts:keyward-system'],
  };
}

/** The API server's static token file: token, user, uid, groups. */
export function renderTokenFile(users: ClusterUsers): string {
  return CLUSTER_USERS.map((name) => {
    const { user, groups } = IDENTITIES[name];
    return `${users[name]},${user},${name},"${groups.join(',')}"\n`;
  }).join('');
}
