import { z } from 'zod';
import type { Ask, Reply } from './exchange.ts';
import type {
  CallOptions,
  LimitCode,
  ReferrerDescriptor,
  ReferrersListing,
  RepositoryRef,
} from './registry.ts';
import { ContentError, RegistryError } from './registry-error.ts';
import { MANIFEST_LIMIT } from './limits.ts';

const INDEX_TYPE = 'application/vnd.oci.image.index.v1+json';
const PAGES_LIMIT = 10;
/** Over all pages. A page is bounded by bytes; beyond this many, listing is what an attacker wants us to do. */
const DESCRIPTORS_LIMIT = 2000;

const indexSchema = z.object({
  mediaType: z.literal(INDEX_TYPE).optional(),
  manifests: z.array(
    z.object({
      mediaType: z.string(),
      digest: z.string().regex(/^sha256:[0-9a-f]{64}$/u),
      size: z.int().nonnegative(),
      artifactType: z.string().optional(),
    }),
  ),
});

type Found = Extract<Reply, { kind: 'found' }>;

/**
 * Referrers of `digest`: API pages, else the fallback tag `sha256-<hex>` (cosign.md section 6). Rejects with RegistryError when
 * the first page cannot be had, with ContentError (LIMIT_BYTES) when it is too large; a later failure is told beside what was read,
 * because a candidate already listed may suffice.
 */
export async function listReferrers(
  ask: Ask,
  ref: RepositoryRef,
  digest: string,
  options: CallOptions,
): Promise<ReferrersListing> {
  const inquiry = {
    ...options,
    ref,
    accept: INDEX_TYPE,
    maxBytes: MANIFEST_LIMIT,
    operation: 'referrers',
  } as const;
  const start = `/v2/${ref.repository}/referrers/${digest}`;
  const first = await ask({ ...inquiry, path: start });
  if (first.kind === 'absent' || first.mediaType !== INDEX_TYPE) {
    return readFallback(ask, ref, digest, options);
  }
  const descriptors = [...parseIndex(first.body)];
  const seen = new Set([first.asked.href]);
  try {
    let next = findNext(first, seen);
    for (let pages = 1; next !== undefined; pages += 1) {
      if (pages >= PAGES_LIMIT) return limited(descriptors, 'LIMIT_PAGES');
      if (descriptors.length > DESCRIPTORS_LIMIT) return limited(descriptors, 'LIMIT_REFERRERS');
      seen.add(next.href);
      const path = `${next.pathname}${next.search}`;
      const page: Reply = await ask({ ...inquiry, path });
      if (page.kind === 'absent' || page.mediaType !== INDEX_TYPE) {
        throw new RegistryError('REGISTRY_BAD_RESPONSE', 'a page of the referrers is not there');
      }
      descriptors.push(...parseIndex(page.body));
      next = findNext(page, seen);
    }
  } catch (error) {
    if (error instanceof ContentError) return limited(descriptors, 'LIMIT_BYTES');
    if (!(error instanceof RegistryError)) throw error;
    return { store: 'referrers', descriptors, incomplete: { kind: 'unavailable', error } };
  }
  return { store: 'referrers', descriptors };
}

function limited(descriptors: readonly ReferrerDescriptor[], code: LimitCode): ReferrersListing {
  return { store: 'referrers', descriptors, incomplete: { kind: 'limit', code } };
}

async function readFallback(
  ask: Ask,
  ref: RepositoryRef,
  digest: string,
  options: CallOptions,
): Promise<ReferrersListing> {
  const reply = await ask({
    ...options,
    ref,
    operation: 'manifest',
    path: `/v2/${ref.repository}/manifests/${digest.replace(':', '-')}`,
    accept: INDEX_TYPE,
    maxBytes: MANIFEST_LIMIT,
  });
  const descriptors = reply.kind === 'absent' ? [] : parseIndex(reply.body);
  return { store: 'fallback-tag', descriptors };
}

function parseIndex(body: Buffer): readonly ReferrerDescriptor[] {
  const parsed = indexSchema.safeParse(parseJson(body));
  if (!parsed.success) {
    // A145: never "no referrers".
    throw new RegistryError('REGISTRY_BAD_RESPONSE', 'the list of referrers is not an image index');
  }
  return parsed.data.manifests.map(({ mediaType, digest, size, artifactType }) => ({
    mediaType,
    digest,
    size,
    ...(artifactType === undefined ? {} : { artifactType }),
  }));
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    return undefined;
  }
}

/** Only to the same origin and never twice to one page: a Link header is the registry's word (A132). */
function findNext(reply: Found, seen: ReadonlySet<string>): URL | undefined {
  const link = reply.link?.slice(0, 8192) ?? '';
  const [, target] = /<([^<>]+)>\s*;[^,]*\brel="?next"?/iu.exec(link) ?? [];
  if (target === undefined) return undefined;
  const next = URL.parse(target, reply.asked.href);
  if (next === null) throw new RegistryError('REGISTRY_BAD_RESPONSE', 'a Link header is broken');
  if (next.origin !== reply.asked.origin) {
    throw new RegistryError('REGISTRY_REDIRECT_REFUSED', `a Link header leads to ${next.host}`);
  }
  if (seen.has(next.href)) {
    throw new RegistryError('REGISTRY_BAD_RESPONSE', 'the pages of the referrers form a loop');
  }
  return next;
}
