import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it, jest } from '@jest/globals';
import { startOpsServer, type OpsServerOptions } from '../../../../platform/http/ops-server.ts';
import { createMetrics } from '../../../../platform/observe/metrics.ts';

jest.setTimeout(30_000);

async function start(options: Partial<OpsServerOptions> = {}) {
  const metrics = createMetrics();
  const server = await startOpsServer({
    host: '127.0.0.1',
    port: 0,
    metrics,
    findObstacles: () => [],
    ...options,
  });
  return {
    metrics,
    server,
    ask: async (path: string, method = 'GET') => {
      const response = await fetch(`http://127.0.0.1:${server.port}${path}`, { method });
      const { status, headers } = response;
      return { status, type: headers.get('content-type'), body: await response.text() };
    },
    /** What comes back for a request line of one's own. */
    askRaw: async (line: string) => {
      const socket = connect(server.port, '127.0.0.1');
      socket.write(`${line} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
      const [head] = (await once(socket, 'data')) as [Buffer];
      socket.destroy();
      return head.toString().split('\r\n')[0];
    },
    [Symbol.asyncDispose]: () => server.close(),
  };
}

describe('the ops port', () => {
  it.each(['/livez', '/healthz'])('%s says that the program lives, ready or not', async (path) => {
    await using ops = await start({ findObstacles: () => ['keysets not read yet'] });
    expect(await ops.ask(path)).toMatchObject({ status: 200, body: 'ok\n' });
  });

  it('/readyz says whether it is ready, and why not', async () => {
    let obstacles: readonly string[] = ['keysets not read yet', 'stopping'];
    await using ops = await start({ findObstacles: () => obstacles });
    expect(await ops.ask('/readyz')).toMatchObject({
      status: 503,
      body: 'not ready: keysets not read yet; stopping\n',
    });
    obstacles = [];
    expect(await ops.ask('/readyz?verbose')).toMatchObject({ status: 200, body: 'ok\n' });
  });

  it('/metrics are those of the program, in the words of Prometheus', async () => {
    await using ops = await start();
    ops.metrics.counter({ name: 'keyward_test_things_total', help: 'Things.' }).increment({}, 3);
    const { status, type, body } = await ops.ask('/metrics');
    expect({ status, type }).toEqual({ status: 200, type: expect.stringContaining('text/plain') });
    expect(body).toContain('keyward_test_things_total 3');
  });

  it('/statusz is there where the program has one', async () => {
    await using ops = await start({ status: () => ({ ready: true }) });
    expect(await ops.ask('/statusz')).toMatchObject({
      status: 200,
      type: 'application/json',
      body: '{"ready":true}',
    });
    await using bare = await start();
    expect(await bare.ask('/statusz')).toMatchObject({ status: 404 });
  });

  it.each(['/', '/metrics/', '/readyz/x', '/validate', '/debug/pprof'])(
    'has nothing at %s',
    async (path) => {
      await using ops = await start();
      expect(await ops.ask(path)).toMatchObject({ status: 404 });
    },
  );

  it.each(['POST', 'PUT', 'DELETE'])('changes nothing: %s is refused', async (method) => {
    await using ops = await start();
    expect(await ops.ask('/metrics', method)).toMatchObject({ status: 405 });
  });

  it('answers HEAD without a body', async () => {
    await using ops = await start();
    expect(await ops.ask('/readyz', 'HEAD')).toMatchObject({ status: 200, body: '' });
  });
});

describe('whoever can reach the port', () => {
  it.each(['GET //', 'GET //[', 'GET http://[', 'GET *', 'OPTIONS *', 'POST //'])(
    'does not end the program with %s',
    async (line) => {
      await using ops = await start();
      expect(await ops.askRaw(line)).toMatch(/^HTTP\/1\.1 4\d\d /u);
      expect(await ops.ask('/livez')).toMatchObject({ status: 200 });
    },
  );

  it('learns nothing from a page that fails', async () => {
    const status = () => {
      throw new Error('secret');
    };
    await using ops = await start({ status });
    expect(await ops.ask('/statusz')).toMatchObject({ status: 500, body: '' });
    expect(await ops.ask('/livez')).toMatchObject({ status: 200 });
  });
});

describe('closing', () => {
  it('does not wait for connections that are open', async () => {
    const { server } = await start();
    const socket = connect(server.port, '127.0.0.1');
    await once(socket, 'connect');
    await (await fetch(`http://127.0.0.1:${server.port}/livez`)).text();
    const gone = once(socket, 'close');
    await server.close();
    await gone;
  });

  it('a port that is taken is an error', async () => {
    await using ops = await start();
    await expect(start({ port: ops.server.port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});
