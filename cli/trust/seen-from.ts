import { UsageProblem } from '../command-input.ts';
import type { ConfigObjects } from '../config/config-objects.ts';
import { keywardNamespace } from '../read-trust.ts';

export interface View {
  /** Whose policies count besides the cluster's; empty: nobody's. */
  readonly namespace: string;
  /** Namespaces whose policies stand in the cluster's place. */
  readonly delegated: readonly string[];
}

/**
 * From which namespace the policies are looked at: the one that was named, or the only one that has some of its own. Where the files hold
 * policies of tenants only, they stand alone: nobody wants to hear that the files of a cluster are missing. @throws UsageProblem
 */
export function chooseNamespace(config: ConfigObjects, named: string | undefined): View {
  const homes = [
    ...config.verifiers.map(({ value }) => value.namespace),
    ...config.keySets
      .filter(({ value }) => value.spec.images !== undefined)
      .map(({ value: { namespace } }) =>
        namespace === keywardNamespace() ? undefined : namespace,
      ),
  ];
  const tenants = [...new Set(homes.filter((home) => home !== undefined))];
  if (named === undefined && tenants.length > 1)
    throw new UsageProblem(
      `the files hold policies of several namespaces: ${tenants.join(', ')}.\nSay with --namespace from which one the images are looked at.`,
    );
  const namespace = named ?? tenants[0] ?? '';
  return { namespace, delegated: homes.includes(undefined) ? [] : tenants };
}
