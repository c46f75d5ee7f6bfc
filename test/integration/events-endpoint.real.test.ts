import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { createCertificateAuthority } from '../../sandbox/certificates.ts';
import { composeEvent } from '../../sandbox/event-grid/key-vault-events.ts';
import { createPushDelivery, type PushDelivery } from '../../sandbox/event-grid/push-delivery.ts';
import type { ChildProgram } from '../../sandbox/processes/child.ts';
import { NAMES } from '../../sandbox/story/names.ts';
import {
  hasRedisServer,
  startRedisServer,
  type RedisServer,
} from '../contract/queue/redis-server.ts';
import { eventually, startWorkerStage, type WorkerStage } from './worker-stage.ts';

jest.setTimeout(60_000);

const isThere = hasRedisServer();
if (!isThere)
  process.stderr.write(
    '\nSKIPPED, NOT CHECKED: the events endpoint with Redis: redis-server is not installed. Run: scripts/install-packages.sh\n\n',
  );
const AUDIENCE = 'api://keyward-events';

/** Two replicas behind one Service: Event Grid does not know which of them leads. */
(isThere ? describe : describe.skip)('the events endpoint of a worker that does not lead', () => {
  let stage: WorkerStage;
  let redis: RedisServer;
  let leader: ChildProgram;
  let standby: ChildProgram;
  let folder: string;
  let push: PushDelivery;

  const newVersion = (version: string) =>
    composeEvent({
      id: version,
      type: 'Microsoft.KeyVault.KeyNewVersionCreated',
      event: { vaultUri: NAMES.vaultUri, name: 'pushed', version },
      schema: 'EventGridSchema',
      subscription: '0',
      at: new Date(),
    });
  const hintReads = (of: ChildProgram) =>
    stage.metric(of, 'keyward_worker_vault_reads_total', { cause: 'hint' });

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'keyward-endpoint-'));
    redis = await startRedisServer();
    const authority = await createCertificateAuthority();
    const issued = await authority.issue({ commonName: 'events', ipAddresses: ['127.0.0.1'] });
    await writeFile(join(folder, 'tls.key'), issued.keyPem);
    await writeFile(join(folder, 'tls.crt'), issued.certPem);
    stage = await startWorkerStage('stand-in');
    const { entra } = stage.azure;
    const environment = {
      KEYWARD_QUEUE_URL: redis.url,
      KEYWARD_BUS_QUEUE: '',
      KEYWARD_BUS_CONNECTION_STRING: '',
      KEYWARD_EVENTS_PORT: '0',
      KEYWARD_EVENTS_HOST: '127.0.0.1',
      KEYWARD_EVENTS_TLS_CERT_FILE: join(folder, 'tls.crt'),
      KEYWARD_EVENTS_TLS_KEY_FILE: join(folder, 'tls.key'),
      KEYWARD_EVENTS_TENANT_ID: entra.tenantId,
      KEYWARD_EVENTS_AUDIENCE: AUDIENCE,
    };
    leader = await stage.startWorker(environment);
    await eventually('one leads', async () => (await stage.status(leader))['leader'] === true);
    standby = await stage.startWorker(environment);
    const ports = await eventually('both listen', async () => {
      const lines = (await stage.log()).split('\n');
      const listening = lines.filter((line) => line.includes('eventsListening'));
      const found = listening.map(
        (line) => (JSON.parse(line) as { eventsPort: number }).eventsPort,
      );
      return found.length === 2 ? found : undefined;
    });
    const token = entra.issueEventToken(AUDIENCE);
    push = createPushDelivery({ port: ports[1] ?? 0, caPem: authority.caPem, token: () => token });
    const version = stage.azure.vault.createKey({ name: 'pushed' });
    await stage.createProvider('pushed', 'pushed', [version]);
    await eventually('the key is followed', async () => {
      const keySet = await stage.readKeySet('pushed');
      return keySet?.status.trusted === 1;
    });
  });
  afterAll(async () => {
    await Promise.all([leader?.stop(), standby?.stop()]);
    await stage?.[Symbol.asyncDispose]();
    await redis?.kill();
    await rm(folder, { recursive: true, force: true });
  });

  it('puts the hint into the queue, from which the leader works', async () => {
    await eventually('it knows the key', async () => {
      await push.deliver(newVersion('f'.repeat(32)));
      return (await hintReads(leader)) > 0;
    });
    const version = stage.azure.vault.rotate('pushed');
    expect((await push.deliver(newVersion(version))).status).toBe(200);
    await eventually('the new version is trusted', async () => {
      const keySet = await stage.readKeySet('pushed');
      return keySet?.status.trusted === 2;
    });
    expect(await hintReads(standby)).toBe(0);
  });

  it('takes nothing while the queue is away, and goes on when it is back', async () => {
    await redis.kill();
    expect(await push.deliver(newVersion('f'.repeat(32)))).toMatchObject({
      status: 503,
      headers: { 'retry-after': '10' },
    });
    await redis.revive();
    await eventually(
      'it takes hints again',
      async () => (await push.deliver(newVersion('f'.repeat(32)))).status === 200,
    );
  });
});
