import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createFakeClock } from '../../../../platform/lifecycle/fake-clock.ts';
import { createMetrics } from '../../../../platform/observe/metrics.ts';
import { createCertificateAuthority } from '../../../../sandbox/certificates.ts';
import { createPushDelivery } from '../../../../sandbox/event-grid/push-delivery.ts';
import { loadWorkerConfig } from '../../../../worker/config.ts';
import { runEventsEndpoint } from '../../../../worker/hints/run-endpoint.ts';
import { createRecordingLogger } from '../../../support/recording-logger.ts';
import { waitUntil } from '../../../support/wait-until.ts';

jest.setTimeout(30_000);

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keyward-endpoint-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function start(port = 0) {
  const authority = await createCertificateAuthority();
  const { endpoint } = loadWorkerConfig({
    KEYWARD_EVENTS_PORT: String(port),
    KEYWARD_EVENTS_HOST: '127.0.0.1',
    KEYWARD_EVENTS_TLS_CERT_FILE: join(folder, 'tls.crt'),
    KEYWARD_EVENTS_TLS_KEY_FILE: join(folder, 'tls.key'),
    KEYWARD_EVENTS_TENANT_ID: '11111111-2222-4333-8444-555555555555',
    KEYWARD_EVENTS_AUDIENCE: 'api://keyward-events',
  });
  if (endpoint === undefined) throw new Error('the endpoint is off');
  const clock = createFakeClock();
  const logger = createRecordingLogger();
  const stopping = new AbortController();
  const running = runEventsEndpoint(
    {
      config: endpoint,
      accept: () => undefined,
      drainMs: 1000,
      clock,
      logger,
      metrics: createMetrics(),
    },
    stopping.signal,
  );
  const writeCertificate = async () => {
    const issued = await authority.issue({ commonName: 'x', ipAddresses: ['127.0.0.1'] });
    await writeFile(join(folder, 'tls.crt'), issued.certPem);
    await writeFile(join(folder, 'tls.key'), issued.keyPem);
  };
  const listening = () =>
    logger.lines.find(({ fields }) => fields['event'] === 'eventsListening')?.fields['eventsPort'];
  const faults = () => logger.lines.filter(({ level }) => level === 'error').length;
  const stop = async () => {
    stopping.abort(new Error('the test ends'));
    await running;
  };
  return { authority, clock, writeCertificate, listening, faults, stop };
}

describe('the events endpoint of a process', () => {
  it('waits for its certificate, and the process goes on meanwhile', async () => {
    const { authority, clock, writeCertificate, listening, faults, stop } = await start();
    await waitUntil(() => faults() === 1 && clock.pending() === 1);
    clock.advance(10_000);
    await waitUntil(() => faults() === 2 && clock.pending() === 1);
    await writeCertificate();
    clock.advance(10_000);
    await waitUntil(() => listening() !== undefined);
    const target = { port: Number(listening()), caPem: authority.caPem, token: () => undefined };
    expect(await createPushDelivery(target).deliver({})).toMatchObject({ status: 401 });
    await stop();
    await expect(createPushDelivery(target).deliver({})).rejects.toMatchObject({
      code: 'ECONNREFUSED',
    });
  });

  it('waits for its port', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as import('node:net').AddressInfo;
    const { clock, writeCertificate, listening, faults, stop } = await start(port);
    await writeCertificate();
    await waitUntil(() => faults() === 1 && clock.pending() === 1);
    clock.advance(10_000);
    await waitUntil(() => faults() === 2 && clock.pending() === 1);
    taken.close();
    await once(taken, 'close');
    clock.advance(10_000);
    await waitUntil(() => listening() === port);
    await stop();
  });

  it('ends at once while it waits', async () => {
    const { clock, faults, stop } = await start();
    await waitUntil(() => faults() === 1 && clock.pending() === 1);
    await stop();
  });
});
