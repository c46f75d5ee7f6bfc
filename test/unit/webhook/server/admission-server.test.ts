import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { BODY_LIMIT } from '../../../../webhook/server/read-body.ts';
import { waitUntil } from '../../../support/wait-until.ts';
import { keepAliveAgent, startServer } from './setup.ts';

jest.setTimeout(30_000);

type Running = Awaited<ReturnType<typeof startServer>>;
let running: Running;
beforeAll(async () => {
  running = await startServer();
});
afterAll(async () => {
  await running[Symbol.asyncDispose]();
});

const REVIEW = { body: '{"a":"é"}' };

describe('a review', () => {
  it.each([
    ['/validate', 'validate'],
    ['/mutate', 'mutate'],
  ])('that is posted to %s reaches its handler with body and timeout', async (path, endpoint) => {
    const { status, headers, body } = await running.call({ ...REVIEW, path: `${path}?timeout=7s` });
    expect({ status, body }).toEqual({ status: 200, body: '{"answer":1}' });
    expect(headers['content-type']).toBe('application/json');
    expect(running.seen.at(-1)).toEqual([endpoint, REVIEW.body, 7000]);
  });

  it('without a timeout has ten seconds', async () => {
    await running.call({ path: '/validate' });
    expect(running.seen.at(-1)?.[2]).toBe(10_000);
  });

  it.each(['application/json', 'Application/JSON', 'application/json; charset=utf-8'])(
    'may call its content %s',
    async (type) => {
      expect((await running.call({ headers: { 'content-type': type } })).status).toBe(200);
    },
  );

  it('leaves its connection open for the next', async () => {
    const agent = keepAliveAgent();
    const answers = [await running.call({ agent }), await running.call({ agent })];
    expect(answers.map(({ headers }) => headers.connection)).toEqual(['keep-alive', 'keep-alive']);
    expect(answers[0]?.headers['keep-alive']).toBe('timeout=120');
    agent.destroy();
  });
});

describe('what is no review is refused at the door', () => {
  const asked = () => running.seen.length;

  it.each(['GET', 'PUT', 'PATCH', 'DELETE'])('%s: 405', async (method) => {
    const before = asked();
    expect(await running.call({ method })).toMatchObject({ status: 405 });
    expect(asked()).toBe(before);
  });

  it.each([
    'text/plain',
    'application/xml',
    'application/jsonp',
    'application/vnd.kubernetes.protobuf',
    'x-application/json',
  ])('content of type %s: 415, counted and logged', async (type) => {
    const [before, count] = [asked(), await running.countRefused('content-type')];
    const { status } = await running.call({ headers: { 'content-type': type } });
    expect(status).toBe(415);
    expect(asked()).toBe(before);
    expect(await running.countRefused('content-type')).toBe(count + 1);
    expect(running.logger.lines.at(-1)).toMatchObject({
      level: 'warn',
      fields: { event: 'refused-request', reason: 'content-type', status: 415 },
    });
  });

  it('content of no type: 415', async () => {
    expect(await running.call({ headers: {} })).toMatchObject({ status: 415 });
  });

  it.each(['/', '/validate/', '/Validate', '/validate/x', '/mutate%2e', '/metrics', '/x?validate'])(
    'the path %s: 404',
    async (path) => {
      const before = asked();
      expect(await running.call({ path })).toMatchObject({ status: 404 });
      expect(asked()).toBe(before);
    },
  );

  it('a path that is no URL: 404, and the server goes on', async () => {
    for (const path of ['//', '//[', 'http://[']) {
      const socket = await running.open();
      socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
      const [head] = (await once(socket, 'data')) as [Buffer];
      expect(head.toString()).toMatch(/^HTTP\/1\.1 404 /u);
      socket.destroy();
    }
    expect(await running.call()).toMatchObject({ status: 200 });
  });

  it('bytes that are not UTF-8: 400, and the next body is taken', async () => {
    const before = asked();
    expect(await running.call({ body: Buffer.of(0x22, 0xff, 0x22) })).toMatchObject({
      status: 400,
      body: 'the body is not UTF-8\n',
    });
    expect(asked()).toBe(before);
    expect(await running.countRefused('not-utf8')).toBe(1);
    expect(await running.call(REVIEW)).toMatchObject({ status: 200 });
  });

  it('a client that goes away in the middle of its body is counted, and nobody is asked', async () => {
    const before = asked();
    const socket = await running.open();
    const head = 'POST /validate HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n';
    socket.write(`${head}Content-Length: 100\r\n\r\n{"half":`);
    await new Promise((resolve) => socket.write('1', resolve));
    socket.destroy();
    await waitUntil(async () => (await running.countRefused('cut-off')) === 1);
    expect(asked()).toBe(before);
  });
});

