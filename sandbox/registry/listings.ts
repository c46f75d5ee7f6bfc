import { fail, type Answer, type Exchange } from './exchange.ts';
import type { Storage, StoredManifest } from './storage.ts';

const INDEX_TYPE = 'application/vnd.oci.image.index.v1+json';

export function answerTags(storage: Storage, exchange: Exchange, name: string): Answer {
  const repository = storage.find(name);
  if (repository === undefined) return fail(404, 'NAME_UNKNOWN', 'repository name not known');
  const last = exchange.query.get('last') ?? '';
  const sorted = [...repository.tags.keys()].sort().filter((tag) => tag > last);
  const limit = Number(exchange.query.get('n') ?? sorted.length);
  const tags = sorted.slice(0, limit);
  const more = tags.length < sorted.length ? tags.at(-1) : undefined;
  return {
    status: 200,
    headers: {
      'content-type': 'application/json',
      ...(more === undefined
        ? {}
        : { link: `</v2/${name}/tags/list?n=${limit}&last=${more}>; rel="next"` }),
    },
    body: JSON.stringify({ name, tags }),
  };
}

export interface ReferrersQuery {
  readonly name: string;
  readonly digest: string;
  readonly pageSize: number;
}

/** Referrers API of distribution 1.1: an image index of everything whose `subject` is this digest, in pages. */
export function answerReferrers(
  storage: Storage,
  exchange: Exchange,
  { name, digest, pageSize }: ReferrersQuery,
): Answer {
  const filter = exchange.query.get('artifactType');
  const all = [...(storage.find(name)?.manifests ?? [])]
    .filter(([, manifest]) => manifest.subject === digest)
    .filter(([, manifest]) => filter === null || manifest.artifactType === filter);
  const start = Number(exchange.query.get('start') ?? 0);
  const manifests = all.slice(start, start + pageSize).map(describeManifest);
  const next = start + pageSize;
  const query = new URLSearchParams({ start: String(next) });
  if (filter !== null) query.set('artifactType', filter);
  return {
    status: 200,
    headers: {
      'content-type': INDEX_TYPE,
      ...(filter === null ? {} : { 'oci-filters-applied': 'artifactType' }),
      ...(next < all.length
        ? { link: `</v2/${name}/referrers/${digest}?${query.toString()}>; rel="next"` }
        : {}),
    },
    body: JSON.stringify({ schemaVersion: 2, mediaType: INDEX_TYPE, manifests }),
  };
}

function describeManifest([digest, manifest]: [string, StoredManifest]) {
  return {
    mediaType: manifest.mediaType,
    digest,
    size: manifest.bytes.length,
    ...(manifest.artifactType === undefined ? {} : { artifactType: manifest.artifactType }),
    ...(manifest.annotations === undefined ? {} : { annotations: manifest.annotations }),
  };
}
