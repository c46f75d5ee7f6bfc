import type { KeySet } from '../../core/keys/key-set.ts';
import type { Kmp } from '../../platform/kube/schemas.ts';

/**
 * Why a KeySet does not write to the provider that it refers to; undefined: it is the one that does. Exactly one may: two would undo each
 * other's lists for ever. And a cluster's provider is written by a KeySet of keyward's own namespace only: a tenant who may create
 * KeySets in theirs must not decide what the whole cluster trusts.
 */
export function findWriterElsewhere(
  keySet: KeySet,
  kmp: Kmp,
  keySets: Iterable<KeySet>,
  systemNamespace: string,
): string | undefined {
  const elsewhere = findOtherHome(keySet, kmp, systemNamespace);
  if (elsewhere !== undefined) return elsewhere;
  const home = keySet.namespace;
  const candidates = [...keySets].filter(
    ({ namespace, spec }) =>
      namespace === home &&
      spec.providerRef?.name === kmp.name &&
      spec.providerRef.kind === kmp.kind,
  );
  const writer = [...candidates, keySet].toSorted(
    (first, second) =>
      Number(second.name === kmp.name) - Number(first.name === kmp.name) ||
      (first.name < second.name ? -1 : 1),
  )[0];
  return writer === undefined || writer.name === keySet.name
    ? undefined
    : `read only: KeySet ${writer.name} refers to the same provider and writes to it`;
}

/** A tenant's KeySet may neither write nor make what the whole cluster trusts. */
export function findOtherHome(
  keySet: Pick<KeySet, 'namespace'>,
  { kind, namespace }: Pick<Kmp, 'kind' | 'namespace'>,
  systemNamespace: string,
): string | undefined {
  const home = namespace ?? systemNamespace;
  return keySet.namespace === home
    ? undefined
    : `read only: a ${kind} of the cluster is written by a KeySet in namespace ${home}`;
}
