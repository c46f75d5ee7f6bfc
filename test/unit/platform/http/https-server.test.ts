import { once } from 'node:events';
import { request, type RequestOptions } from 'node:https';
import { connect, type TLSSocket } from 'node:tls';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import {
  startHttpsServer,
  type HttpsAnswer,
  type HttpsRequest,
} from '../../../../platform/http/https-server.ts';
import type { TlsPort } from '../../../../platform/http/tls-port.ts';
import { createCertificateAuthority } from '../../../../sandbox/certificates.ts';
import { waitUntil } from '../../../support/wait-until.ts';

jest.setTimeout(30_000);

const authority = createCertificateAuthority();
const issue = async (commonName: string) => {
  const issued = await (await authority).issue({ commonName, ipAddresses: ['127.0.0.1'] });
  return { cert: issued.certPem, key: issued.keyPem, expiresAt: 0 };
};

let server: TlsPort | undefined;
const sockets: TLSSocket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await server?.close(0);
  server = undefined;
});

async function start(
  handle: (request: HttpsRequest) => Promise<HttpsAnswer>,
  connections = 10,
): Promise<TlsPort> {
  const certificate = await issue('first');
  server = await startHttpsServer({ host: '127.0.0.1', port: 0, certificate, handle, connections });
  return server;
}

async function open(): Promise<TLSSocket> {
  const { caPem } = await authority;
  const socket = connect({ host: '127.0.0.1', port: server?.port ?? 0, ca: caPem });
  socket.on('error', () => undefined);
  sockets.push(socket);
  await once(socket, 'secureConnect');
  return socket;
}

async function call(options: RequestOptions & { body?: string | Buffer } = {}) {
  const { body, ...rest } = options;
  const { caPem: ca } = await authority;
  const place = { host: '127.0.0.1', port: server?.port, ca, agent: false } as const;
  const sent = request({ ...place, ...rest });
  sent.on('error', () => undefined);
  sent.end(body);
  const [response] = (await once(sent, 'response')) as [import('node:http').IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const { statusCode: status, headers } = response;
  return { status, headers, body: Buffer.concat(chunks).toString() };
}

const echo = async (got: HttpsRequest): Promise<HttpsAnswer> => {
  const read = await got.readBody(10);
  const body = read.ok ? read.bytes.toString() : read.fault;
  return { status: 200, body: `${got.method} ${got.path} ${got.address} ${body}` };
};

describe('the https server', () => {
  it('shows a request and sends the answer', async () => {
    await start(echo);
    const answer = await call({ method: 'POST', path: '/events?code=x', body: 'hello' });
    expect(answer).toMatchObject({ status: 200, body: 'POST /events 127.0.0.1 hello' });
    expect(answer.headers).toMatchObject({ 'cache-control': 'no-store', connection: 'close' });
  });

  it('reads no more of a body than it may, said or unsaid', async () => {
    await start(echo);
    expect((await call({ method: 'POST', body: '0123456789' })).body).toMatch(/0123456789$/u);
    expect((await call({ method: 'POST', body: '0123456789x' })).body).toMatch(/too-large$/u);
    const headers = { 'transfer-encoding': 'chunked' };
    const chunked = await call({ method: 'POST', headers, body: 'x'.repeat(1_000_000) });
    expect(chunked.body).toMatch(/too-large$/u);
    expect(chunked.headers.connection).toBe('close');
  });

  it('refuses a body by what is said of its length, before any of it has come', async () => {
    await start(echo);
    const socket = await open();
    socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\n\r\n');
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/too-large$/u);
  });

  it('reads no byte of a body that nobody asks for, and lets nothing follow it', async () => {
    await start(async () => ({ status: 401, keepAlive: true }));
    const socket = await open();
    const closed = once(socket, 'close');
    let text = '';
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5000000\r\n\r\nfirst bytes');
    await closed;
    expect(text.match(/HTTP\/1\.1 401/gu)).toHaveLength(1);
    expect(text.split('\r\n\r\n').at(0)).toMatch(/connection: close/iu);
  });

  it('keeps the connection of those who proved who they are, and of nobody else', async () => {
    await start(async ({ path }) => ({ status: 200, keepAlive: path === '/known' }));
    expect(
      (await call({ path: '/known', headers: { connection: 'keep-alive' } })).headers.connection,
    ).toBe('keep-alive');
    expect(
      (await call({ path: '/other', headers: { connection: 'keep-alive' } })).headers.connection,
    ).toBe('close');
  });

  it('closes connections beyond its limit, and takes new ones when others have gone', async () => {
    await start(async () => ({ status: 200 }), 2);
    const first = await open();
    await open();
    const { caPem: ca } = await authority;
    const third = connect({ host: '127.0.0.1', port: server?.port ?? 0, ca });
    third.on('error', () => undefined);
    await new Promise((resolve) => {
      third.once('close', resolve);
    });
    first.destroy();
    await waitUntil(async () => {
      const answer = await call().catch(() => undefined);
      return answer?.status === 200;
    });
  });

  it('drops a connection whose handler fails, and goes on', async () => {
    await start(async ({ path }) => {
      if (path === '/bad') throw new Error('a fault of ours');
      return { status: 200 };
    });
    const socket = await open();
    const closed = once(socket, 'close');
    socket.write('GET /bad HTTP/1.1\r\nHost: x\r\n\r\n');
    await closed;
    expect((await call()).status).toBe(200);
  });

  it('serves a new certificate to new handshakes', async () => {
    const running = await start(async () => ({ status: 200 }));
    const before = await open();
    running.replaceCertificate(await issue('second'));
    const after = await open();
    expect(before.getPeerCertificate().subject.CN).toBe('first');
    expect(after.getPeerCertificate().subject.CN).toBe('second');
  });

  it('speaks no TLS older than 1.2', async () => {
    await start(async () => ({ status: 200 }));
    const old = connect({
      host: '127.0.0.1',
      port: server?.port ?? 0,
      maxVersion: 'TLSv1.1',
      minVersion: 'TLSv1',
      rejectUnauthorized: false,
    });
    const [error] = (await once(old, 'error')) as [Error];
    expect(error.message).toMatch(/protocol version|no protocols available/iu);
  });

  it('waits for an answer under way when it closes, and no longer than it may', async () => {
    const gate = Promise.withResolvers<HttpsAnswer>();
    const entered = Promise.withResolvers<undefined>();
    const running = await start(() => {
      entered.resolve(undefined);
      return gate.promise;
    });
    const answering = call({ headers: { connection: 'keep-alive' } });
    await entered.promise;
    const closing = running.close(20_000);
    gate.resolve({ status: 200, keepAlive: true });
    expect((await answering).headers.connection).toBe('close');
    await closing;
    await start(() => new Promise(() => undefined));
    const socket = await open();
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await server?.close(50);
    await start(async () => ({ status: 200 }));
  });
});
