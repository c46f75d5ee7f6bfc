import type { Policy } from './policy.ts';
import { EVERY_IMAGE, matchesScope } from './scope.ts';

/**
 * The policies that an image in a namespace must satisfy, every one of them. Empty: no policy matches, which denies. A tenant's
 * policies only narrow: where no cluster policy matches they do not open a way, unless the namespace is delegated.
 */
export function matchPolicies(
  policies: readonly Policy[],
  namespace: string,
  repository: string,
  digest: string,
): readonly Policy[] {
  const visible = policies.filter(
    (policy) => policy.namespace === undefined || policy.namespace === namespace,
  );
  const matching = applyFallbacks(visible, repository, digest);
  const delegated = matching.filter((policy) => policy.delegated === true);
  if (delegated.length > 0) return matching.filter((policy) => policy.namespace !== undefined);
  const hasClusterPolicy = matching.some((policy) => policy.namespace === undefined);
  return hasClusterPolicy ? matching : [];
}

/** Ratify's rule: within one verifier, `*` is used only if nothing else matched. */
function applyFallbacks(
  policies: readonly Policy[],
  repository: string,
  digest: string,
): readonly Policy[] {
  const specific = policies.filter((policy) =>
    policy.scopes.some((scope) => scope !== EVERY_IMAGE && matchesScope(scope, repository, digest)),
  );
  const taken = new Set(specific.map((policy) => policy.group));
  const fallbacks = policies.filter(
    (policy) => policy.scopes.includes(EVERY_IMAGE) && !taken.has(policy.group),
  );
  return [...specific, ...fallbacks];
}
