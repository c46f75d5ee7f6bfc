import { describe, expect, it } from '@jest/globals';
import { RESOURCES } from '../../../../platform/kube/resources.ts';
import { json, startServer } from './api-server.ts';

const { keySets, keyRevocations } = RESOURCES;
const place = { namespace: 'team', name: 'prod' };
const PATH = '/apis/keyward.dev/v1alpha1/namespaces/team/keysets';

describe('what the API server is sent', () => {
  it('says who asks, for JSON', async () => {
    await using server = await startServer();
    server.answer(json(200, { metadata: {} }));
    const kube = await server.connect({ userAgent: 'keyward/test' });
    await kube.get(keySets, place);
    expect(server.requests).toMatchObject([
      {
        method: 'GET',
        url: `${PATH}/prod`,
        body: '',
        headers: {
          authorization: 'Bearer TOKEN',
          accept: 'application/json',
          'user-agent': 'keyward/test',
        },
      },
    ]);
    expect(kube.server).toBe(server.url);
  });

  it('is a page of a list with what was asked for and nothing else', async () => {
    await using server = await startServer();
    server.answer(json(200, { metadata: { resourceVersion: '7' }, items: [] }));
    const kube = await server.connect();
    await kube.list(keySets);
    await kube.list(keySets, {
      namespace: 'team',
      limit: 500,
      continue: 'a+b/c=',
      resourceVersion: '0',
      labelSelector: 'a=b,c',
    });
    const query = 'limit=500&continue=a%2Bb%2Fc%3D&resourceVersion=0&labelSelector=a%3Db%2Cc';
    expect(server.requests.map(({ url }) => url)).toEqual([
      '/apis/keyward.dev/v1alpha1/keysets',
      `${PATH}?${query}`,
    ]);
  });

  it('is an object with its kind, in its namespace, from the field manager keyward', async () => {
    await using server = await startServer();
    server.answer(json(201, { metadata: place }));
    const kube = await server.connect();
    const object = { apiVersion: 'wrong', metadata: place, spec: { a: 1 } };
    await kube.create(keySets, object);
    await kube.replace(keySets, object, { subresource: 'status', fieldManager: 'x', dryRun: true });
    expect(server.requests).toMatchObject([
      { method: 'POST', url: `${PATH}?fieldManager=keyward` },
      { method: 'PUT', url: `${PATH}/prod/status?fieldManager=x&dryRun=All` },
    ]);
    const body = { ...object, apiVersion: 'keyward.dev/v1alpha1', kind: 'KeySet' };
    for (const request of server.requests) {
      expect(request.headers['content-type']).toBe('application/json');
      expect(JSON.parse(request.body)).toEqual(body);
    }
  });

  it.each([
    ['json', 'application/json-patch+json', ''],
    ['merge', 'application/merge-patch+json', ''],
    ['apply', 'application/apply-patch+yaml', '&force=true'],
  ] as const)('is a %s patch of the right type', async (type, contentType, extra) => {
    await using server = await startServer();
    server.answer(json(200, { metadata: place }));
    const kube = await server.connect();
    await kube.patch(keySets, { ...place, subresource: 'status' }, { type, body: [], force: true });
    expect(server.requests).toMatchObject([
      {
        method: 'PATCH',
        url: `${PATH}/prod/status?fieldManager=keyward${extra}`,
        headers: { 'content-type': contentType },
        body: '[]',
      },
    ]);
  });

  it('is a deletion with its preconditions', async () => {
    await using server = await startServer();
    server.answer(json(200, {}));
    const kube = await server.connect();
    await kube.delete(keyRevocations, { name: 'r', preconditions: { uid: 'u' } });
    const [request] = server.requests;
    expect(request).toMatchObject({ method: 'DELETE' });
    expect(request?.url).toBe('/apis/keyward.dev/v1alpha1/keyrevocations/r');
    expect(JSON.parse(request?.body ?? '')).toMatchObject({ preconditions: { uid: 'u' } });
  });

  it('is never a call on all objects for one without a name', async () => {
    await using server = await startServer();
    server.answer(json(200, {}));
    const kube = await server.connect();
    for (const name of ['', '..']) {
      const nowhere = { namespace: 'team', name };
      await expect(kube.delete(keySets, nowhere)).rejects.toMatchObject({ code: 'INVALID' });
      await expect(kube.get(keySets, nowhere)).rejects.toMatchObject({ code: 'INVALID' });
    }
    expect(server.requests).toEqual([]);
  });

  it('goes over few connections, however many calls there are', async () => {
    await using server = await startServer();
    server.answer(json(200, { metadata: {} }));
    const kube = await server.connect();
    for (let call = 0; call < 20; call += 1) await kube.get(keySets, place);
    expect(server.requests).toHaveLength(20);
    expect(server.connections()).toBeLessThanOrEqual(2);
  });
});

