/** What keyward and its sandbox take for granted of a registry: OCI distribution 1.1, as far as signatures need it. */
import { describe, expect, it } from '@jest/globals';
import { digestOf } from '../../../sandbox/registry/storage.ts';
import type { Contract } from './suite.ts';
import { ACCEPTED, INDEX_TYPE, MANIFEST_TYPE, readChallenge, type WireAnswer } from './wire.ts';

const ABSENT = `sha256:${'0'.repeat(64)}`;
const WRONG = `sha256:${'1'.repeat(64)}`;
const REPOSITORY = 'team/app';
const READ = { headers: { accept: ACCEPTED } };
const at = (rest: string, repository = REPOSITORY): string => `/v2/${repository}/${rest}`;

function errorCodes({ body }: WireAnswer): string[] {
  const { errors } = JSON.parse(body.toString('utf8')) as { errors: { code: string }[] };
  return errors.map(({ code }) => code);
}

export function declareManifests(current: () => Contract, checksDigests: boolean): void {
  describe('manifests', () => {
    it('come back byte for byte under tag and digest, with type and digest in the headers', async () => {
      const { wire, pushImage } = current();
      const { bytes, digest } = await pushImage(REPOSITORY, 'v1');
      for (const reference of ['v1', digest]) {
        const { status, headers, body } = await wire.send('GET', at(`manifests/${reference}`), {
          headers: { accept: MANIFEST_TYPE },
        });
        expect([status, headers['content-type'], headers['docker-content-digest']]).toEqual([
          200,
          MANIFEST_TYPE,
          digest,
        ]);
        expect(body).toEqual(bytes);
      }
    });

    it('tell their size to HEAD, without a body', async () => {
      const { wire, pushImage } = current();
      const { bytes, digest } = await pushImage(REPOSITORY, 'head');
      const answer = await wire.send('HEAD', at('manifests/head'), {
        headers: { accept: MANIFEST_TYPE },
      });
      expect(answer).toMatchObject({
        status: 200,
        headers: {
          'content-type': MANIFEST_TYPE,
          'content-length': String(bytes.length),
          'docker-content-digest': digest,
        },
      });
      expect(answer.body).toHaveLength(0);
      expect((await wire.send('HEAD', at('manifests/none'))).status).toBe(404);
    });

    it('stay under their digest when the tag moves on', async () => {
      const { wire, pushImage } = current();
      const first = await pushImage(REPOSITORY, 'moving', 'first');
      const second = await pushImage(REPOSITORY, 'moving', 'second');
      const read = async (reference: string): Promise<string> =>
        digestOf((await wire.send('GET', at(`manifests/${reference}`), READ)).body);
      expect(await read('moving')).toBe(second.digest);
      expect(await read(first.digest)).toBe(first.digest);
    });

    const pushUnderWrongDigest = async (): Promise<WireAnswer> => {
      const { wire, pushImage } = current();
      const { bytes } = await pushImage(REPOSITORY, 'v1');
      return wire.send('PUT', at(`manifests/${WRONG}`), {
        body: bytes,
        headers: { 'content-type': MANIFEST_TYPE },
      });
    };
    if (checksDigests) {
      it('are refused under a digest that is not theirs', async () => {
        const answer = await pushUnderWrongDigest();
        expect([answer.status, errorCodes(answer)]).toEqual([400, ['DIGEST_INVALID']]);
      });
    } else {
      it('are taken under a digest that is not theirs, and keyward sees that', async () => {
        const { client, peer } = current();
        expect((await pushUnderWrongDigest()).status).toBe(201);
        const ref = { registry: peer.host, repository: REPOSITORY };
        await expect(client.fetchManifest(ref, WRONG)).rejects.toMatchObject({
          code: 'CONTENT_DIGEST_MISMATCH',
        });
      });
    }

    it('may be an index of others', async () => {
      const { wire, pushImage, store } = current();
      const { bytes, digest } = await pushImage(REPOSITORY, 'child');
      const index = Buffer.from(
        JSON.stringify({
          schemaVersion: 2,
          mediaType: INDEX_TYPE,
          manifests: [{ mediaType: MANIFEST_TYPE, digest, size: bytes.length }],
        }),
      );
      await store.pushManifest(REPOSITORY, 'both', { bytes: index, mediaType: INDEX_TYPE });
      const { headers, body } = await wire.send('GET', at('manifests/both'), {
        headers: { accept: INDEX_TYPE },
      });
      expect([headers['content-type'], body]).toEqual([INDEX_TYPE, index]);
    });

    const absences: [what: string, path: string, codes: string[]][] = [
      ['a tag', at('manifests/none'), ['MANIFEST_UNKNOWN']],
      ['a digest', at(`manifests/${ABSENT}`), ['MANIFEST_UNKNOWN']],
      // The specification lets a registry say which of the two it misses.
      ['a repository', at('manifests/v1', 'no/such'), ['MANIFEST_UNKNOWN', 'NAME_UNKNOWN']],
      ['a blob', at(`blobs/${ABSENT}`), ['BLOB_UNKNOWN']],
      ['the tags of a repository', at('tags/list', 'no/such'), ['NAME_UNKNOWN']],
    ];
    it.each(absences)('say 404 and the code of what is absent: %s', async (_what, path, codes) => {
      const { wire, pushImage } = current();
      await pushImage(REPOSITORY, 'v1');
      const answer = await wire.send('GET', path);
      expect(answer.status).toBe(404);
      expect(codes).toEqual(expect.arrayContaining(errorCodes(answer)));
    });

    it('have tags that are listed in order, and in pages for who asks', async () => {
      const { wire, pushImage } = current();
      for (const tag of ['c', 'a', 'b']) await pushImage('team/tagged', tag);
      const list = async (query: string) => {
        const { headers, body } = await wire.send('GET', at(`tags/list${query}`, 'team/tagged'));
        return { link: headers['link'], ...(JSON.parse(body.toString('utf8')) as object) };
      };
      expect(await list('')).toEqual({ name: 'team/tagged', tags: ['a', 'b', 'c'] });
      expect(await list('?n=2')).toMatchObject({ tags: ['a', 'b'] });
      expect(await list('?n=2&last=b')).toMatchObject({ tags: ['c'] });
    });
  });
}

