import { formatRepository, parseImageReference } from '../../core/image/reference.ts';
import type { Evidence } from '../../core/verdict/evidence.ts';
import { remedyFor, remedyForUnavailable } from '../../core/verdict/remedies.ts';
import type { Verdict } from '../../core/verdict/verdict.ts';
import { systemClock as clock } from '../../platform/lifecycle/clock.ts';
import type { RepositoryRef } from '../../platform/registry/registry.ts';
import { RegistryError } from '../../platform/registry/registry-error.ts';
import { fetchEvidence } from '../../webhook/evidence/fetch-evidence.ts';
import type { ImageSource } from '../image-source.ts';

/** For the signatures of one image: a person waits, but not for ever. */
const IMAGE_MS = 60_000;

export type LookUp =
  | { readonly kind: 'found'; readonly evidence: Evidence }
  /** It never came to looking for signatures. */
  | { readonly kind: 'settled'; readonly verdict: Exclude<Verdict, { kind: 'allow' }> };

/** What the registry holds for an image as a pod would name it; a tag is resolved once. Never rejects for the registry. */
export async function lookUpImage(image: string, source: ImageSource): Promise<LookUp> {
  const parsed = parseImageReference(image);
  if (!parsed.ok) return settle(deny(parsed.code, parsed.detail));
  const { ref } = parsed;
  const { registry } = source;
  const repository = { registry: ref.registry, repository: ref.repository };
  const signal = AbortSignal.timeout(IMAGE_MS);
  const tag = ref.tag ?? 'latest';
  let digest = ref.digest;
  try {
    digest ??= await registry.resolveTag(repository, tag, { signal });
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
    const { code, message } = error;
    return settle({
      kind: 'unavailable',
      code,
      message: `could not find out what ${formatRepository(ref)}:${tag} is: ${message}`,
      remedy: remedyForUnavailable(code),
    });
  }
  if (digest === undefined) {
    const message = `${formatRepository(ref)}:${tag} is not in the registry, so there is nothing that could be signed`;
    return settle({
      ...deny('NO_SIGNATURE', message),
      remedy: 'check the name, or push the image first',
    });
  }
  return { kind: 'found', evidence: await readEvidence(source, { repository, digest }, signal) };
}

/** What there is for an image by digest, beside it or where its signatures are kept. Never rejects for the registry. */
export function readEvidence(
  { registry, findSignatureRepository }: ImageSource,
  image: { readonly repository: RepositoryRef; readonly digest: string },
  signal?: AbortSignal,
): Promise<Evidence> {
  const signatureRepository = findSignatureRepository(image.repository);
  return fetchEvidence({
    registry,
    ...image,
    ...(signatureRepository === undefined ? {} : { signatureRepository }),
    clock,
    ...(signal === undefined ? {} : { signal }),
  });
}

function settle(verdict: Extract<LookUp, { kind: 'settled' }>['verdict']): LookUp {
  return { kind: 'settled', verdict };
}

function deny(code: Parameters<typeof remedyFor>[0], message: string) {
  return { kind: 'deny', code, message, remedy: remedyFor(code), restsOnKeyState: false } as const;
}
