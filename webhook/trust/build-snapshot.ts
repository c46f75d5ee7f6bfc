import { buildTrustView, type LoadPublicKey } from '../../core/keys/build-trust-view.ts';
import type { KeyRevocation } from '../../core/keys/key-set.ts';
import type { TrustView } from '../../core/keys/trust-view.ts';
import { policiesOf } from '../../core/policy/policies-of.ts';
import type { Policy } from '../../core/policy/policy.ts';
import type { ParsedVerifier } from '../../platform/kube/schemas.ts';
import type { WatchedKeySet } from './parse-key-set.ts';

/** What the API objects of one moment say. Never mutated: a review works on one from its beginning to its end (K-06). */
export interface TrustSnapshot {
  readonly trust: TrustView;
  readonly policies: readonly Policy[];
}

export interface SnapshotSources {
  readonly keySets: readonly WatchedKeySet[];
  readonly revocations: readonly KeyRevocation[];
  readonly verifiers: readonly ParsedVerifier[];
  readonly keywardNamespace: string;
  readonly delegatedNamespaces: readonly string[];
  /** A memoised `loadPublicKey`, where the caller builds often. */
  readonly load?: LoadPublicKey;
}

/** Trust and policies, from the objects and nothing else (DESIGN decision 10). */
export function buildSnapshot(sources: SnapshotSources): TrustSnapshot {
  const { keySets, revocations, keywardNamespace, delegatedNamespaces, load } = sources;
  const sound = keySets.flatMap((each) => (each.kind === 'sound' ? [each.keySet] : []));
  return {
    trust: buildTrustView(sound, revocations, load),
    policies: policiesOf({
      verifiers: sources.verifiers.flatMap(({ cosign }) => cosign ?? []),
      keySets: sound,
      unreadableKeySets: keySets.flatMap((each) =>
        each.kind === 'unreadable' ? [each.keySet] : [],
      ),
      keywardNamespace,
      delegatedNamespaces,
    }),
  };
}
