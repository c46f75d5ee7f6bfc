import type { TrustSource } from '../trust/trust-source.ts';

/**
 * `/statusz`: what this replica has applied, so that a person (and `keyward revoke`) can count the replicas that deny. States are those
 * of the trust view, revocations subtracted. Public keys and their names are no secret.
 */
export function describeStatus(trust: TrustSource): unknown {
  const snapshot = trust.current();
  const keySets = [...snapshot.trust.keySets].map(([name, { keys, staleAt }]) => ({
    name,
    ...(staleAt === undefined ? {} : { staleAt: new Date(staleAt).toISOString() }),
    versions: keys.map(({ vaultUri, name: key, version, fingerprint, state, reason }) => ({
      vaultUri,
      name: key,
      version,
      fingerprint,
      state,
      reason,
    })),
  }));
  return {
    ready: trust.missing().length === 0,
    missing: trust.missing(),
    watches: trust.watches(),
    policies: snapshot.policies.map(({ id }) => id),
    revocations: trust.revocations().map(({ name, resourceVersion }) => ({
      name,
      resourceVersion,
    })),
    keySets,
  };
}
