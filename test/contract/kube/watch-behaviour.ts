import { describe, expect, it } from '@jest/globals';
import { at, text, type WatchedEvent } from './client.ts';
import { widget, WIDGETS } from './fixtures.ts';
import type { Contract } from './suite.ts';

const OWN = `${WIDGETS}?watch=true`;

function shown({ type, object }: WatchedEvent): [string, unknown] {
  return [type, at(object, 'metadata.name')];
}

export function declareWatches(current: () => Contract): void {
  const labelled = (name: string, watched: string): object =>
    widget(name, {}, { labels: { watched } });
  const newest = async (): Promise<string> =>
    text((await current().client.get(`${WIDGETS}?limit=1`)).body, 'metadata.resourceVersion');

  describe('a watch', () => {
    it('replays from a resourceVersion and goes on live, each event with a newer version', async () => {
      const { client } = current();
      const from = await newest();
      const query = `&resourceVersion=${from}&labelSelector=watched%3Dlive`;
      await client.send('POST', WIDGETS, labelled('live', 'live'));
      const watch = await client.watch(`${OWN}${query}`);
      const events = [await watch.next()];
      await client.patch('merge', `${WIDGETS}/live`, { spec: { size: 2 } });
      events.push(await watch.next());
      await client.send('DELETE', `${WIDGETS}/live`);
      events.push(await watch.next());
      watch.close();
      expect(events.map(shown)).toEqual([
        ['ADDED', 'live'],
        ['MODIFIED', 'live'],
        ['DELETED', 'live'],
      ]);
      const versions = events.map(({ object }) => Number(text(object, 'metadata.resourceVersion')));
      expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b));
      expect(versions[0]).toBeGreaterThan(Number(from));
    });

    it('without a resourceVersion starts with what is there', async () => {
      const { client } = current();
      await client.send('POST', WIDGETS, labelled('there', 'initial'));
      const watch = await client.watch(`${OWN}&labelSelector=watched%3Dinitial`);
      expect(shown(await watch.next())).toEqual(['ADDED', 'there']);
      watch.close();
    });

    it('tells when an object enters and leaves the selection', async () => {
      const { client } = current();
      await client.send('POST', WIDGETS, labelled('moves', 'out'));
      const watch = await client.watch(
        `${OWN}&labelSelector=watched%3Din&resourceVersion=${await newest()}`,
      );
      for (const watched of ['in', 'out']) {
        await client.patch('merge', `${WIDGETS}/moves`, { metadata: { labels: { watched } } });
      }
      expect(shown(await watch.next())).toEqual(['ADDED', 'moves']);
      expect(shown(await watch.next())).toEqual(['DELETED', 'moves']);
      watch.close();
    });

    it('of one object by name sees no other', async () => {
      const { client } = current();
      const from = await newest();
      await client.send('POST', WIDGETS, widget('other-one'));
      await client.send('POST', WIDGETS, widget('only-one'));
      const watch = await client.watch(
        `${OWN}&fieldSelector=metadata.name%3Donly-one&resourceVersion=${from}`,
      );
      expect(shown(await watch.next())).toEqual(['ADDED', 'only-one']);
      watch.close();
    });

    it('from a version that is too old is told so in the stream: 410 Expired', async () => {
      const { client } = current();
      const watch = await client.watch(`${OWN}&resourceVersion=1`);
      const events = await watch.rest();
      expect(events).toHaveLength(1);
      expect(events[0]).toMatchObject({
        type: 'ERROR',
        object: { kind: 'Status', status: 'Failure', reason: 'Expired', code: 410 },
      });
    });

    it('ends after timeoutSeconds, and before that a bookmark tells how far it has come', async () => {
      const { client, cluster } = current();
      const seconds = String(cluster.bookmarkTimeoutSeconds);
      const options = `&allowWatchBookmarks=true&timeoutSeconds=${seconds}&labelSelector=watched%3Dnothing`;
      const from = await newest();
      const watch = await client.watch(`${OWN}${options}&resourceVersion=${from}`);
      // Not selected, so no event: only a bookmark can tell that time went on. Without any change there is none.
      const { body } = await client.send('POST', WIDGETS, widget('unseen'));
      const last = (await watch.rest()).at(-1);
      expect(last).toMatchObject({ type: 'BOOKMARK', object: { kind: 'Widget' } });
      expect(Number(text(last?.object, 'metadata.resourceVersion'))).toBeGreaterThanOrEqual(
        Number(text(body, 'metadata.resourceVersion')),
      );
    });

    it('with sendInitialEvents marks where the present ends', async () => {
      const { client } = current();
      await client.send('POST', WIDGETS, labelled('present', 'listed-by-watch'));
      const options =
        'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
      const watch = await client.watch(`${OWN}&${options}&labelSelector=watched%3Dlisted-by-watch`);
      expect(shown(await watch.next())).toEqual(['ADDED', 'present']);
      expect(await watch.next()).toMatchObject({
        type: 'BOOKMARK',
        object: { metadata: { annotations: { 'k8s.io/initial-events-end': 'true' } } },
      });
      watch.close();
    });
  });
}
