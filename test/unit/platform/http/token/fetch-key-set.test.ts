import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  createKeySetReader,
  type KeySetReader,
} from '../../../../../platform/http/token/fetch-key-set.ts';
import { createCertificateAuthority } from '../../../../../sandbox/certificates.ts';
import { startEgressProxy, type EgressProxy } from '../../../../../sandbox/egress-proxy.ts';

const HOST = 'login.microsoftonline.com';
const trusted = getCACertificates('default');
const resources = new AsyncDisposableStack();
let answer: (response: ServerResponse) => void;
let asked: (string | undefined)[] = [];
/** A corporate proxy, which is also how the name leads to this machine. */
let egress: EgressProxy;
let reader: KeySetReader;

beforeAll(async () => {
  const authority = await createCertificateAuthority();
  setDefaultCACertificates([...trusted, authority.caPem]);
  resources.defer(() => {
    setDefaultCACertificates(trusted);
  });
  const issued = await authority.issue({ commonName: HOST, dnsNames: [HOST] });
  const server = createServer({ cert: issued.certPem, key: issued.keyPem }, (request, response) => {
    asked.push(request.url);
    answer(response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  resources.defer(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  egress = await startEgressProxy({ routes: (host) => (host === HOST ? { port } : undefined) });
  resources.defer(() => egress.close());
  reader = createKeySetReader(new URL(`https://${HOST}/tenant/keys`), { https: egress.url });
  resources.defer(() => reader.close());
});
afterEach(() => {
  asked = [];
});
afterAll(() => resources.disposeAsync());

describe('reading the key set', () => {
  it('gives the document at the one address, through the proxy', async () => {
    answer = (response) => response.end('{"keys":[]}');
    expect(await reader.read()).toEqual({ keys: [] });
    expect(asked).toEqual(['/tenant/keys']);
  });

  it.each([301, 302, 307, 308])('follows no redirect (%d)', async (status) => {
    answer = (response) =>
      response.writeHead(status, { location: 'https://attacker.example/' }).end();
    await expect(reader.read()).rejects.toThrow(String(status));
    expect(asked).toHaveLength(1);
    expect(egress.refused()).toEqual([]);
  });

  it.each<[string, (response: ServerResponse) => void]>([
    ['an error', (response) => response.writeHead(503).end('{"keys":[]}')],
    ['text', (response) => response.end('keys')],
    ['nothing', (response) => response.end()],
    ['more than any key set', (response) => response.end(`{"keys":["${'x'.repeat(300_000)}"]}`)],
    ['a connection that breaks', (response) => response.destroy()],
  ])('takes no answer of %s', async (_what, respond) => {
    answer = respond;
    await expect(reader.read()).rejects.toBeInstanceOf(Error);
  });

  it('goes nowhere without TLS', () => {
    expect(() => createKeySetReader(new URL('http://login.microsoftonline.com/keys'), {})).toThrow(
      'https only',
    );
  });
});
