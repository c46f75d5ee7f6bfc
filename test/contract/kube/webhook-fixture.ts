/** An admission webhook under the test's control, over TLS with an authority of its own. */
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createCertificateAuthority } from '../../../sandbox/certificates.ts';
import type { Json } from './client.ts';

export interface WebhookFixture {
  readonly url: string;
  readonly caBundle: string;
  /** Of an authority that has nothing to do with it. */
  readonly otherCaBundle: string;
  /** The AdmissionRequests received, with the query string each came with. */
  readonly received: { path: string; query: string; request: Json }[];
  /** How the next reviews are answered; `hang` never answers, `break` answers rubbish. */
  answer: ((request: Json) => Json) | 'hang' | 'break';
  close(): Promise<void>;
}

export async function startWebhookFixture(): Promise<WebhookFixture> {
  const authority = await createCertificateAuthority();
  const stranger = await createCertificateAuthority();
  const { certPem, keyPem } = await authority.issue({
    commonName: 'webhook',
    dnsNames: ['localhost'],
    ipAddresses: ['127.0.0.1'],
  });
  const fixture = {
    received: [] as WebhookFixture['received'],
    answer: (() => ({ allowed: true })) as WebhookFixture['answer'],
  };
  const server = createServer({ cert: certPem, key: keyPem }, (incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const review = JSON.parse(Buffer.concat(chunks).toString('utf8')) as { request: Json };
      const [path = '', query = ''] = (incoming.url ?? '').split('?', 2);
      fixture.received.push({ path, query, request: review.request });
      const { answer } = fixture;
      if (answer === 'hang') return;
      response.setHeader('content-type', 'application/json');
      const uid = review.request['uid'];
      const body = {
        apiVersion: 'admission.k8s.io/v1',
        kind: 'AdmissionReview',
        response: answer === 'break' ? 'no' : { uid, ...answer(review.request) },
      };
      response.end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return Object.assign(fixture, {
    url: `https://127.0.0.1:${String(port)}`,
    caBundle: Buffer.from(authority.caPem).toString('base64'),
    otherCaBundle: Buffer.from(stranger.caPem).toString('base64'),
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
}

export function toJsonPatch(operations: readonly object[]): Json {
  return {
    allowed: true,
    patchType: 'JSONPatch',
    patch: Buffer.from(JSON.stringify(operations)).toString('base64'),
  };
}
