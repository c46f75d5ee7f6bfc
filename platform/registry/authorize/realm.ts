import type { BearerChallenge } from './challenge.ts';
import { RegistryError } from '../registry-error.ts';
import type { Transport } from '../network/transport.ts';

export interface RealmRule {
  readonly transport: Pick<Transport, 'isAllowed'>;
  /** Hosts besides itself that may hand out tokens for a registry: `registry-1.docker.io` → `auth.docker.io`. */
  readonly realmHosts: ReadonlyMap<string, readonly string[]>;
}

/**
 * Where a registry's tokens may come from: itself, a host that the operator listed, or a domain above its own (`registry.gitlab.com` →
 * `gitlab.com`), whose owner could have the registry's name lead anywhere. The attacker here is a registry, or who stands before it,
 * that names a place of their own to be sent a password (B-74, A31).
 * @throws RegistryError REGISTRY_REDIRECT_REFUSED
 */
export function requireRealm(
  challenge: BearerChallenge,
  origin: URL,
  { transport, realmHosts }: RealmRule,
): URL {
  const realm = URL.parse(challenge.realm);
  if (realm === null) {
    throw new RegistryError('REGISTRY_BAD_RESPONSE', `${origin.host} names no place for tokens`);
  }
  const isSecure = realm.protocol === 'https:' || realm.origin === origin.origin;
  const isKnown =
    transport.isAllowed(realm, origin) ||
    (realmHosts.get(origin.host) ?? []).includes(realm.host) ||
    isAbove(realm, origin);
  if (isSecure && isKnown && realm.username === '' && realm.password === '') return realm;
  throw new RegistryError(
    'REGISTRY_REDIRECT_REFUSED',
    `${origin.host} names ${realm.protocol}//${realm.host} for tokens, which is not allowed`,
  );
}

function isAbove(realm: URL, origin: URL): boolean {
  const isDomain = /^[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z][a-z0-9-]*$/u.test(realm.hostname);
  return isDomain && realm.port === '' && origin.hostname.endsWith(`.${realm.hostname}`);
}
