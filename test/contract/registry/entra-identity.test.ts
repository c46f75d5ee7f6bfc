/** Microsoft's own library, as keyward asks it for tokens: a managed identity on loopback, and what becomes of failures. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createEntraIdentity } from '../../../platform/registry/credentials/entra-identity.ts';

const HEADER = 'of-this-host';
const live = () => AbortSignal.timeout(20_000);

type Answer = (response: ServerResponse, request: IncomingMessage) => void;

/**
 * The endpoint that App Service, Container Apps and others give their programs in the place of the metadata service. One for all tests:
 * the library looks for it once in a process.
 */
let answer: Answer = giveToken;
let asked: URL[] = [];
const server = createServer((request, response) => {
  asked.push(new URL(request.url ?? '/', 'http://identity'));
  answer(response, request);
});

beforeAll(async () => {
  await new Promise<void>((listening) => {
    server.listen(0, '127.0.0.1', listening);
  });
  const { port } = server.address() as AddressInfo;
  process.env['IDENTITY_ENDPOINT'] = `http://127.0.0.1:${port}/msi/token`;
  process.env['IDENTITY_HEADER'] = HEADER;
});
beforeEach(() => {
  [answer, asked] = [giveToken, []];
});
afterAll(async () => {
  delete process.env['IDENTITY_ENDPOINT'];
  delete process.env['IDENTITY_HEADER'];
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
});

function giveToken(response: ServerResponse, { headers }: IncomingMessage): void {
  if (headers['x-identity-header'] !== HEADER) {
    response.writeHead(401).end();
    return;
  }
  const expires_on = String(Math.floor(Date.now() / 1000) + 3600);
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ access_token: 'entra-token', expires_on, token_type: 'Bearer' }));
}

describe('a managed identity', () => {
  it('is asked for the audience of registries, and its token is kept', async () => {
    const identity = createEntraIdentity({ kind: 'managed', clientId: 'of-registries' });
    expect(identity.name).toBe('managed:of-registries');
    expect((await identity.getToken(live())).reveal()).toBe('entra-token');
    expect((await identity.getToken(live())).reveal()).toBe('entra-token');
    expect(asked).toHaveLength(1);
    expect(asked[0]?.searchParams.get('resource')).toBe('https://containerregistry.azure.net');
    expect(asked[0]?.searchParams.get('client_id')).toBe('of-registries');
  });

  it('without a client ID is the one that the host has', async () => {
    const identity = createEntraIdentity({ kind: 'managed' });
    expect(identity.name).toBe('managed:system');
    await identity.getToken(live());
    expect(asked[0]?.searchParams.has('client_id')).toBe(false);
  });

  it('that is refused gives a reason without a word of the answer', async () => {
    answer = (response) => {
      response.writeHead(400, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify({ error: 'invalid', error_description: 'AADSTS700016: hunter2' }),
      );
    };
    const identity = createEntraIdentity({ kind: 'managed', clientId: 'another' });
    const failure: unknown = await identity.getToken(live()).catch((error: unknown) => error);
    expect(failure).toMatchObject({
      code: 'REGISTRY_AUTH',
      message: expect.stringMatching(/^no token from Entra/u) as unknown,
    });
    expect(JSON.stringify(failure, Object.getOwnPropertyNames(failure))).not.toContain('hunter2');
  });

  it('that does not answer is waited for as long as the question lasts', async () => {
    answer = () => undefined;
    const identity = createEntraIdentity({ kind: 'managed', clientId: 'silent' });
    await expect(identity.getToken(AbortSignal.timeout(100))).rejects.toMatchObject({
      code: 'REGISTRY_AUTH',
    });
  });
});

describe('a workload identity', () => {
  it('without its token file has no token, and no other identity stands in its place', async () => {
    const identity = createEntraIdentity({
      kind: 'workload',
      tenantId: '11111111-2222-4333-8444-555555555555',
      clientId: '99999999-8888-4777-8666-555555555555',
      tokenFilePath: '/does/not/exist',
      authorityHost: 'https://127.0.0.1:1/',
    });
    await expect(identity.getToken(live())).rejects.toMatchObject({ code: 'REGISTRY_AUTH' });
    expect(asked).toEqual([]);
  }, 30_000);
});
