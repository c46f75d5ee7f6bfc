import type { KeySet } from '../../core/keys/key-set.ts';
import type { UnreadableKeySet } from '../../core/policy/policies-of.ts';
import { EVERY_IMAGE } from '../../core/policy/scope.ts';
import type { KubeObject } from '../../platform/kube/kube.ts';
import { parseKeySet, type ParseResult } from '../../platform/kube/schemas.ts';

export type WatchedKeySet =
  | { readonly kind: 'sound'; readonly keySet: KeySet }
  | { readonly kind: 'unreadable'; readonly keySet: UnreadableKeySet };

/**
 * A KeySet for the trust view. One that cannot be read stays in view without trust, so that the images it was to vouch for are
 * refused: dropping it would drop a requirement with it.
 */
export function parseWatchedKeySet(object: KubeObject): ParseResult<WatchedKeySet> {
  const parsed = parseKeySet(object);
  if (parsed.ok) return { ok: true, value: { kind: 'sound', keySet: parsed.value } };
  const { name, namespace } = object.metadata;
  if (namespace === undefined) return parsed;
  const images = imagesOf(object['spec']);
  const keySet = { namespace, name, problems: parsed.problems };
  return {
    ok: true,
    value: { kind: 'unreadable', keySet: images === undefined ? keySet : { ...keySet, images } },
  };
}

function imagesOf(spec: unknown): readonly string[] | undefined {
  if (typeof spec !== 'object' || spec === null) return undefined;
  const { images } = spec as { images?: unknown };
  if (images === undefined || images === null) return undefined;
  if (Array.isArray(images) && images.every((scope) => typeof scope === 'string')) return images;
  return [EVERY_IMAGE];
}
