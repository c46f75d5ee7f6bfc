import { formatReference, parseImageReference } from '../../core/image/reference.ts';
import type { FoundImage } from '../../core/image/pod-images.ts';
import type { TagResolver } from '../evidence/tag-resolver.ts';
import type { Deadline } from '../server/deadline.ts';
import type { FindEnforcement } from './enforcement.ts';
import { selectImages } from './select-images.ts';
import type { AnswerRequest } from './validate.ts';

export interface MutateOptions {
  readonly findEnforcement: FindEnforcement;
  readonly tags: TagResolver;
}

interface PatchOperation {
  readonly op: 'test' | 'replace';
  readonly path: string;
  readonly value: string;
}

/**
 * `/mutate`: pins the tags of Pods to the digests that they have now, `repository:tag@sha256:…`, so that what `/validate` judges next
 * is what the node pulls (B-07, A28). It refuses nothing: whatever it could not pin, `/validate` refuses with the reason.
 */
export function createMutate({ findEnforcement, tags }: MutateOptions): AnswerRequest {
  return async (uid, request, deadline) => {
    const selection = selectImages(request);
    if (selection.kind !== 'judge' || !selection.isPod) return { uid, allowed: true };
    const answer = await findEnforcement(request.namespace ?? '', deadline);
    if (answer.kind !== 'known' || answer.enforcement === 'off') return { uid, allowed: true };
    const pins = selection.images.map((found) => pin(found, tags, deadline));
    const operations = (await Promise.all(pins)).flat();
    if (operations.length === 0) return { uid, allowed: true };
    const patch = Buffer.from(JSON.stringify(operations)).toString('base64');
    return { uid, allowed: true, patchType: 'JSONPatch', patch };
  };
}

async function pin(
  { path, image }: FoundImage,
  tags: TagResolver,
  deadline: Deadline,
): Promise<readonly PatchOperation[]> {
  const parsed = parseImageReference(image);
  if (!parsed.ok || parsed.ref.digest !== undefined) return [];
  const { registry, repository, tag = 'latest' } = parsed.ref;
  const resolution = await tags.resolveTag({ registry, repository }, tag, deadline.signal());
  if (resolution.kind !== 'digest') return [];
  const value = formatReference({ registry, repository, tag, digest: resolution.digest });
  return [
    // The patch is for this very object: another mutator's change in between must not be overwritten unseen.
    { op: 'test', path, value: image },
    { op: 'replace', path, value },
  ];
}
