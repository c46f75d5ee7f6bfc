import { z } from 'zod';
import { fail, type Answer, type Exchange } from './exchange.ts';
import { digestOf, type Repository, type Storage, type StoredManifest } from './storage.ts';

const manifestSchema = z.object({
  mediaType: z.string().optional(),
  artifactType: z.string().optional(),
  config: z.object({ mediaType: z.string() }).optional(),
  subject: z.object({ digest: z.string() }).optional(),
  annotations: z.record(z.string(), z.string()).optional(),
});

const MANIFEST_LIMIT = 8 * 1024 * 1024;

/** Stores manifest bytes as they are. `undefined`: not JSON or not a manifest. */
export function storeManifest(
  repository: Repository,
  bytes: Buffer,
  contentType: string,
): { readonly digest: string; readonly manifest: StoredManifest } | undefined {
  const parsed = manifestSchema.safeParse(parseJson(bytes));
  if (!parsed.success) return undefined;
  const { subject, artifactType, config, annotations, mediaType } = parsed.data;
  // The specification, "Listing Referrers": artifactType, else the config's media type.
  const kind = artifactType ?? config?.mediaType;
  const manifest: StoredManifest = {
    bytes,
    mediaType: contentType === '' ? (mediaType ?? 'application/octet-stream') : contentType,
    ...(subject === undefined ? {} : { subject: subject.digest }),
    ...(kind === undefined ? {} : { artifactType: kind }),
    ...(annotations === undefined ? {} : { annotations }),
  };
  const digest = digestOf(bytes);
  repository.manifests.set(digest, manifest);
  return { digest, manifest };
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}

export function answerManifest(
  storage: Storage,
  exchange: Exchange,
  name: string,
  reference: string,
): Answer {
  switch (exchange.method) {
    case 'GET':
    case 'HEAD':
      return readManifest(storage, name, reference);
    case 'PUT':
      return putManifest(storage, exchange, name, reference);
    case 'DELETE':
      return deleteManifest(storage, name, reference);
    default:
      return fail(405, 'UNSUPPORTED', 'method not allowed');
  }
}

function readManifest(storage: Storage, name: string, reference: string): Answer {
  const repository = storage.find(name);
  if (repository === undefined) return fail(404, 'NAME_UNKNOWN', 'repository name not known');
  const digest = reference.includes(':') ? reference : repository.tags.get(reference);
  const manifest = digest === undefined ? undefined : repository.manifests.get(digest);
  if (digest === undefined || manifest === undefined) {
    return fail(404, 'MANIFEST_UNKNOWN', 'manifest unknown');
  }
  return {
    status: 200,
    headers: { 'content-type': manifest.mediaType, 'docker-content-digest': digest },
    body: manifest.bytes,
  };
}

function putManifest(
  storage: Storage,
  exchange: Exchange,
  name: string,
  reference: string,
): Answer {
  const { body, headers } = exchange;
  if (body.length > MANIFEST_LIMIT) return fail(413, 'SIZE_INVALID', 'manifest is too large');
  if (reference.includes(':') && reference !== digestOf(body)) {
    return fail(400, 'DIGEST_INVALID', 'provided digest did not match uploaded content');
  }
  const repository = storage.open(name);
  const stored = storeManifest(repository, body, headers['content-type'] ?? '');
  if (stored === undefined) return fail(400, 'MANIFEST_INVALID', 'manifest invalid');
  if (!reference.includes(':')) repository.tags.set(reference, stored.digest);
  const { subject } = stored.manifest;
  return {
    status: 201,
    headers: {
      location: `/v2/${name}/manifests/${stored.digest}`,
      'docker-content-digest': stored.digest,
      ...(subject === undefined ? {} : { 'oci-subject': subject }),
    },
  };
}

function deleteManifest(storage: Storage, name: string, reference: string): Answer {
  const repository = storage.find(name);
  const removed = reference.includes(':')
    ? repository?.manifests.delete(reference)
    : repository?.tags.delete(reference);
  if (repository === undefined || removed !== true) {
    return fail(404, 'MANIFEST_UNKNOWN', 'manifest unknown');
  }
  for (const [tag, digest] of repository.tags) {
    if (digest === reference) repository.tags.delete(tag);
  }
  return { status: 202 };
}
