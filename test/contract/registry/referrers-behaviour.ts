import { describe, expect, it } from '@jest/globals';
import type { Contract } from './suite.ts';
import { INDEX_TYPE, MANIFEST_TYPE } from './wire.ts';

interface Descriptor {
  readonly digest: string;
  readonly mediaType: string;
  readonly size: number;
  readonly artifactType?: string;
}

interface Listing {
  readonly descriptors: readonly Descriptor[];
  readonly pages: number;
  readonly filtersApplied: string | undefined;
}

/** Follows the Link header, as a client must. */
async function list({ wire }: Contract, start: string): Promise<Listing> {
  const descriptors: Descriptor[] = [];
  let next: string | undefined = start;
  let pages = 0;
  let filtersApplied: string | undefined;
  while (next !== undefined) {
    const { status, headers, body } = await wire.send('GET', next);
    expect([status, headers['content-type']]).toEqual([200, INDEX_TYPE]);
    const page = JSON.parse(body.toString('utf8')) as { manifests: Descriptor[] };
    descriptors.push(...page.manifests);
    filtersApplied = headers['oci-filters-applied'];
    pages += 1;
    next = /<([^>]+)>; rel="next"/.exec(headers['link'] ?? '')?.[1];
  }
  return { descriptors, pages, filtersApplied };
}

/** An artifact that refers to an image, as cosign stores a bundle. */
async function pushReferrer(
  contract: Contract,
  repository: string,
  referrer: { readonly subject: string; readonly artifactType: string; readonly content: string },
): Promise<string> {
  const { store } = contract;
  const layer = Buffer.from(referrer.content);
  const subject = await store.readManifest(repository, referrer.subject);
  const manifest = {
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    artifactType: referrer.artifactType,
    config: {
      mediaType: 'application/vnd.oci.empty.v1+json',
      digest: await store.pushBlob(repository, Buffer.from('{}')),
      size: 2,
    },
    layers: [
      {
        mediaType: referrer.artifactType,
        digest: await store.pushBlob(repository, layer),
        size: layer.length,
      },
    ],
    subject: {
      mediaType: MANIFEST_TYPE,
      digest: referrer.subject,
      size: subject?.bytes.length ?? 0,
    },
  };
  const bytes = Buffer.from(JSON.stringify(manifest));
  return store.pushManifest(repository, undefined, { bytes, mediaType: MANIFEST_TYPE });
}

export function declareReferrers(current: () => Contract, pageSize: number): void {
  const repository = 'team/referred';
  const listed = (digest: string, query = ''): string =>
    `/v2/${repository}/referrers/${digest}${query}`;

  describe('the referrers API', () => {
    it('lists nothing for an image that nothing refers to', async () => {
      const { digest } = await current().pushImage(repository, 'alone', 'alone');
      expect((await list(current(), listed(digest))).descriptors).toEqual([]);
    });

    it('lists every referrer, over as many pages as it has', async () => {
      const { digest } = await current().pushImage(repository, 'many', 'many');
      const pushed: string[] = [];
      for (const content of ['1', '2', '3', '4', '5']) {
        const referrer = { subject: digest, artifactType: 'application/x.test', content };
        pushed.push(await pushReferrer(current(), repository, referrer));
      }
      const { descriptors, pages } = await list(current(), listed(digest));
      expect(descriptors.map((one) => one.digest).toSorted()).toEqual(pushed.toSorted());
      expect(descriptors[0]).toMatchObject({ mediaType: MANIFEST_TYPE });
      expect(descriptors[0]?.size).toBeGreaterThan(100);
      expect(pages).toBe(Math.ceil(pushed.length / pageSize));
    });

    it('filters by artifact type and says so, or does neither', async () => {
      const { digest } = await current().pushImage(repository, 'kinds', 'kinds');
      for (const kind of ['one', 'two']) {
        const referrer = { subject: digest, artifactType: `application/x.${kind}`, content: kind };
        await pushReferrer(current(), repository, referrer);
      }
      const query = `?artifactType=${encodeURIComponent('application/x.one')}`;
      const { descriptors, filtersApplied } = await list(current(), listed(digest, query));
      if (filtersApplied === undefined) expect(descriptors).toHaveLength(2);
      else {
        expect(filtersApplied).toContain('artifactType');
        expect(descriptors.map((one) => one.artifactType)).toEqual(['application/x.one']);
      }
    });
  });
}

export function declareNoReferrers(current: () => Contract): void {
  describe('the referrers API', () => {
    it('is not there: 404, whether the image is or not', async () => {
      const { wire, pushImage } = current();
      const { digest } = await pushImage('team/app', 'v1');
      const { status } = await wire.send('GET', `/v2/team/app/referrers/${digest}`);
      expect(status).toBe(404);
    });
  });
}
