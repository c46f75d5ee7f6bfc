/** What a registry lists, and what the API server sends. */
import { listReferrers } from '../../../platform/registry/referrers.ts';
import { ContentError, RegistryError } from '../../../platform/registry/registry-error.ts';
import { parseReview } from '../../../webhook/review/admission-review.ts';
import { selectImages } from '../../../webhook/review/select-images.ts';
import { bytesOf, DIGEST, OTHER_DIGEST } from '../../support/signatures.ts';
import { promise, type Target } from '../target.ts';

const INDEX = 'application/vnd.oci.image.index.v1+json';
const ORIGIN = 'https://contoso.azurecr.io';
const listing = (...manifests: readonly object[]) =>
  JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests });
const listed = { mediaType: 'a/b', digest: DIGEST, size: 5, artifactType: 'c/d' };

/** A first line that begins with `<` is the Link header; the rest is the body of every page. */
const referrers: Target = {
  name: 'referrers',
  seeds: () =>
    [
      listing(),
      listing(listed, { ...listed, digest: OTHER_DIGEST }),
      `<?n=1>; rel="next"\n${listing(listed)}`,
      `</v2/team/app/referrers/${DIGEST}>; rel="next"\n${listing()}`,
      `<https://elsewhere.example/>; rel="next"\n${listing()}`,
    ].map((text) => Buffer.from(text)),
  run: async (bytes) => {
    const text = Buffer.from(bytes).toString('utf8');
    const head = text.startsWith('<') ? (text.split('\n')[0] ?? '') : undefined;
    const body =
      head === undefined
        ? Buffer.from(bytes)
        : Buffer.from(bytes).subarray(Buffer.byteLength(head) + 1);
    let asked = 0;
    const ref = { registry: 'contoso.azurecr.io', repository: 'team/app' };
    try {
      const found = await listReferrers(
        ({ path }) => {
          asked += 1;
          promise(path.startsWith('/'), 'nobody else is asked');
          const url = new URL(`${path}${asked > 1 ? `&page=${asked}` : ''}`, ORIGIN);
          return Promise.resolve({ kind: 'found', body, mediaType: INDEX, link: head, asked: url });
        },
        ref,
        DIGEST,
        {},
      );
      promise(asked <= 10, 'pages are capped');
      const digests = found.descriptors.map(({ digest }) => digest);
      promise(
        digests.every((digest) => /^sha256:[0-9a-f]{64}$/.test(digest)),
        'digests are digests',
      );
      const { incomplete } = found;
      if (incomplete === undefined) return 'listed';
      return incomplete.kind === 'limit' ? incomplete.code : incomplete.error.code;
    } catch (error) {
      if (error instanceof RegistryError || error instanceof ContentError) return error.code;
      throw error;
    }
  },
};

const container = (image: string) => ({ name: 'app', image });
const podOf = (...images: readonly string[]) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'app', ownerReferences: [] },
  spec: {
    initContainers: [container('init')],
    containers: images.map(container),
    volumes: [
      { name: 'data', image: { reference: 'volume', pullPolicy: 'Always' } },
      { name: 'e', emptyDir: {} },
    ],
  },
});
const reviewOf = (request: object) =>
  bytesOf({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: 'e9137d7d-2b8f-44a5-8a5e-3a5d6b7f8c9d',
      kind: { group: '', version: 'v1', kind: 'Pod' },
      resource: { group: '', version: 'v1', resource: 'pods' },
      namespace: 'team',
      operation: 'CREATE',
      dryRun: false,
      object: podOf('nginx', 'redis'),
      oldObject: null,
      ...request,
    },
  });

function at(object: unknown, pointer: string): unknown {
  return pointer
    .split('/')
    .slice(1)
    .reduce<unknown>((value, step) => (value as Record<string, unknown>)[step], object);
}

const review: Target = {
  name: 'admission-review',
  seeds: () => [
    reviewOf({}),
    reviewOf({ operation: 'UPDATE', oldObject: podOf('nginx') }),
    reviewOf({ operation: 'DELETE', object: null }),
    reviewOf({ subResource: 'ephemeralcontainers', operation: 'UPDATE' }),
    reviewOf({
      subResource: 'binding',
      kind: { group: '', version: 'v1', kind: 'Binding' },
      object: { kind: 'Binding' },
    }),
    reviewOf({
      kind: { group: 'batch', version: 'v1', kind: 'CronJob' },
      object: {
        apiVersion: 'batch/v1',
        kind: 'CronJob',
        spec: { jobTemplate: { spec: { template: { spec: { containers: [container('a')] } } } } },
      },
    }),
  ],
  run: (bytes) => {
    const parsed = parseReview(Buffer.from(bytes).toString('utf8'));
    if (parsed.kind !== 'review') return parsed.kind;
    const { request } = parsed;
    const selection = selectImages(request);
    if (selection.kind === 'malformed') return 'malformed-object';
    if (selection.kind === 'skip') {
      const isPod = request.operation === 'CREATE' && request.kind.kind === 'Pod';
      promise(!isPod, 'no pod is created without a look at its images');
      return selection.why;
    }
    promise(selection.images.length > 0, 'what is judged has images');
    for (const { path, image } of selection.images)
      promise(
        at(request.object, path) === image && image.trim() !== '',
        'an image stands where it is said to',
      );
    return selection.isPod ? 'judge-pod' : 'judge-workload';
  },
};

export const WEBHOOK: readonly Target[] = [referrers, review];
