import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { startServiceBus, type ServiceBus } from '../../sandbox/bus/service-bus.ts';
import { subscriptionAddress } from '../../sandbox/bus/topic.ts';
import { createEventGrid, type EventGrid } from '../../sandbox/event-grid/event-grid.ts';
import { composeEvent } from '../../sandbox/event-grid/key-vault-events.ts';
import type { ChildProgram } from '../../sandbox/processes/child.ts';
import { NAMES } from '../../sandbox/story/names.ts';
import { eventually, startWorkerStage, type WorkerStage } from './worker-stage.ts';

jest.setTimeout(60_000);

const TOPIC = 'all-clusters';
const OWN = subscriptionAddress(TOPIC, 'cluster-1');
const OTHERS = subscriptionAddress(TOPIC, 'cluster-2');

/** Two clusters share a vault and a topic; the worker is that of the first. */
describe('a worker on its subscription of a shared topic', () => {
  let stage: WorkerStage;
  let worker: ChildProgram;
  let bus: ServiceBus;
  let eventGrid: EventGrid;
  const environment = () => ({
    KEYWARD_BUS_QUEUE: '',
    KEYWARD_BUS_TOPIC: TOPIC,
    KEYWARD_BUS_SUBSCRIPTION: 'cluster-1',
    KEYWARD_BUS_CONNECTION_STRING: bus.connectionString,
    KEYWARD_DRAIN_SECONDS: '1',
  });
  const follow = async (name: string, attributes: Readonly<Record<string, number>> = {}) => {
    const version = stage.azure.vault.createKey({ name, attributes });
    await stage.createProvider(name, name, [version]);
    await eventually(`${name} is followed`, async () => {
      const keySet = await stage.readKeySet(name);
      return keySet?.status.trusted === 1;
    });
    return version;
  };
  const connected = () =>
    eventually('the bus is connected', () =>
      stage.metric(worker, 'keyward_bus_connected').then((value) => value === 1),
    );
  const logged = async (event: string) =>
    (await stage.log()).split('\n').filter((line) => line.includes(`"event":"${event}"`));
  const compose = (type: string, key: string) =>
    composeEvent({
      id: key,
      type,
      event: { vaultUri: NAMES.vaultUri, name: key, version: 'f'.repeat(32) },
      schema: 'EventGridSchema',
      subscription: '0',
      at: new Date(),
    });

  beforeAll(async () => {
    bus = await startServiceBus({
      queues: [],
      topics: [{ name: TOPIC, subscriptions: ['cluster-1', 'cluster-2'] }],
      lockDurationMs: 3000,
    });
    eventGrid = createEventGrid({ bus, queue: TOPIC, schema: 'CloudEventSchemaV1_0' });
    stage = await startWorkerStage('stand-in');
    worker = await stage.startWorker(environment());
  });
  afterAll(async () => {
    await worker?.stop();
    await stage?.[Symbol.asyncDispose]();
    eventGrid?.close();
    await bus?.close();
  });

  it('trusts a new version by its own copy of the event, and leaves the other cluster’s alone', async () => {
    await follow('shared');
    await connected();
    const version = stage.azure.vault.rotate('shared');
    eventGrid.publishNewVersion({ vaultUri: NAMES.vaultUri, name: 'shared', version });
    await eventually('the new version is trusted', async () => {
      const keySet = await stage.readKeySet('shared');
      return keySet?.status.trusted === 2;
    });
    await eventually('the message is completed', async () => bus.messages(OWN).length === 0);
    expect(bus.messages(OTHERS)).toHaveLength(1);
    const changed = (await logged('keySetChanged')).find((line) =>
      line.includes(`${version}: new`),
    );
    expect(JSON.parse(changed ?? '{}')).toMatchObject({ cause: 'hint' });
  });

  it('takes a batch, counts what is unknown in it, and completes it', async () => {
    await follow('first-of-batch');
    await follow('second-of-batch');
    const hints = () => stage.metric(worker, 'keyward_worker_hints_total', { result: 'followed' });
    const ignored = () =>
      stage.metric(worker, 'keyward_events_received_total', { source: 'bus', result: 'ignored' });
    const before = [await hints(), await ignored()];
    bus.enqueue(TOPIC, [
      compose('Microsoft.KeyVault.KeyNewVersionCreated', 'first-of-batch'),
      compose('Microsoft.KeyVault.KeyExpired', 'second-of-batch'),
      compose('Microsoft.KeyVault.SecretExpired', 'second-of-batch'),
      compose('Contoso.Something.New', 'second-of-batch'),
    ]);
    await eventually('the batch is completed', async () => bus.messages(OWN).length === 0);
    expect([await hints(), await ignored()]).toEqual([(before[0] ?? 0) + 2, (before[1] ?? 0) + 2]);
    expect(bus.deadLetters(OWN)).toEqual([]);
  });

  it('puts poison aside with a reason, and does not quote it', async () => {
    bus.enqueue(TOPIC, 'SharedAccessKey=QUJD is no event');
    await eventually('the dead letter', async () => bus.deadLetters(OWN).length === 1);
    expect(bus.deadLetters(OWN)).toMatchObject([
      { applicationProperties: { DeadLetterReason: 'EVENT_NOT_JSON' }, deliveryCount: 0 },
    ]);
    expect(await stage.log()).not.toContain('QUJD');
  });

  it('warns of a key near its expiry with what the vault says of it', async () => {
    const exp = Math.floor(Date.now() / 1000) + 20 * 24 * 3600;
    const version = await follow('expiring', { exp });
    // The worker's copy of the KeySet may still be behind: then it knows of no expiry, and believes the event none.
    const line = await eventually('the warning', async () => {
      eventGrid.publishNearExpiry({ vaultUri: NAMES.vaultUri, name: 'expiring', version, exp: 5 });
      await eventually('the message is completed', async () => bus.messages(OWN).length === 0);
      return (await logged('keyNearExpiry')).at(0);
    });
    expect(JSON.parse(line)).toMatchObject({
      level: 'warn',
      key: 'expiring',
      keySets: [`${NAMES.system}/expiring`],
      expires: new Date(exp * 1000).toISOString().replace('.000Z', 'Z'),
    });
    expect(await stage.metric(worker, 'keyward_worker_near_expiry_warnings_total')).toBe(1);
  });

  it('loses nothing that it has in hand when it is ended: the message comes again', async () => {
    await follow('in-hand');
    const deadLetters = bus.deadLetters(OWN).length;
    stage.azure.vault.faults.set('hang');
    eventGrid.publishNewVersion({
      vaultUri: NAMES.vaultUri,
      name: 'in-hand',
      version: 'f'.repeat(32),
    });
    await eventually('the message is in hand', async () =>
      bus.messages(OWN).some(({ state }) => state === 'locked'),
    );
    await worker.stop();
    expect(bus.messages(OWN)).toHaveLength(1);
    stage.azure.vault.faults.set('none');
    worker = await stage.startWorker(environment());
    await eventually(
      'the message is completed',
      async () => bus.messages(OWN).length === 0,
      40_000,
    );
    expect(bus.deadLetters(OWN)).toHaveLength(deadLetters);
  });
});