describe('what the API server answers', () => {
  it('is a page with its version and where it goes on', async () => {
    await using server = await startServer();
    server.answer(
      json(200, { metadata: { resourceVersion: '7', continue: 'more' }, items: [{ a: 1 }] }),
      json(200, { metadata: { resourceVersion: '7', continue: '' }, items: null }),
    );
    const kube = await server.connect();
    expect(await kube.list(keySets)).toEqual({
      items: [{ a: 1 }],
      resourceVersion: '7',
      continue: 'more',
    });
    expect(await kube.list(keySets)).toEqual({ items: [], resourceVersion: '7' });
  });

  it.each<[string, unknown]>([
    ['without a version', { items: [] }],
    ['with items that are no list', { metadata: { resourceVersion: '7' }, items: {} }],
    ['that is null', null],
    ['that is text', 'x'],
  ])('is no list %s', async (_what, body) => {
    await using server = await startServer();
    server.answer(json(200, body));
    const kube = await server.connect();
    await expect(kube.list(keySets)).rejects.toMatchObject({ code: 'BAD_RESPONSE' });
  });

  it('does not take a 404 of a proxy for the absence of an object', async () => {
    await using server = await startServer();
    server.answer((response) => {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('404 page not found');
    });
    const kube = await server.connect();
    await expect(kube.get(keySets, place)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('is undefined for what does not exist, and a deletion of it has succeeded', async () => {
    await using server = await startServer();
    server.answer(json(404, { reason: 'NotFound' }));
    const kube = await server.connect();
    expect(await kube.get(keySets, place)).toBeUndefined();
    await expect(kube.delete(keySets, place)).resolves.toBeUndefined();
    await expect(kube.list(keySets)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(kube.replace(keySets, { metadata: place })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });

  it('is a refusal in its own words', async () => {
    await using server = await startServer();
    const conflict = { reason: 'Conflict', message: 'the object has been modified' };
    server.answer(json(409, conflict), json(429, {}, { 'retry-after': '3' }), json(500, {}));
    const kube = await server.connect();
    const object = { metadata: place };
    await expect(kube.replace(keySets, object)).rejects.toMatchObject({
      code: 'CONFLICT',
      message: 'the object has been modified',
      status: 409,
    });
    await expect(kube.create(keySets, object)).rejects.toMatchObject({
      code: 'THROTTLED',
      retryAfterSeconds: 3,
    });
    await expect(kube.get(keySets, place)).rejects.toMatchObject({ code: 'UNREACHABLE' });
  });

  it.each(['', '<html>log in</html>', '[1', '7'])('is no object as %j', async (body) => {
    await using server = await startServer();
    server.answer((response) => response.writeHead(200).end(body));
    const kube = await server.connect();
    await expect(kube.get(keySets, place)).rejects.toMatchObject({ code: 'BAD_RESPONSE' });
  });

  it('is given as it is to who asks for it raw', async () => {
    await using server = await startServer();
    server.answer((response) => response.writeHead(418).end('short and stout'));
    const kube = await server.connect();
    expect(await kube.raw('POST', '/readyz?verbose', { a: 1 })).toEqual({
      status: 418,
      body: 'short and stout',
    });
    expect(server.requests).toMatchObject([{ url: '/readyz?verbose', body: '{"a":1}' }]);
  });

  it('is not waited for without end', async () => {
    await using server = await startServer();
    server.answer(
      () => undefined,
      (response) => response.writeHead(200).write('{"meta'),
    );
    const kube = await server.connect({ timeoutSeconds: 0.2 });
    await expect(kube.get(keySets, place)).rejects.toMatchObject({ code: 'TIMEOUT' });
    await expect(kube.get(keySets, place)).rejects.toMatchObject({ code: 'TIMEOUT' });
  });

  it('is not waited for any more when the caller gives up', async () => {
    await using server = await startServer();
    server.answer(() => undefined);
    const kube = await server.connect();
    const stop = new AbortController();
    const asking = kube.get(keySets, { ...place, signal: stop.signal });
    stop.abort(new Error('shutdown'));
    await expect(asking).rejects.toMatchObject({ name: 'KubeError', code: 'UNREACHABLE' });
  });

  it('is a dropped or refused connection', async () => {
    const server = await startServer();
    server.answer((response) => response.destroy());
    const kube = await server.connect();
    await expect(kube.get(keySets, place)).rejects.toMatchObject({ code: 'UNREACHABLE' });
    await server[Symbol.asyncDispose]();
    await expect(kube.raw('GET', '/readyz')).rejects.toMatchObject({ code: 'UNREACHABLE' });
  });
});
