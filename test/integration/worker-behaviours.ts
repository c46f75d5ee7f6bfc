import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { RESOURCES } from '../../platform/kube/resources.ts';
import type { ChildProgram } from '../../sandbox/processes/child.ts';
import { NAMES } from '../../sandbox/story/names.ts';
import {
  conditionOf,
  eventually,
  startWorkerStage,
  stateOf,
  untilLists,
  untilTrusts,
  type WorkerStage,
} from './worker-stage.ts';

/** What the worker does to a cluster, seen through the API server alone. */
export function describeWorker(cluster: 'stand-in' | 'real'): void {
  let stage: WorkerStage;
  let worker: ChildProgram;
  let count = 0;

  beforeAll(async () => {
    stage = await startWorkerStage(cluster);
    worker = await stage.startWorker();
  });
  afterAll(async () => {
    await worker?.stop();
    await stage?.[Symbol.asyncDispose]();
  });
  afterEach(() => {
    stage.azure.vault.faults.set('none');
    stage.azure.eventGrid.switches.dropEvents = false;
  });

  /** A key with one version, a provider that lists it, and the KeySet that the worker makes of that. */
  const adopt = async () => {
    count += 1;
    const [key, name] = [`key-${count}`, `provider-${count}`];
    const version = stage.azure.vault.createKey({ name: key });
    await stage.createProvider(name, key, [version]);
    const keySet = await trusting(name, [version]);
    return { key, name, version, keySet };
  };

  const trusting = (name: string, versions: readonly string[]) =>
    untilTrusts(stage, name, versions);
  const listing = (name: string, versions: readonly string[]) => untilLists(stage, name, versions);

  it('adopts a provider as it is: what it lists is trusted, what is newer is left out', async () => {
    const { vault } = stage.azure;
    const listed = vault.createKey({ name: 'adopted', created: 1_760_000_000 });
    const newer = vault.rotate('adopted', { created: 1_770_000_000 });
    await stage.createProvider('adopted', 'adopted', [listed]);
    const keySet = await trusting('adopted', [listed]);
    expect(keySet.spec.versions).toMatchObject({ baseline: [listed], exclude: [newer] });
    expect(stateOf(keySet, newer)).toBe('notFollowed');
    expect(conditionOf(keySet, 'Ready')?.status).toBe('True');
    expect(conditionOf(keySet, 'VaultReachable')?.status).toBe('True');
    expect(conditionOf(keySet, 'ProviderInSync')?.reason).toBe('NotManaged');
    expect(keySet.status.effectiveSweepInterval).toBe('5s');
  });

  it('adopts an inline provider without a baseline', async () => {
    const { vault } = stage.azure;
    const version = vault.createKey({ name: 'to-be-inline' });
    const value = vault
      .publicKeyOf('to-be-inline', version)
      .export({ type: 'spki', format: 'pem' })
      .toString();
    await stage.kube.create(RESOURCES.kmps, {
      metadata: { name: 'inline' },
      spec: { type: 'inline', parameters: { contentType: 'key', value } },
    });
    const keySet = await eventually('the inline key is trusted', async () => {
      const now = await stage.readKeySet('inline');
      return now?.status.trusted === 1 ? now : undefined;
    });
    expect(keySet.spec.versions.baseline).toBeUndefined();
  });

  it('trusts a new version by its event', async () => {
    const { key, name, version } = await adopt();
    await eventually('events are received', () =>
      stage.metric(worker, 'keyward_bus_connected').then((value) => value === 1),
    );
    const next = stage.azure.vault.rotate(key);
    await trusting(name, [version, next]);
    // The status is written before the line, which another process writes.
    const line = await eventually('the change is logged', async () =>
      (await stage.log()).split('\n').find((text) => text.includes(`${next}: new`)),
    );
    expect(JSON.parse(line)).toMatchObject({ event: 'keySetChanged', cause: 'hint' });
  });

  it('drops a version that was disabled, without any event', async () => {
    const { key, name, version } = await adopt();
    stage.azure.vault.setEnabled(key, version, false);
    const after = await trusting(name, []);
    expect(stateOf(after, version)).toBe('disabled');
  });

  it('reads the vault once for a forged event, and changes nothing', async () => {
    const { key, keySet, name } = await adopt();
    const { bus, eventGrid } = stage.azure;
    const reads = () => stage.metric(worker, 'keyward_worker_vault_reads_total', { cause: 'hint' });
    const [readsBefore, settled] = [await reads(), bus.stats().accepted];
    eventGrid.publishNewVersion({ vaultUri: NAMES.vaultUri, name: key, version: 'f'.repeat(32) });
    await eventually('the message is completed', async () => bus.stats().accepted > settled);
    expect((await reads()) - readsBefore).toBe(1);
    expect((await stage.readKeySet(name))?.status.versions).toEqual(keySet.status.versions);
  });

  it('completes an event for a key that nobody follows without asking any vault', async () => {
    const { bus, eventGrid } = stage.azure;
    const reads = () => stage.metric(worker, 'keyward_worker_vault_reads_total', { cause: 'hint' });
    const ignored = () => stage.metric(worker, 'keyward_worker_hints_total', { result: 'ignored' });
    const [readsBefore, ignoredBefore] = [await reads(), await ignored()];
    const settled = bus.stats().accepted;
    eventGrid.publishNewVersion({
      vaultUri: NAMES.vaultUri,
      name: 'nobodys',
      version: 'f'.repeat(32),
    });
    await eventually('the message is completed', async () => bus.stats().accepted > settled);
    expect((await reads()) - readsBefore).toBe(0);
    expect((await ignored()) - ignoredBefore).toBe(1);
  });

  it('keeps what it knows while the vault cannot be read, and says so', async () => {
    const { name, version } = await adopt();
    stage.azure.vault.faults.set('503');
    const down = await eventually('the vault is out of reach', async () => {
      const keySet = await stage.readKeySet(name);
      return conditionOf(keySet, 'VaultReachable')?.status === 'False' ? keySet : undefined;
    });
    expect(stateOf(down, version)).toBe('trusted');
    expect(conditionOf(down, 'VaultReachable')?.reason).toBe('VaultUnreachable');
    stage.azure.vault.faults.set('none');
    await eventually('the vault is back', async () => {
      const keySet = await stage.readKeySet(name);
      return conditionOf(keySet, 'VaultReachable')?.status === 'True';
    });
  });

  it('writes a managed provider: adds, removes what is put back, leaves out what is taken out', async () => {
    const { key, name, version } = await adopt();
    await stage.manage(name);
    const next = stage.azure.vault.rotate(key);
    await listing(name, [version, next]);

    // Disabled, and put back by hand.
    stage.azure.vault.setEnabled(key, version, false);
    await listing(name, [next]);
    await stage.writeProviderKeys(name, key, [version, next]);
    await listing(name, [next]);

    // A third one, taken out by hand.
    const third = stage.azure.vault.rotate(key);
    await listing(name, [next, third]);
    await stage.writeProviderKeys(name, key, [third]);
    const keySet = await eventually('the version is held out', async () => {
      const now = await stage.readKeySet(name);
      return stateOf(now, next) === 'heldOut' ? now : undefined;
    });
    expect(stateOf(keySet, third)).toBe('trusted');
    const provider = await listing(name, [third]);
    expect(provider.parameters['clientID']).toBe('another-identity');
  });

  it('makes a provider with no trusted version a tombstone, and returns from it', async () => {
    const { key, name, version } = await adopt();
    await stage.manage(name);
    await eventually('the provider is in sync', async () => {
      const keySet = await stage.readKeySet(name);
      return conditionOf(keySet, 'ProviderInSync')?.status === 'True';
    });
    stage.azure.vault.setEnabled(key, version, false);
    const buried = await eventually('the provider is inline', async () => {
      const provider = await stage.readProvider(name);
      return provider.type === 'inline' ? provider : undefined;
    });
    expect(buried.inlineValue).toContain('BEGIN PUBLIC KEY');
    expect(Object.keys(buried.parameters).toSorted()).toEqual(['contentType', 'value']);
    expect((await stage.readKeySet(name))?.status.trusted).toBe(0);

    const next = stage.azure.vault.rotate(key);
    const back = await listing(name, [next]);
    expect(back.type).toBe('azurekeyvault');
    expect(back.vaultUri).toBe(NAMES.vaultUri);
    expect(Object.keys(back.parameters).toSorted()).toEqual([
      'clientID',
      'keys',
      'tenantID',
      'vaultURI',
    ]);
  });

  it('drops a revoked version from status and provider, and takes it up again when that is lifted', async () => {
    const { key, name, version } = await adopt();
    await stage.manage(name);
    const next = stage.azure.vault.rotate(key);
    await listing(name, [version, next]);
    const revocation = `revoke-${name}`;
    await stage.kube.create(RESOURCES.keyRevocations, {
      metadata: { name: revocation },
      spec: { key: `azurekms://${NAMES.vaultHost}/${key}/${version}`, reason: 'leaked' },
    });
    await listing(name, [next]);
    expect(stateOf(await trusting(name, [next]), version)).toBe('revoked');
    await stage.kube.delete(RESOURCES.keyRevocations, { name: revocation });
    await listing(name, [version, next]);
  });

  it('never logs a secret, and tells what it does in /statusz', async () => {
    const log = await stage.log();
    const key = /SharedAccessKey=([^;]+)/u.exec(stage.azure.bus.connectionString)?.[1] ?? '?';
    expect(log).toContain('"event":"listening"');
    expect(log).not.toContain(key);
    expect(log).not.toMatch(/eyJ[\w-]{10,}\./u);
    const status = await stage.status(worker);
    expect(status).toMatchObject({ leader: true, queue: { healthy: true } });
    expect(status['bus']).toMatchObject({ connected: true });
  });

  it('ends on SIGTERM with the lease released, so that another takes over at once', async () => {
    const began = performance.now();
    await worker.stop();
    expect(performance.now() - began).toBeLessThan(6000);
    expect(await stage.leaseHolder()).toBe('');
    const version = stage.azure.vault.createKey({ name: 'handed-over' });
    await stage.createProvider('handed-over', 'handed-over', [version]);
    // Its queue is one that nobody answers for: everything works without it.
    worker = await stage.startWorker({ KEYWARD_QUEUE_URL: 'redis://127.0.0.1:1' });
    await trusting('handed-over', [version]);
    const next = stage.azure.vault.rotate('handed-over');
    await trusting('handed-over', [version, next]);
    stage.azure.vault.setEnabled('handed-over', version, false);
    await trusting('handed-over', [next]);
    expect(await stage.status(worker)).toMatchObject({ leader: true, queue: { healthy: false } });
  });

  it('ends on SIGTERM at any moment of its start, and leaves nothing behind', async () => {
    await worker.stop();
    for (const moment of ['listening', 'leading', 'receiving from service bus']) {
      const starting = stage.spawnWorker();
      await starting.waitForLine(moment);
      const began = performance.now();
      starting.kill();
      expect(await starting.ended).toBe(0);
      expect(performance.now() - began).toBeLessThan(6000);
      expect((await stage.leaseHolder()) ?? '').toBe('');
    }
    worker = await stage.startWorker();
  });

  it('refuses a configuration that cannot work, naming the variable and no value', async () => {
    const refused = stage.spawnWorker({
      KEYWARD_BUS_NAMESPACE: 'contoso.servicebus.windows.net',
      KEYWARD_METRICS_PORT: 'ninety',
    });
    expect(await refused.ended).toBe(2);
    const said = refused.output();
    expect(said).toContain('KEYWARD_METRICS_PORT');
    expect(said).not.toContain('ninety');
    expect(said).not.toContain('    at ');
  });
}
