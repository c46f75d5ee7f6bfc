import type { Kube, KubeObject } from '../platform/kube/kube.ts';
import { isKubeError } from '../platform/kube/kube-error.ts';
import type { Resource } from '../platform/kube/resources.ts';

/** Every object of a kind, all pages; none where the cluster lacks the kind. */
export async function listAll(
  kube: Kube,
  resource: Resource,
  namespace?: string,
): Promise<readonly KubeObject[]> {
  const found: KubeObject[] = [];
  let next: string | undefined;
  try {
    do {
      const page = await kube.list(resource, {
        limit: 500,
        ...(namespace === undefined ? {} : { namespace }),
        ...(next === undefined ? {} : { continue: next }),
      });
      found.push(...page.items);
      next = page.continue;
    } while (next !== undefined);
  } catch (error) {
    if (!isKubeError(error, 'NOT_FOUND')) throw error;
  }
  return found;
}
