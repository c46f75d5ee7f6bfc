import { describe, expect, it } from '@jest/globals';
import { at, createClient, type Json } from './client.ts';
import { GROUP, pod, WIDGETS, widget } from './fixtures.ts';
import type { Contract } from './suite.ts';

const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

export function declareServer(current: () => Contract): void {
  describe('the server', () => {
    it('says its version and that it is well', async () => {
      const { client } = current();
      expect(at((await client.get('/version')).body, 'gitVersion')).toMatch(/^v1\.\d+\.\d+/);
      expect((await client.get('/readyz')).text).toBe('ok');
    });

    it('refuses an unknown token with 401 Unauthorized', async () => {
      const { cluster } = current();
      const stranger = createClient(cluster.kubeconfig(), 'not-a-token');
      const answer = await stranger.get(WIDGETS);
      await stranger.close();
      expect(answer.body).toMatchObject({ kind: 'Status', reason: 'Unauthorized', code: 401 });
    });

    it('lists a custom resource in plain and in aggregated discovery', async () => {
      const { client } = current();
      const plain = await client.get(`/apis/${GROUP}/v1`);
      expect(plain.body).toMatchObject({
        kind: 'APIResourceList',
        resources: [
          { name: 'widgets', kind: 'Widget', namespaced: true, shortNames: ['wd'] },
          { name: 'widgets/status', kind: 'Widget' },
        ],
      });
      const aggregated = await client.until(
        () => client.get('/apis', { accept: AGGREGATED }),
        ({ text }) => text.includes(GROUP),
      );
      const group = (aggregated.body['items'] as Json[]).find(
        (one) => at(one, 'metadata.name') === GROUP,
      );
      expect(group).toMatchObject({
        versions: [{ version: 'v1', resources: [{ resource: 'widgets', scope: 'Namespaced' }] }],
      });
    });

    it('answers 404 for a resource that is not served', async () => {
      const { client } = current();
      expect((await client.get(`/apis/${GROUP}/v1/namespaces/default/gadgets`)).code).toBe(404);
      expect((await client.get(`${WIDGETS}/a/scale`)).code).toBe(404);
    });

    it('answers 405 for a method that a path does not have', async () => {
      const { client } = current();
      const answer = await client.send('POST', '/api/v1/namespaces/default/pods/a', pod('a'));
      expect(answer.body).toMatchObject({ reason: 'MethodNotAllowed', code: 405 });
    });

    it('answers 400 for what is no JSON', async () => {
      const { client } = current();
      const answer = await client.send('POST', WIDGETS, '{"kind":');
      expect(answer.body).toMatchObject({ kind: 'Status', reason: 'BadRequest', code: 400 });
    });

    it('answers 413 for a body above 3 MiB', async () => {
      const { client } = current();
      const answer = await client.send(
        'POST',
        WIDGETS,
        widget('huge', { free: { a: 'x'.repeat(3_200_000) } }),
      );
      expect(answer.body).toMatchObject({ reason: 'RequestEntityTooLarge', code: 413 });
    });

    it('prints a custom resource as a Table with the columns of its definition', async () => {
      const { client } = current();
      await client.send('POST', WIDGETS, widget('printed', { size: 7 }));
      const status = {
        status: {
          conditions: [
            { type: 'Other', status: 'x' },
            { type: 'Ready', status: 'True' },
          ],
        },
      };
      await client.patch('merge', `${WIDGETS}/printed/status`, status);
      const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';
      const { body } = await client.get(`${WIDGETS}?fieldSelector=metadata.name%3Dprinted`, {
        accept,
      });
      expect(body).toMatchObject({
        kind: 'Table',
        apiVersion: 'meta.k8s.io/v1',
        columnDefinitions: [
          { name: 'Name', type: 'string', format: 'name', priority: 0 },
          { name: 'Size', type: 'integer', priority: 0 },
          { name: 'Ready', type: 'string', priority: 0 },
          { name: 'Colour', type: 'string', priority: 1 },
        ],
        rows: [
          {
            cells: ['printed', 7, 'True', 'red'],
            object: { kind: 'PartialObjectMetadata', metadata: { name: 'printed' } },
          },
        ],
      });
    });
  });
}
