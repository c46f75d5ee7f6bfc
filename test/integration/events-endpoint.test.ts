import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { createCertificateAuthority } from '../../sandbox/certificates.ts';
import { composeEvent } from '../../sandbox/event-grid/key-vault-events.ts';
import { createPushDelivery, type PushDelivery } from '../../sandbox/event-grid/push-delivery.ts';
import type { ChildProgram } from '../../sandbox/processes/child.ts';
import { NAMES } from '../../sandbox/story/names.ts';
import { eventually, startWorkerStage, type WorkerStage } from './worker-stage.ts';

jest.setTimeout(60_000);

const AUDIENCE = 'api://keyward-events';

/** Event Grid pushes to the worker's own endpoint, with the tokens of Entra's stand-in and without any bus. */
describe('the events endpoint of a worker', () => {
  let stage: WorkerStage;
  let worker: ChildProgram;
  let folder: string;
  let caPem: string;
  let token: string | undefined;
  let port: number;
  let push: PushDelivery;
  let authority: Awaited<ReturnType<typeof createCertificateAuthority>>;

  const writeCertificate = async (commonName: string): Promise<void> => {
    const issued = await authority.issue({ commonName, ipAddresses: ['127.0.0.1'] });
    await writeFile(join(folder, 'tls.key'), issued.keyPem);
    await writeFile(join(folder, 'tls.crt'), issued.certPem);
  };
  const endpointEnvironment = () => ({
    KEYWARD_BUS_QUEUE: '',
    KEYWARD_BUS_CONNECTION_STRING: '',
    KEYWARD_EVENTS_PORT: '0',
    KEYWARD_EVENTS_HOST: '127.0.0.1',
    KEYWARD_EVENTS_TLS_CERT_FILE: join(folder, 'tls.crt'),
    KEYWARD_EVENTS_TLS_KEY_FILE: join(folder, 'tls.key'),
    KEYWARD_EVENTS_TENANT_ID: stage.azure.entra.tenantId,
    KEYWARD_EVENTS_AUDIENCE: AUDIENCE,
  });
  /** Of the worker that said so last. */
  const readPort = () =>
    eventually('the endpoint listens', async () => {
      const lines = (await stage.log())
        .split('\n')
        .filter((line) => line.includes('eventsListening'));
      const { eventsPort } = JSON.parse(lines.at(-1) ?? '{}') as { eventsPort?: number };
      return eventsPort;
    });
  const pushTo = (target: number) =>
    createPushDelivery({ port: target, caPem, token: () => token });
  const newVersion = (key: string, version: string) =>
    composeEvent({
      id: version,
      type: 'Microsoft.KeyVault.KeyNewVersionCreated',
      event: { vaultUri: NAMES.vaultUri, name: key, version },
      schema: 'CloudEventSchemaV1_0',
      subscription: '0',
      at: new Date(),
    });
  const hintReads = () =>
    stage.metric(worker, 'keyward_worker_vault_reads_total', { cause: 'hint' });

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'keyward-endpoint-'));
    authority = await createCertificateAuthority();
    ({ caPem } = authority);
    await writeCertificate('first');
    stage = await startWorkerStage('stand-in');
    worker = await stage.startWorker(endpointEnvironment());
    port = await readPort();
    push = pushTo(port);
    token = stage.azure.entra.issueEventToken(AUDIENCE);
    const version = stage.azure.vault.createKey({ name: 'pushed' });
    await stage.createProvider('pushed', 'pushed', [version]);
    await eventually('the key is followed', async () => {
      const keySet = await stage.readKeySet('pushed');
      return keySet?.status.trusted === 1;
    });
  });
  afterAll(async () => {
    await worker?.stop();
    await stage?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  it('shakes hands in both schemas', async () => {
    const code = '512d38b6-c7b8-40c8-89fe-f46f9e9622b6';
    const validated = await push.validate(code);
    expect([validated.status, validated.body]).toEqual([200, `{"validationResponse":"${code}"}`]);
    const allowed = await push.askPermission();
    expect(allowed).toMatchObject({
      status: 200,
      headers: { 'webhook-allowed-origin': 'eventgrid.azure.net', 'webhook-allowed-rate': '120' },
    });
    // What the event names to be fetched is not: nothing but the vault and Entra was asked for.
    expect(stage.azure.egress.refused()).toEqual([]);
    expect(stage.azure.entra.stats().keySetReads).toBe(1);
  });

  it('has a new version trusted by the time it answers', async () => {
    const version = stage.azure.vault.rotate('pushed');
    const { status } = await push.deliver(newVersion('pushed', version), {
      'content-type': 'application/cloudevents+json; charset=utf-8',
    });
    expect(status).toBe(200);
    const keySet = await stage.readKeySet('pushed');
    expect(keySet?.status.versions.map((entry) => entry.version)).toContain(version);
  });

  it('turns away whoever has no good token, and reads nothing for them', async () => {
    const { entra } = stage.azure;
    const before = await hintReads();
    const body = newVersion('pushed', 'f'.repeat(32));
    const tokens = [
      undefined,
      'a.b.c',
      entra.createFederatedToken('system:serviceaccount:other:other'),
      entra.issueEventToken('https://vault.azure.net'),
      entra.issueEventToken(AUDIENCE, { appid: '99999999-2222-4333-8444-555555555555' }),
      entra.issueEventToken(AUDIENCE, { exp: 1_700_000_000 }),
    ];
    const statuses: number[] = [];
    for (token of tokens) statuses.push((await push.deliver(body)).status);
    expect(statuses).toEqual([401, 401, 401, 401, 401, 401]);
    token = entra.issueEventToken(AUDIENCE, { roles: [] });
    expect((await push.deliver(body)).status).toBe(403);
    token = entra.issueEventToken(AUDIENCE);
    expect(await hintReads()).toBe(before);
  });

  it('spends one read on a forged event by somebody with a token, and none on a key that nobody follows', async () => {
    const before = await hintReads();
    const forged = await push.deliver(newVersion('pushed', 'f'.repeat(32)));
    const nobodys = await push.deliver(newVersion('nobodys', 'f'.repeat(32)));
    expect([forged.status, nobodys.status]).toEqual([200, 200]);
    expect((await hintReads()) - before).toBe(1);
  });

  it('serves a new certificate without a restart', async () => {
    await writeCertificate('second');
    await eventually(
      'the second certificate',
      async () => {
        const socket = connect({ host: '127.0.0.1', port, ca: caPem });
        await once(socket, 'secureConnect');
        const { CN } = socket.getPeerCertificate().subject;
        socket.destroy();
        return CN === 'second';
      },
      30_000,
    );
  });

  it('asks Event Grid to come again where another worker leads, and takes over when that ends', async () => {
    await using second = new AsyncDisposableStack();
    const standby = await stage.startWorker(endpointEnvironment());
    second.defer(() => standby.stop());
    const standbyPort = await eventually('another endpoint', async () => {
      const found = await readPort();
      return found === port ? undefined : found;
    });
    const body = newVersion('pushed', 'f'.repeat(32));
    const refused = await pushTo(standbyPort).deliver(body);
    expect(refused).toMatchObject({ status: 503, headers: { 'retry-after': '10' } });
    await worker.stop();
    await eventually(
      'the other one takes it',
      async () => (await pushTo(standbyPort).deliver(body)).status === 200,
      30_000,
    );
  });
});