export function declareBlobs(current: () => Contract): void {
  const content = Buffer.from('the content of a blob');
  const digest = digestOf(content);

  describe('blobs', () => {
    it('are uploaded by POST and PUT and come back with digest and length', async () => {
      const { wire, store } = current();
      expect(await store.pushBlob(REPOSITORY, content)).toBe(digest);
      const got = await wire.send('GET', at(`blobs/${digest}`));
      expect([got.status, got.body, got.headers['docker-content-digest']]).toEqual([
        200,
        content,
        digest,
      ]);
      const head = await wire.send('HEAD', at(`blobs/${digest}`));
      expect([head.status, head.headers['content-length']]).toEqual([200, String(content.length)]);
    });

    it('are uploaded in chunks', async () => {
      const { wire } = current();
      const started = await wire.send('POST', at('blobs/uploads/', 'team/chunked'));
      expect(started.status).toBe(202);
      const patched = await wire.send('PATCH', started.headers['location'] ?? '', {
        body: content,
        headers: { 'content-type': 'application/octet-stream' },
      });
      expect([patched.status, patched.headers['range']]).toEqual([202, `0-${content.length - 1}`]);
      const location = patched.headers['location'] ?? '';
      const query = `${location.includes('?') ? '&' : '?'}digest=${digest}`;
      const finished = await wire.send('PUT', `${location}${query}`);
      expect([finished.status, finished.headers['docker-content-digest']]).toEqual([201, digest]);
      const { body } = await wire.send('GET', at(`blobs/${digest}`, 'team/chunked'));
      expect(body).toEqual(content);
    });

    it('are refused when they are not what their digest says', async () => {
      const { wire } = current();
      const started = await wire.send('POST', at('blobs/uploads/'));
      const location = started.headers['location'] ?? '';
      const query = `${location.includes('?') ? '&' : '?'}digest=${ABSENT}`;
      const answer = await wire.send('PUT', `${location}${query}`, { body: content });
      expect([answer.status, errorCodes(answer)]).toEqual([400, ['DIGEST_INVALID']]);
      expect((await wire.send('GET', at(`blobs/${ABSENT}`))).status).toBe(404);
    });
  });
}

export function declareTokens(current: () => Contract): void {
  describe('tokens', () => {
    it('are asked for with realm, service and scope', async () => {
      const { wire, pushImage } = current();
      await pushImage(REPOSITORY, 'v1');
      const answer = await wire.sendBare('GET', at('manifests/v1'));
      expect([answer.status, errorCodes(answer)]).toEqual([401, ['UNAUTHORIZED']]);
      const challenge = answer.headers['www-authenticate'] ?? '';
      expect(challenge).toMatch(/^Bearer /);
      const parameters = readChallenge(challenge);
      expect(parameters.get('realm')).toMatch(/^https:\/\/127\.0\.0\.1:\d+\/token$/);
      expect(parameters.get('service')).toBeDefined();
      expect(parameters.get('scope')).toBe(`repository:${REPOSITORY}:pull`);
    });

    it('open the repository that they name and no other', async () => {
      const { wire, pushImage } = current();
      await pushImage(REPOSITORY, 'v1');
      await pushImage('team/other', 'v1');
      const { headers } = await wire.sendBare('GET', at('manifests/v1'));
      const parameters = readChallenge(headers['www-authenticate'] ?? '');
      const url = new URL(parameters.get('realm') ?? '');
      url.searchParams.set('service', parameters.get('service') ?? '');
      url.searchParams.set('scope', parameters.get('scope') ?? '');
      const { body } = await wire.sendBare('GET', url.href);
      const { token } = JSON.parse(body.toString('utf8')) as { token: string };
      const read = async (repository: string): Promise<number> => {
        const headers = { accept: ACCEPTED, authorization: `Bearer ${token}` };
        const path = at('manifests/v1', repository);
        return (await wire.sendBare('GET', path, { headers })).status;
      };
      expect(await read(REPOSITORY)).toBe(200);
      expect(await read('team/other')).toBe(401);
    });

    it('that nobody gave out open nothing', async () => {
      const headers = { authorization: 'Bearer made-up' };
      expect((await current().wire.sendBare('GET', at('manifests/v1'), { headers })).status).toBe(
        401,
      );
    });
  });
}
