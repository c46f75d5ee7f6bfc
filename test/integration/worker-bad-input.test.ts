import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { RESOURCES } from '../../platform/kube/resources.ts';
import { QUEUE } from '../../sandbox/azure.ts';
import { NAMES } from '../../sandbox/story/names.ts';
import type { ChildProgram } from '../../sandbox/processes/child.ts';
import { conditionOf, eventually, startWorkerStage, type WorkerStage } from './worker-stage.ts';

jest.setTimeout(60_000);

/** What each bad input has to end in: a reason, a metric, a log line, and a worker that takes the next good one. */
describe('the worker, given what no good neighbour gives', () => {
  let stage: WorkerStage;
  let worker: ChildProgram;

  beforeAll(async () => {
    stage = await startWorkerStage('stand-in');
    worker = await stage.startWorker();
    await eventually('events are received', () =>
      stage.metric(worker, 'keyward_bus_connected').then((value) => value === 1),
    );
  });
  afterAll(async () => {
    await worker?.stop();
    await stage?.[Symbol.asyncDispose]();
  });

  const awaitMetric = (name: string, labels: Readonly<Record<string, string>>) =>
    eventually(`${name} counts`, async () => (await stage.metric(worker, name, labels)) > 0);
  const awaitLine = (...words: readonly string[]) =>
    eventually(`a line with ${words.join(', ')}`, async () => {
      const lines = (await stage.log()).split('\n');
      return lines.find((line) => words.every((word) => line.includes(word)));
    });
  /** The next good input: a provider like any other. */
  const expectGoodInputToWork = async (name: string): Promise<void> => {
    const version = stage.azure.vault.createKey({ name });
    await stage.createProvider(name, name, [version]);
    await eventually(`${name} is trusted`, async () => {
      const keySet = await stage.readKeySet(name);
      return keySet?.status.trusted === 1;
    });
  };

  it.each([
    ['no JSON', '{"secret-word": ', 'EVENT_NOT_JSON'],
    ['no event', '{"secret-word": 1}', 'EVENT_ENVELOPE'],
    [
      'an event of no key',
      JSON.stringify({
        specversion: '1.0',
        id: 'secret-word',
        source: '/x',
        type: 'Microsoft.KeyVault.KeyNewVersionCreated',
        time: '2026-11-25T00:00:00Z',
        data: { Id: 'https://evil.example/keys/a/b' },
      }),
      'EVENT_KEY',
    ],
  ])(
    'puts a message that is %s aside, with the reason and without its body',
    async (_, body, code) => {
      stage.azure.bus.enqueue(QUEUE, body);
      await awaitMetric('keyward_events_malformed_total', { code });
      const line = await awaitLine('malformed event message', code);
      expect(line).not.toContain('secret-word');
      await eventually('it is dead-lettered', async () =>
        JSON.stringify(stage.azure.bus.deadLetters(QUEUE)).includes(code),
      );
      await expectGoodInputToWork(`after-${code.toLowerCase().replaceAll('_', '-')}`);
    },
  );

  it('calls no vault that is not allowed, and says which', async () => {
    const { azure, kube } = stage;
    await kube.create(RESOURCES.kmps, {
      metadata: { name: 'elsewhere' },
      spec: {
        type: 'azurekeyvault',
        parameters: {
          vaultURI: 'https://mallory.vault.azure.net/',
          tenantID: azure.entra.tenantId,
          clientID: 'x',
          keys: [{ name: 'key', version: 'a'.repeat(32) }],
        },
      },
    });
    await awaitMetric('keyward_worker_adoptions_total', { outcome: 'waiting' });
    const line = await awaitLine('provider not adopted yet', 'elsewhere');
    expect(line).toContain('mallory.vault.azure.net is not in allowedVaults');
    expect(azure.egress.refused().filter((host) => host.includes('mallory'))).toEqual([]);
    await expectGoodInputToWork('after-elsewhere');
  });

  it.each([
    ['no vault', { keys: [{ name: 'key' }] }, 'vaultURI'],
    ['a version that YAML made a number', { keys: [{ name: 'key', version: 7 }] }, 'version'],
    ['keys that are no list', { keys: 'key' }, 'keys'],
  ])('takes nothing from a provider with %s', async (what, parameters, field) => {
    const name = `nonsense-${what.replaceAll(' ', '-').toLowerCase()}`;
    await stage.kube.create(RESOURCES.kmps, {
      metadata: { name },
      spec: {
        type: 'azurekeyvault',
        parameters: {
          ...(field === 'vaultURI' ? {} : { vaultURI: 'https://contoso.vault.azure.net/' }),
          ...parameters,
        },
      },
    });
    await awaitMetric('keyward_kube_invalid_objects', { resource: 'keymanagementproviders' });
    const line = await awaitLine('object is invalid', name);
    expect(line).toContain(field);
    expect(await stage.readKeySet(name)).toBeUndefined();
    await expectGoodInputToWork(`after-${name}`);
  });

  it.each([
    ['hang', 'VaultTimeout'],
    ['rubbish', 'VaultBadResponse'],
  ] as const)('keeps its trust while the vault answers with "%s"', async (fault, reason) => {
    const name = `while-${fault}`;
    await expectGoodInputToWork(name);
    // The smallest interval of a vault's key sets is the vault's.
    const body = { spec: { sweepInterval: '1s' } };
    const place = { namespace: NAMES.system, name };
    await stage.kube.patch(RESOURCES.keySets, place, { type: 'merge', body });
    stage.azure.vault.faults.set(fault);
    const down = await eventually(
      `${reason} is published`,
      async () => {
        const keySet = await stage.readKeySet(name);
        return conditionOf(keySet, 'VaultReachable')?.reason === reason ? keySet : undefined;
      },
      40_000,
    );
    expect(down.status.trusted).toBe(1);
    await awaitMetric('keyward_worker_vault_reads_total', { outcome: 'failed' });
    stage.azure.vault.faults.set('none');
    await eventually('the vault is back', async () => {
      const keySet = await stage.readKeySet(name);
      return conditionOf(keySet, 'VaultReachable')?.status === 'True';
    });
  });
});
