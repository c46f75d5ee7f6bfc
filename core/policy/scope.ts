const SHAPE = /^[a-z0-9.\-:@/]+\*?$|^\*$/;
const UNSURE = /[^a-z0-9.\-:@/_].*/s;
const SEVERAL = /[\s,;]/;

/** The scope that matches every image: for a policy that must deny, and whose scopes cannot be read. */
export const EVERY_IMAGE = '*';

/** Ratify's scope syntax: lower case, no underscore, `*` only as the last character. */
export function isScope(scope: string): boolean {
  return SHAPE.test(scope);
}

/**
 * Whether a scope covers an image. A trailing `*` is a prefix of `repository@digest`. Without it the scope is exact: the
 * digest reference, as Ratify compares it, or the repository, which in Ratify matches nothing once tags are resolved.
 */
export function matchesScope(scope: string, repository: string, digest: string): boolean {
  const reference = `${repository}@${digest}`;
  if (scope.endsWith('*')) return reference.startsWith(scope.slice(0, -1));
  return scope === reference || scope === repository;
}

/**
 * A scope that covers at least what a malformed one may have been meant for: an invalid policy has to deny all of that. Only what
 * stands before the first character that no image reference has is sure: there a pattern may begin. Empty, or several in one
 * text: every image.
 */
export function coveringScope(scope: string): string {
  if (isScope(scope)) return scope;
  const meant = scope.trim().toLowerCase();
  const sure = SEVERAL.test(meant) ? '' : meant.replace(UNSURE, '');
  return `${sure}${EVERY_IMAGE}`;
}

/** What is wrong with the scopes of one verifier or key set; Ratify refuses the same. `lists`: the scopes of each policy. */
export function findScopeProblem(lists: readonly (readonly string[])[]): string | undefined {
  for (const scopes of lists) {
    if (scopes.length === 0) return 'a policy has no scopes';
    const malformed = scopes.find((scope) => !isScope(scope));
    if (malformed !== undefined) return `the scope ${JSON.stringify(malformed)} is malformed`;
    if (scopes.includes(EVERY_IMAGE) && scopes.length > 1)
      return 'the scope "*" must stand alone in its policy';
  }
  return findOverlap(lists.flat());
}

function findOverlap(scopes: readonly string[]): string | undefined {
  for (const [index, scope] of scopes.entries()) {
    const other = scopes.slice(0, index).find((earlier) => overlap(earlier, scope));
    if (other !== undefined)
      return `the scopes ${JSON.stringify(other)} and ${JSON.stringify(scope)} overlap`;
  }
  return undefined;
}

/** `*` alone is the fallback: it overlaps only with another `*`. */
function overlap(a: string, b: string): boolean {
  if (a === b) return true;
  if (a === EVERY_IMAGE || b === EVERY_IMAGE) return false;
  return covers(a, b) || covers(b, a);
}

function covers(wide: string, narrow: string): boolean {
  return wide.endsWith('*') && narrow.startsWith(wide.slice(0, -1));
}
