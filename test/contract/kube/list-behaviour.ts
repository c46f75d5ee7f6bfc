import { beforeAll, describe, expect, it } from '@jest/globals';
import { at, text, type Answer, type Json } from './client.ts';
import { widget, WIDGETS } from './fixtures.ts';
import type { Contract } from './suite.ts';

const GROUPED = 'labelSelector=set%3Dlisted';

function names({ body }: Answer): unknown[] {
  return (body['items'] as Json[]).map((item) => at(item, 'metadata.name'));
}

export function declareLists(current: () => Contract): void {
  describe('a list', () => {
    beforeAll(async () => {
      for (const [index, name] of ['list-c', 'list-a', 'list-b', 'list-d'].entries()) {
        const labels = { set: 'listed', parity: index % 2 === 0 ? 'even' : 'odd' };
        await current().client.send('POST', WIDGETS, widget(name, {}, { labels }));
      }
    });

    it('is ordered by name and carries a resourceVersion', async () => {
      const answer = await current().client.get(`${WIDGETS}?${GROUPED}`);
      expect(answer.body).toMatchObject({ kind: 'WidgetList' });
      expect(names(answer)).toEqual(['list-a', 'list-b', 'list-c', 'list-d']);
      expect(text(answer.body, 'metadata.resourceVersion')).toMatch(/^\d+$/);
    });

    const selections: [string, string[]][] = [
      ['parity=even', ['list-b', 'list-c']],
      ['parity!=even', ['list-a', 'list-d']],
      ['parity in (odd, other)', ['list-a', 'list-d']],
      ['parity notin (odd)', ['list-b', 'list-c']],
      ['parity', ['list-a', 'list-b', 'list-c', 'list-d']],
      ['!parity', []],
      ['parity==even,set=listed', ['list-b', 'list-c']],
    ];
    it.each(selections)('selects by label: %s', async (selector, expected) => {
      const query = encodeURIComponent(`set=listed,${selector}`);
      expect(names(await current().client.get(`${WIDGETS}?labelSelector=${query}`))).toEqual(
        expected,
      );
    });

    it('selects by field, and refuses a field it does not know', async () => {
      const { client } = current();
      expect(names(await client.get(`${WIDGETS}?fieldSelector=metadata.name%3Dlist-b`))).toEqual([
        'list-b',
      ]);
      const refused = await client.get(`${WIDGETS}?fieldSelector=spec.size%3D1`);
      expect(refused.body).toMatchObject({ reason: 'BadRequest', code: 400 });
    });

    it('refuses a label selector that is none', async () => {
      const answer = await current().client.get(
        `${WIDGETS}?labelSelector=${encodeURIComponent('a=b=c')}`,
      );
      expect(answer.body).toMatchObject({ reason: 'BadRequest', code: 400 });
    });

    it('comes in pages of one moment', async () => {
      const { client } = current();
      const first = await client.get(`${WIDGETS}?${GROUPED}&limit=3`);
      expect(names(first)).toEqual(['list-a', 'list-b', 'list-c']);
      // Removed after the first page was read: the second still shows it.
      await client.send('DELETE', `${WIDGETS}/list-d`);
      const next = encodeURIComponent(text(first.body, 'metadata.continue'));
      const second = await client.get(`${WIDGETS}?${GROUPED}&limit=3&continue=${next}`);
      expect(names(second)).toEqual(['list-d']);
      expect(at(second.body, 'metadata.continue') ?? '').toBe('');
      expect(names(await client.get(`${WIDGETS}?${GROUPED}`))).not.toContain('list-d');
    });

    it('refuses a continue token that is none', async () => {
      const answer = await current().client.get(`${WIDGETS}?limit=1&continue=rubbish`);
      expect(answer.body).toMatchObject({ reason: 'BadRequest', code: 400 });
    });

    it('can be deleted as a whole by selector', async () => {
      const { client } = current();
      await client.send('DELETE', `${WIDGETS}?labelSelector=set%3Dlisted,parity%3Deven`);
      expect(names(await client.get(`${WIDGETS}?${GROUPED}`))).toEqual(['list-a']);
    });
  });
}
