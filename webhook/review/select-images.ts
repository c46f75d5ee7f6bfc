import { findImages, type FoundImage } from '../../core/image/pod-images.ts';
import { quote } from '../../core/verdict/quote.ts';
import type { AdmissionRequest } from './admission-review.ts';

export type ImageSelection =
  /** Images that would start to run. */
  | { readonly kind: 'judge'; readonly images: readonly FoundImage[]; readonly isPod: boolean }
  /** Nothing new would run. */
  | { readonly kind: 'skip'; readonly why: 'no-image-starts' | 'images-unchanged' }
  | { readonly kind: 'malformed'; readonly detail: string };

/** Subresources whose object holds no image, so that a rule for `pods/*` does not stop scheduling, eviction and scaling. */
const IMAGELESS: ReadonlyMap<string, string> = new Map([
  ['binding', 'Binding'],
  ['eviction', 'Eviction'],
  ['scale', 'Scale'],
]);

/**
 * Which images of a request need a verdict. An UPDATE that leaves every image as it was needs none: finalizers, labels and
 * status of running pods must never stick after a revocation. Neither owner, replica count, deletionTimestamp nor what the
 * object says of itself excuses an image (B-18, B-20, B-21, B-22, B-62).
 */
export function selectImages(request: AdmissionRequest): ImageSelection {
  switch (request.operation) {
    case 'DELETE':
    case 'CONNECT':
      return { kind: 'skip', why: 'no-image-starts' };
    case 'CREATE':
    case 'UPDATE':
      return IMAGELESS.get(request.subResource ?? '') === request.kind.kind
        ? { kind: 'skip', why: 'no-image-starts' }
        : selectFromObject(request, request.operation);
    default:
      return { kind: 'malformed', detail: `operation ${quote(request.operation)} is not known` };
  }
}

function selectFromObject(
  request: AdmissionRequest,
  operation: 'CREATE' | 'UPDATE',
): ImageSelection {
  const kind = kindOf(request.object);
  if (kind !== request.kind.kind) {
    // `String` throws on an object like `{"toString": 1}`.
    const name = typeof kind === 'string' ? kind : typeof kind;
    const detail = `the request is for a ${quote(request.kind.kind)} and its object is a ${quote(name)}`;
    return { kind: 'malformed', detail };
  }
  const found = findImages(request.object);
  if (!found.ok) return { kind: 'malformed', detail: found.detail };
  const isPod = kind === 'Pod';
  if (operation === 'CREATE') return { kind: 'judge', images: found.images, isPod };
  const added = withoutEarlier(found.images, request.oldObject);
  if (added.length === 0) return { kind: 'skip', why: 'images-unchanged' };
  // A changed pod starts only its new images (`kubectl debug` on a pod whose key is revoked); a changed template starts all.
  return { kind: 'judge', images: isPod ? added : found.images, isPod };
}

/**
 * Images that the old object did not have in the same list. By count, not by name: names repeat and lists shift when a
 * container goes (B-27). An old object that cannot be read excuses nothing.
 */
function withoutEarlier(images: readonly FoundImage[], oldObject: unknown): readonly FoundImage[] {
  const old = findImages(oldObject);
  const counts = new Map<string, number>();
  for (const image of old.ok ? old.images : []) {
    const place = placeOf(image);
    counts.set(place, (counts.get(place) ?? 0) + 1);
  }
  return images.filter((image) => {
    const place = placeOf(image);
    const count = counts.get(place) ?? 0;
    counts.set(place, count - 1);
    return count <= 0;
  });
}

/** The image and the list that it stands in: an init container's image moved to the containers is a change. */
function placeOf({ path, image }: FoundImage): string {
  return `${path.replaceAll(/\/\d+(?=\/)/gu, '')} ${image}`;
}

function kindOf(object: unknown): unknown {
  return typeof object === 'object' && object !== null
    ? (object as { kind?: unknown }).kind
    : undefined;
}
