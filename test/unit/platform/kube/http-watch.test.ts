import { describe, expect, it } from '@jest/globals';
import type { Kube, WatchEvent } from '../../../../platform/kube/kube.ts';
import { RESOURCES } from '../../../../platform/kube/resources.ts';
import { json, startServer } from './api-server.ts';

const event = (type: string, name: string) =>
  `${JSON.stringify({ type, object: { metadata: { name, resourceVersion: '5' } } })}\n`;

async function collect(kube: Kube, signal = new AbortController().signal) {
  const events: WatchEvent[] = [];
  for await (const each of kube.watch(RESOURCES.keySets, { resourceVersion: '4', signal }))
    events.push(each);
  return events;
}

describe('a watch over HTTP', () => {
  it('asks for bookmarks and for a time of four to five minutes', async () => {
    await using server = await startServer();
    server.answer((response) => response.end());
    for (const random of [() => 0, () => 0.999]) await collect(await server.connect({ random }));
    const [first, second] = server.requests.map(({ url }) => new URL(url, 'http://x'));
    expect(first?.pathname).toBe('/apis/keyward.dev/v1alpha1/keysets');
    expect(Object.fromEntries(first?.searchParams ?? [])).toEqual({
      watch: 'true',
      allowWatchBookmarks: 'true',
      resourceVersion: '4',
      timeoutSeconds: '240',
    });
    expect(second?.searchParams.get('timeoutSeconds')).toBe('299');
  });

  it('tells events as they come and ends when the server ends it', async () => {
    await using server = await startServer();
    const kube = await server.connect();
    const gate = Promise.withResolvers<undefined>();
    server.answer((response) => {
      response.write(event('ADDED', 'a'));
      void gate.promise.then(() => response.end(event('DELETED', 'b')));
    });
    const seen: string[] = [];
    const { signal } = new AbortController();
    for await (const each of kube.watch(RESOURCES.keySets, { resourceVersion: '4', signal })) {
      seen.push(each.type);
      // Had the first event been held back, this would wait for ever.
      gate.resolve(undefined);
    }
    expect(seen).toEqual(['ADDED', 'DELETED']);
  });

  it('does not end with the time limit of other calls', async () => {
    await using server = await startServer();
    const kube = await server.connect({ timeoutSeconds: 0.2 });
    server.answer((response) => {
      response.write(event('ADDED', 'a'));
      setTimeout(() => response.end(event('ADDED', 'b')), 500);
    });
    expect(await collect(kube)).toHaveLength(2);
  });

  it.each([
    [410, { reason: 'Expired', message: 'too old' }, 'GONE'],
    [403, { reason: 'Forbidden', message: 'no' }, 'FORBIDDEN'],
    [500, {}, 'UNREACHABLE'],
  ])('that is refused with %d rejects', async (status, body, code) => {
    await using server = await startServer();
    server.answer(json(status, body));
    await expect(collect(await server.connect())).rejects.toMatchObject({ code });
  });

  it('that the server cuts inside an event rejects', async () => {
    await using server = await startServer();
    server.answer((response) => response.end('{"type":"ADD'));
    await expect(collect(await server.connect())).rejects.toMatchObject({ code: 'BAD_RESPONSE' });
  });

  it('whose connection is lost rejects', async () => {
    await using server = await startServer();
    server.answer((response) => {
      response.write(event('ADDED', 'a'), () => response.destroy());
    });
    await expect(collect(await server.connect())).rejects.toMatchObject({ code: 'UNREACHABLE' });
  });

  it('ends when its caller gives up', async () => {
    await using server = await startServer();
    server.answer((response) => response.write(event('ADDED', 'a')));
    const kube = await server.connect();
    const stop = new AbortController();
    const watch = kube.watch(RESOURCES.keySets, { resourceVersion: '4', signal: stop.signal });
    const watching = (async () => {
      for await (const each of watch) stop.abort(new Error(each.type));
    })();
    await expect(watching).rejects.toMatchObject({ name: 'KubeError', code: 'UNREACHABLE' });
  });
});
