import { describe, expect, it } from '@jest/globals';
import type { Answer, Json } from './client.ts';
import { GROUP, WIDGETS } from './fixtures.ts';
import type { Contract } from './suite.ts';

function configuration(name: string, spec: Json): Json {
  return { apiVersion: `${GROUP}/v1`, kind: 'Widget', metadata: { name }, spec };
}

export function declareApply(current: () => Contract): void {
  const apply = (manager: string, name: string, spec: Json, force = false): Promise<Answer> => {
    const query = `fieldManager=${manager}${force ? '&force=true' : ''}`;
    return current().client.patch(
      'apply',
      `${WIDGETS}/${name}?${query}`,
      configuration(name, spec),
    );
  };

  describe('server-side apply of a custom resource', () => {
    it('creates, changes, and removes what is applied no longer', async () => {
      const first = await apply('one', 'applied', { size: 1, code: 'abc' });
      expect(first.code).toBe(201);
      const second = await apply('one', 'applied', { size: 2 });
      expect(second.code).toBe(200);
      expect(second.body['spec']).toEqual({ size: 2, colour: 'red' });
    });

    it('conflicts with another manager, names it, and can be forced', async () => {
      await apply('one', 'disputed', { size: 1 });
      const refused = await apply('two', 'disputed', { size: 2 });
      expect(refused.body).toMatchObject({
        reason: 'Conflict',
        code: 409,
        details: {
          causes: [
            {
              reason: 'FieldManagerConflict',
              field: '.spec.size',
              message: expect.stringContaining('conflict with "one"'),
            },
          ],
        },
      });
      const forced = await apply('two', 'disputed', { size: 2 }, true);
      expect(forced.body['spec']).toMatchObject({ size: 2 });
      expect((await apply('one', 'disputed', { size: 1 })).code).toBe(409);
    });

    it('shares a field that two managers apply with one value', async () => {
      await apply('one', 'shared', { size: 1, code: 'abc' });
      expect((await apply('two', 'shared', { size: 1, code: 'abc' })).code).toBe(200);
      const { body } = await apply('one', 'shared', { size: 1 });
      expect(body['spec']).toMatchObject({ code: 'abc' });
    });

    it('needs a field manager', async () => {
      const { client } = current();
      const answer = await client.patch(
        'apply',
        `${WIDGETS}/anonymous`,
        configuration('anonymous', { size: 1 }),
      );
      expect(answer.body).toMatchObject({
        reason: 'Invalid',
        code: 422,
        details: { causes: [{ field: 'fieldManager', reason: 'FieldValueRequired' }] },
      });
    });
  });
}
