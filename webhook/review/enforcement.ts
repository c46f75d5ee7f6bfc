import { RESOURCES } from '../../platform/kube/resources.ts';
import type { Kube } from '../../platform/kube/kube.ts';
import { describeError } from '../../platform/observe/describe-error.ts';
import type { Deadline } from '../server/deadline.ts';
import { parseNamespace, type NamespaceLabel } from '../trust/namespaces.ts';

/** What a refusal means in a namespace: refused, a warning, or nothing. */
export const ENFORCEMENTS = ['deny', 'warn', 'off'] as const;
export type Enforcement = (typeof ENFORCEMENTS)[number];

export type EnforcementAnswer =
  | { readonly kind: 'known'; readonly enforcement: Enforcement; readonly note?: string }
  /** Counts as `deny`: a lookup that failed must not switch a policy off (CVE-2025-46342). */
  | { readonly kind: 'unknown'; readonly detail: string };

export interface EnforcementOptions {
  readonly kube: Pick<Kube, 'get'>;
  readonly namespaces: () => ReadonlyMap<string, NamespaceLabel>;
  readonly clusterDefault: Enforcement;
}

export type FindEnforcement = (
  namespace: string,
  deadline: Deadline,
) => EnforcementAnswer | Promise<EnforcementAnswer>;

/** Reads the label `keyward.dev/enforce`: from the watched namespaces, else from the API server. */
export function createEnforcement(options: EnforcementOptions): FindEnforcement {
  const { kube, namespaces, clusterDefault } = options;
  const judge = ({ enforce }: NamespaceLabel): EnforcementAnswer => {
    if (enforce === undefined) return { kind: 'known', enforcement: clusterDefault };
    const enforcement = ENFORCEMENTS.find((word) => word === enforce);
    if (enforcement !== undefined) return { kind: 'known', enforcement };
    // A slip of the pen in `deny` must not open the namespace.
    const note = `the namespace's label keyward.dev/enforce is not deny, warn or off: taken as deny`;
    return { kind: 'known', enforcement: 'deny', note };
  };

  const readLive = async (name: string, deadline: Deadline): Promise<EnforcementAnswer> => {
    const place = { name, signal: deadline.signal() };
    try {
      const parsed = parseNamespace(await kube.get(RESOURCES.namespaces, place));
      if (parsed.ok) return judge(parsed.value);
      return { kind: 'unknown', detail: `namespace ${name} was not found` };
    } catch (error) {
      const { message } = describeError(error);
      return { kind: 'unknown', detail: `namespace ${name} could not be read: ${message}` };
    }
  };

  return (name, deadline) => {
    const known = namespaces().get(name);
    return known === undefined ? readLive(name, deadline) : judge(known);
  };
}
