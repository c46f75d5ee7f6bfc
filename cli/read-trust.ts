import type { KeySet } from '../core/keys/key-set.ts';
import { listVariable } from '../platform/lifecycle/load-config.ts';
import type { Kube, KubeObject } from '../platform/kube/kube.ts';
import { RESOURCES, type Resource } from '../platform/kube/resources.ts';
import { parseKeyRevocation, parseVerifier, type ParseResult } from '../platform/kube/schemas.ts';
import { buildSnapshot, type TrustSnapshot } from '../webhook/trust/build-snapshot.ts';
import { parseWatchedKeySet } from '../webhook/trust/parse-key-set.ts';
import { listAll } from './list-all.ts';

export interface ClusterTrust extends TrustSnapshot {
  readonly keySets: readonly KeySet[];
}

/** keyward's own namespace, as the installation names it. */
export function keywardNamespace(): string {
  return process.env['KEYWARD_NAMESPACE'] ?? 'keyward-system';
}

/** Namespaces whose policies stand in the cluster's place, as the installation names them. */
function delegatedNamespaces(): readonly string[] {
  return listVariable.parse(process.env['KEYWARD_DELEGATED_NAMESPACES'] ?? '');
}

/** What the webhooks see, read once from the API server with the caller's own rights. */
export async function readTrust(kube: Kube): Promise<ClusterTrust> {
  const read = async <T>(resource: Resource, parse: (object: KubeObject) => ParseResult<T>) =>
    (await listAll(kube, resource)).flatMap((object) => {
      const parsed = parse(object);
      return parsed.ok ? [parsed.value] : [];
    });
  const [keySets, revocations, verifiers, namespacedVerifiers] = await Promise.all([
    read(RESOURCES.keySets, parseWatchedKeySet),
    read(RESOURCES.keyRevocations, parseKeyRevocation),
    read(RESOURCES.verifiers, parseVerifier),
    read(RESOURCES.namespacedVerifiers, parseVerifier),
  ]);
  const snapshot = buildSnapshot({
    keySets,
    revocations,
    verifiers: [...verifiers, ...namespacedVerifiers],
    keywardNamespace: keywardNamespace(),
    delegatedNamespaces: delegatedNamespaces(),
  });
  const sound = keySets.flatMap((each) => (each.kind === 'sound' ? [each.keySet] : []));
  return { ...snapshot, keySets: sound };
}
