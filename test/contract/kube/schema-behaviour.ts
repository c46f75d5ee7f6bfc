import { describe, expect, it } from '@jest/globals';
import { at, type Answer, type Json } from './client.ts';
import { widget, WIDGETS } from './fixtures.ts';
import type { Contract } from './suite.ts';

export function declareSchemas(current: () => Contract): void {
  describe('the schema of a custom resource', () => {
    it('fills in defaults', async () => {
      const { client } = current();
      const { body } = await client.send('POST', WIDGETS, widget('plain'));
      expect(body['spec']).toEqual({ size: 1, colour: 'red' });
    });

    it('drops unknown fields with a warning, keeps them where it says so', async () => {
      const { client } = current();
      const answer = await client.send(
        'POST',
        WIDGETS,
        widget('pruned', { bogus: 1, free: { any: { thing: [1] } } }),
      );
      expect(answer.code).toBe(201);
      expect(answer.body['spec']).toEqual({
        size: 1,
        colour: 'red',
        free: { any: { thing: [1] } },
      });
      expect(answer.warnings.join()).toContain('299 - "unknown field \\"spec.bogus\\""');
    });

    it('refuses unknown fields when asked to be strict', async () => {
      const { client } = current();
      const answer = await client.send(
        'POST',
        `${WIDGETS}?fieldValidation=Strict`,
        widget('strict', { bogus: 1 }),
      );
      expect(answer.body).toMatchObject({
        reason: 'BadRequest',
        code: 400,
        message: expect.stringContaining('strict decoding error: unknown field "spec.bogus"'),
      });
    });

    it('refuses a strict patch with unknown fields as an invalid patch', async () => {
      const { client } = current();
      await client.send('POST', WIDGETS, widget('strict-patch'));
      const path = `${WIDGETS}/strict-patch?fieldValidation=Strict`;
      const answer = await client.patch('merge', path, { spec: { bogus: 1 } });
      expect(answer.body).toMatchObject({
        reason: 'Invalid',
        code: 422,
        message: expect.stringContaining('strict decoding error: unknown field "spec.bogus"'),
        details: { causes: [{ field: 'patch', reason: 'FieldValueInvalid' }] },
      });
    });

    const broken: [string, Json, string, string][] = [
      ['a missing field', { size: undefined }, 'spec.size', 'FieldValueRequired'],
      ['a wrong type', { size: 'big' }, 'spec.size', 'FieldValueTypeInvalid'],
      ['a number below the minimum', { size: 0 }, 'spec.size', 'FieldValueInvalid'],
      ['a number above the maximum', { size: 101 }, 'spec.size', 'FieldValueInvalid'],
      ['a word outside the enum', { colour: 'green' }, 'spec.colour', 'FieldValueNotSupported'],
      ['a text against the pattern', { code: 'A' }, 'spec.code', 'FieldValueInvalid'],
      ['a text too long', { code: 'abcdef' }, 'spec.code', 'FieldValueTooLong'],
      ['a list too long', { tags: ['a', 'b', 'c'] }, 'spec.tags', 'FieldValueTooMany'],
      ['a wrong type in a list', { tags: [1] }, 'spec.tags[0]', 'FieldValueTypeInvalid'],
    ];
    it.each(broken)(
      'refuses %s with the field and the reason',
      async (_title, spec, field, reason) => {
        const { client } = current();
        const { body } = await client.send('POST', WIDGETS, widget('broken', spec));
        expect(body).toMatchObject({ reason: 'Invalid', code: 422 });
        const causes = at(body, 'details.causes') as Json[];
        expect(causes.map((cause) => [cause['field'], cause['reason']])).toContainEqual([
          field,
          reason,
        ]);
      },
    );

    it('refuses a name that is no DNS name', async () => {
      const { client } = current();
      const { body } = await client.send('POST', WIDGETS, widget('Not_A_Name'));
      expect(body).toMatchObject({
        reason: 'Invalid',
        code: 422,
        details: { causes: [{ field: 'metadata.name', reason: 'FieldValueInvalid' }] },
      });
    });

    it.each(['labels', 'annotations'])('refuses a key of %s that is none', async (map) => {
      const { client } = current();
      for (const key of ['a b', 'keyward.dev/', `keyward.dev/${'x'.repeat(64)}`]) {
        const { body } = await client.send(
          'POST',
          WIDGETS,
          widget('badly-kept', {}, { [map]: { [key]: 'v' } }),
        );
        expect(body).toMatchObject({
          reason: 'Invalid',
          details: {
            causes: expect.arrayContaining([
              expect.objectContaining({ field: `metadata.${map}`, reason: 'FieldValueInvalid' }),
            ]),
          },
        });
      }
      const good = widget('well-kept', {}, { [map]: { 'keyward.dev/x-1_2.3': 'v' } });
      expect((await client.send('POST', `${WIDGETS}?dryRun=All`, good)).code).toBe(201);
    });

    it('takes a key of an annotation in any case, a key of a label in its own', async () => {
      const { client } = current();
      const create = (map: string): Promise<Answer> =>
        client.send(
          'POST',
          `${WIDGETS}?dryRun=All`,
          widget('cased', {}, { [map]: { 'Upper.dev/x': 'v' } }),
        );
      expect((await create('annotations')).code).toBe(201);
      expect((await create('labels')).code).toBe(422);
    });

    it('guards patches as it guards new objects', async () => {
      const { client } = current();
      await client.send('POST', WIDGETS, widget('patched-badly'));
      const answer = await client.patch('merge', `${WIDGETS}/patched-badly`, {
        spec: { size: 1000 },
      });
      expect(answer.body).toMatchObject({ reason: 'Invalid', code: 422 });
    });
  });
}
