import { describe, expect, it } from '@jest/globals';
import { pod } from './fixtures.ts';
import type { Contract } from './suite.ts';

const PODS = '/api/v1/namespaces/default/pods';
const NAMESPACES = '/api/v1/namespaces';

export function declareBuiltInKinds(current: () => Contract): void {
  describe('an object of a built-in kind', () => {
    it('Pod starts Pending and its containers cannot be renamed', async () => {
      const { client } = current();
      const { body } = await client.send('POST', PODS, pod('starts'));
      expect(body).toMatchObject({ status: { phase: 'Pending' } });
      const renamed = await client.patch('json', `${PODS}/starts`, [
        { op: 'replace', path: '/spec/containers/0/name', value: 'other' },
      ]);
      expect(renamed.body).toMatchObject({ reason: 'Invalid', code: 422 });
      const image = await client.patch('json', `${PODS}/starts`, [
        { op: 'replace', path: '/spec/containers/0/image', value: 'registry.test/app:v2' },
      ]);
      expect(image.code).toBe(200);
    });

    it('Pod takes ephemeral containers through their subresource only', async () => {
      const { client } = current();
      await client.send('POST', PODS, pod('debugged'));
      const patch = {
        spec: { ephemeralContainers: [{ name: 'probe', image: 'registry.test/probe:v1' }] },
      };
      expect((await client.patch('strategic', `${PODS}/debugged`, patch)).code).toBe(422);
      const added = await client.patch('strategic', `${PODS}/debugged/ephemeralcontainers`, patch);
      expect(added.body).toMatchObject({ spec: { ephemeralContainers: [{ name: 'probe' }] } });
    });

    it('Namespace is labelled with its own name and starts Active', async () => {
      const { client } = current();
      const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'fresh' } };
      expect((await client.send('POST', NAMESPACES, namespace)).body).toMatchObject({
        metadata: { labels: { 'kubernetes.io/metadata.name': 'fresh' } },
        status: { phase: 'Active' },
      });
    });

    it('Secret turns stringData into data', async () => {
      const { client } = current();
      const secret = {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'plain' },
        stringData: { a: 'b' },
      };
      const { body } = await client.send('POST', '/api/v1/namespaces/default/secrets', secret);
      expect(body).toMatchObject({ type: 'Opaque', data: { a: 'Yg==' } });
      expect(body['stringData']).toBeUndefined();
    });
  });
}
