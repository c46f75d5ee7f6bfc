import { describe, expect, it } from '@jest/globals';
import { at, type Json } from './client.ts';
import { pod, widget, WIDGETS } from './fixtures.ts';
import type { Contract } from './suite.ts';

const PODS = '/api/v1/namespaces/default/pods';

function managersOf(body: Json, field: string): unknown[] {
  const entries = at(body, 'metadata.managedFields') as Json[];
  return entries
    .filter((entry) => JSON.stringify(entry['fieldsV1']).includes(`"f:${field}"`))
    .map((entry) => entry['manager']);
}

export function declarePatches(current: () => Contract): void {
  describe('a patch', () => {
    it('of kind merge sets, replaces and removes', async () => {
      const { client } = current();
      await client.send(
        'POST',
        WIDGETS,
        widget('merged', { code: 'abc', tags: ['a'], free: { a: 1, b: 2 } }),
      );
      const patch = { spec: { code: null, tags: ['b'], free: { b: null, c: 3 } } };
      const { body } = await client.patch('merge', `${WIDGETS}/merged`, patch);
      expect(body['spec']).toEqual({ size: 1, colour: 'red', tags: ['b'], free: { a: 1, c: 3 } });
    });

    it('of kind JSON is all or nothing', async () => {
      const { client } = current();
      await client.send('POST', WIDGETS, widget('exact'));
      const path = `${WIDGETS}/exact`;
      const good = await client.patch('json', path, [
        { op: 'test', path: '/spec/size', value: 1 },
        { op: 'replace', path: '/spec/size', value: 2 },
        { op: 'add', path: '/spec/tags', value: ['x'] },
      ]);
      expect(good.body['spec']).toMatchObject({ size: 2, tags: ['x'] });
      const bad = await client.patch('json', path, [
        { op: 'replace', path: '/spec/size', value: 3 },
        { op: 'test', path: '/spec/colour', value: 'blue' },
      ]);
      expect(bad.body).toMatchObject({
        code: 422,
        message: 'the server rejected our request due to an error in our request',
      });
      expect((await client.get(path)).body['spec']).toMatchObject({ size: 2 });
      expect((await client.patch('json', path, { op: 'remove' })).code).toBe(400);
    });

    it('that carries an old resourceVersion conflicts', async () => {
      const { client } = current();
      const { body } = await client.send('POST', WIDGETS, widget('raced'));
      await client.patch('merge', `${WIDGETS}/raced`, { spec: { size: 2 } });
      const resourceVersion = at(body, 'metadata.resourceVersion');
      const late = await client.patch('merge', `${WIDGETS}/raced`, {
        metadata: { resourceVersion },
        spec: { size: 3 },
      });
      expect(late.body).toMatchObject({ reason: 'Conflict', code: 409 });
    });

    it('of kind strategic merges containers by name, and is refused for a custom resource', async () => {
      const { client } = current();
      await client.send('POST', PODS, pod('strategic'));
      const patch = { spec: { containers: [{ name: 'side', image: 'registry.test/side:v2' }] } };
      const { body } = await client.patch('strategic', `${PODS}/strategic`, patch);
      const containers = at(body, 'spec.containers') as Json[];
      expect(containers.map(({ name, image }) => [name, image])).toEqual([
        ['main', 'registry.test/app:v1'],
        ['side', 'registry.test/side:v2'],
      ]);
      await client.send('POST', WIDGETS, widget('strategic'));
      const refused = await client.patch('strategic', `${WIDGETS}/strategic`, {
        spec: { size: 2 },
      });
      expect(refused.body).toMatchObject({ reason: 'UnsupportedMediaType', code: 415 });
    });

    it('on /status leaves the spec alone', async () => {
      const { client } = current();
      await client.send('POST', WIDGETS, widget('watched'));
      const { body } = await client.patch('merge', `${WIDGETS}/watched/status`, {
        spec: { size: 9 },
        status: { seen: 3 },
      });
      expect(body).toMatchObject({ spec: { size: 1 }, status: { seen: 3 } });
    });

    it('leaves the name of who wrote which field', async () => {
      const { client } = current();
      await client.send(
        'POST',
        `${WIDGETS}?fieldManager=author`,
        widget('signed', { code: 'abc' }),
      );
      const { body } = await client.patch('merge', `${WIDGETS}/signed?fieldManager=editor`, {
        spec: { code: 'xyz' },
      });
      expect(managersOf(body, 'code')).toEqual(['editor']);
      expect(managersOf(body, 'size')).toEqual(['author']);
    });
  });
}