describe('a body that is too large (B-28)', () => {
  const HEAD = 'POST /validate HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n';

  it('by its declared length is refused at once: 413, and the connection ends', async () => {
    const socket = await running.open();
    socket.write(`${HEAD}Content-Length: ${BODY_LIMIT + 1}\r\n\r\n`);
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 413 [\s\S]*connection: close/iu);
    await once(socket, 'close');
    expect(await running.countRefused('too-large')).toBe(1);
  });

  it('by what comes is refused as soon as it is: 413', async () => {
    const socket = await running.open();
    socket.on('error', () => undefined);
    socket.write(`${HEAD}Transfer-Encoding: chunked\r\n\r\n`);
    const chunk = `100000\r\n${'x'.repeat(0x10_00_00)}\r\n`;
    for (let count = 0; count < 7; count += 1) socket.write(chunk);
    socket.write('1\r\nx\r\n');
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 413 /u);
    socket.destroy();
  });

  it('of seven MiB exactly is taken', async () => {
    const body = Buffer.alloc(BODY_LIMIT, 'x');
    expect(await running.call({ body })).toMatchObject({ status: 200 });
    expect(running.seen.at(-1)?.[1]).toHaveLength(BODY_LIMIT);
  });
});

describe('health', () => {
  it('is told to whoever asks', async () => {
    expect(await running.call({ method: 'GET', path: '/healthz' })).toMatchObject({
      status: 200,
      body: 'ok\n',
    });
  });

  it('is ready only without obstacles, which it names', async () => {
    let obstacles: readonly string[] = ['keysets not read yet', 'stopping'];
    await using other = await startServer({ findObstacles: () => obstacles });
    const ask = () => other.call({ method: 'GET', path: '/readyz' });
    expect(await ask()).toMatchObject({ status: 503, body: 'keysets not read yet; stopping\n' });
    obstacles = [];
    expect(await ask()).toMatchObject({ status: 200, body: 'ok\n' });
  });
});

describe('a handler that fails against its contract', () => {
  it('leaves the client without an answer, which is no allow, and the server goes on', async () => {
    let broken = true;
    const handle = () =>
      broken
        ? Promise.reject(new Error('broken'))
        : Promise.resolve({ status: 200, type: 'application/json', body: '' } as const);
    await using other = await startServer({ handle });
    await expect(other.call()).rejects.toMatchObject({ code: 'ECONNRESET' });
    broken = false;
    expect(await other.call()).toMatchObject({ status: 200 });
  });
});

describe('more work than it can take', () => {
  it('is refused with 503 and counted; the rest is answered', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const handle = async () => {
      await promise;
      return { status: 200, type: 'application/json', body: '' } as const;
    };
    await using other = await startServer({ handle });
    const socket = await other.open();
    const one = 'POST /validate HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n';
    // Pipelined on one connection: each is in flight until its answer is due.
    socket.write(`${one}Content-Length: 2\r\n\r\n{}`.repeat(2000));
    await waitUntil(() => other.seen.length === 2000);
    expect(await other.call()).toMatchObject({
      status: 503,
      body: expect.stringMatching(/^OVERLOADED/u),
    });
    expect(await other.countRefused('overloaded')).toBe(1);
    resolve();
    await waitUntil(async () => (await other.call()).status === 200);
    socket.destroy();
  });
});
