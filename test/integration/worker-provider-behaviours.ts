import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import type { KubeObject } from '../../platform/kube/kube.ts';
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

interface Told {
  readonly reason: string;
  readonly message: string;
  readonly type: string;
}

/** What the worker writes beside the list of versions: events, dates, the guard rail, and providers that come, go and are made. */
export function describeProviders(cluster: 'stand-in' | 'real'): void {
  let stage: WorkerStage;
  let worker: ChildProgram;

  beforeAll(async () => {
    stage = await startWorkerStage(cluster);
    worker = await stage.startWorker();
  });
  afterAll(async () => {
    await worker?.stop();
    await stage?.[Symbol.asyncDispose]();
  });
  afterEach(() => {
    stage.azure.eventGrid.switches.dropEvents = false;
  });

  const seconds = (): number => Math.floor(Date.now() / 1000);
  const trusting = (name: string, versions: readonly string[]) =>
    untilTrusts(stage, name, versions);
  const listing = (name: string, versions: readonly string[]) => untilLists(stage, name, versions);
  const toldOf = async (name: string): Promise<readonly Told[]> => {
    const { items } = await stage.kube.list<
      KubeObject & Told & { involvedObject: { name: string; kind: string } }
    >(RESOURCES.events, { namespace: NAMES.system });
    return items.filter(
      ({ involvedObject: { kind, name: of } }) => kind === 'KeySet' && of === name,
    );
  };
  const awaitTold = (name: string, reason: string) =>
    eventually(`${name} is told of ${reason}`, async () =>
      (await toldOf(name)).find((event) => event.reason === reason),
    );
  const createKeySet = (name: string, spec: Readonly<Record<string, unknown>>) =>
    stage.kube.create(RESOURCES.keySets, {
      metadata: { name, namespace: NAMES.system },
      spec: { keys: [`azurekms://${NAMES.vaultHost}/${name}`], ...spec },
    });

  it('acts on a date at its moment, with the next sweep far away', async () => {
    const { vault } = stage.azure;
    const old = vault.createKey({ name: 'dated' });
    // The only KeySet of the vault: nothing else reads it, and no event tells of a date.
    await createKeySet('dated', { sweepInterval: '1h' });
    await trusting('dated', [old]);
    await eventually('events are received', async () => {
      return (await stage.metric(worker, 'keyward_bus_connected')) === 1;
    });
    const soon = seconds() + 5;
    const first = vault.rotate('dated', { attributes: { nbf: soon } });
    await eventually('it waits for its date', async () => {
      const keySet = await stage.readKeySet('dated');
      return stateOf(keySet, first) === 'notYetValid';
    });
    await trusting('dated', [old, first]);
    const line = await eventually('the change is logged', async () =>
      (await stage.log())
        .split('\n')
        .find((text) => text.includes(`${first}: notYetValid → trusted`)),
    );
    expect(JSON.parse(line)).toMatchObject({ cause: 'date' });
    await stage.kube.delete(RESOURCES.keySets, { namespace: NAMES.system, name: 'dated' });
  });

  it('tells of every change of trust at the KeySet', async () => {
    const version = stage.azure.vault.createKey({ name: 'told' });
    await createKeySet('told', {});
    await trusting('told', [version]);
    expect(await awaitTold('told', 'Trusted')).toMatchObject({
      type: 'Normal',
      message: `told/${version} is trusted; 1 trusted now`,
    });
    stage.azure.vault.setEnabled('told', version, false);
    expect(await awaitTold('told', 'TrustLost')).toMatchObject({
      type: 'Warning',
      message: `told/${version} was trusted, is disabled; 0 trusted now`,
    });
  });

  it('holds back a loss that nobody asked for, until a person takes the line that it gives', async () => {
    const { vault, eventGrid } = stage.azure;
    const old = [vault.createKey({ name: 'flooded' }), vault.rotate('flooded')];
    await createKeySet('flooded', { versions: { limit: 2 } });
    await trusting('flooded', old);
    // A script that runs wild between two sweeps.
    eventGrid.switches.dropEvents = true;
    const fresh = Array.from({ length: 4 }, () =>
      vault.rotate('flooded', { created: seconds() + 9 }),
    );
    const kept = fresh.toSorted().slice(-2);
    const keySet = await trusting('flooded', [...old, ...kept]);
    const held = conditionOf(keySet, 'TrustHeld');
    expect(held).toMatchObject({ status: 'True', reason: 'TooManyAtOnce' });
    await awaitTold('flooded', 'TrustHeldTooManyAtOnce');
    await eventually('the metric counts', async () => {
      const labels = { key_set: `${NAMES.system}/flooded` };
      return (await stage.metric(worker, 'keyward_worker_held_versions', labels)) === 2;
    });
    const patch = /--type=json -p '(?<patch>.*)'$/u.exec(held?.message ?? '')?.groups?.['patch'];
    const place = { namespace: NAMES.system, name: 'flooded' };
    const body = JSON.parse(patch ?? '') as unknown;
    await stage.kube.patch(RESOURCES.keySets, place, { type: 'json', body });
    const after = await trusting('flooded', kept);
    expect(conditionOf(after, 'TrustHeld')?.status).toBe('False');
  });

  it('keeps managing a provider that Helm deleted and made again', async () => {
    const { vault } = stage.azure;
    const first = vault.createKey({ name: 'helm' });
    await stage.createProvider('helm', 'helm', [first]);
    await trusting('helm', [first]);
    await stage.manage('helm');
    const second = vault.rotate('helm');
    await listing('helm', [first, second]);
    vault.setEnabled('helm', first, false);
    await listing('helm', [second]);
    await stage.kube.delete(RESOURCES.kmps, { name: 'helm' });
    const away = await eventually('it is seen to be away', async () => {
      const keySet = await stage.readKeySet('helm');
      return conditionOf(keySet, 'TrustHeld')?.reason === 'ProviderMissing' ? keySet : undefined;
    });
    expect(stateOf(away, second)).toBe('trusted');
    await stage.createProvider('helm', 'helm', [first]);
    const provider = await listing('helm', [second]);
    expect(provider.annotations).toMatchObject({ 'keyward.dev/manage': 'patch' });
    await eventually('nothing is held any more', async () => {
      const keySet = await stage.readKeySet('helm');
      return conditionOf(keySet, 'TrustHeld')?.status === 'False';
    });
  });

  it('makes a provider where the person’s own is input only, and leaves that one alone', async () => {
    const { vault } = stage.azure;
    const first = vault.createKey({ name: 'made' });
    await stage.createProvider('made', 'made', [first]);
    await trusting('made', [first]);
    const body = { metadata: { annotations: { 'keyward.dev/manage': 'generate' } } };
    await stage.kube.patch(RESOURCES.kmps, { name: 'made' }, { type: 'merge', body });
    await listing('made-keyward', [first]);
    const second = vault.rotate('made');
    const generated = await listing('made-keyward', [first, second]);
    expect(generated.parameters).toMatchObject({ clientID: 'another-identity' });
    await listing('made', [first]);
    // Somebody's edit of what is keyward's own, and somebody's deletion.
    const keys = [{ name: 'made', version: first }];
    const edit = { spec: { parameters: { keys } } };
    await stage.kube.patch(RESOURCES.kmps, { name: 'made-keyward' }, { type: 'merge', body: edit });
    await listing('made-keyward', [first, second]);
    await stage.kube.delete(RESOURCES.kmps, { name: 'made-keyward' });
    await listing('made-keyward', [first, second]);
    vault.setEnabled('made', first, false);
    vault.setEnabled('made', second, false);
    const buried = await eventually('it is a tombstone', async () => {
      const provider = await stage.readProvider('made-keyward');
      return provider.type === 'inline' ? provider : undefined;
    });
    expect(buried.inlineValue).toContain('BEGIN PUBLIC KEY');
    const third = vault.rotate('made');
    await listing('made-keyward', [third]);
    // It is nobody's to adopt.
    expect(await stage.readKeySet('made-keyward')).toBeUndefined();
  });

  it('leaves the last list when it is released', async () => {
    const { vault } = stage.azure;
    const first = vault.createKey({ name: 'free' });
    await stage.createProvider('free', 'free', [first]);
    await trusting('free', [first]);
    await stage.manage('free');
    const second = vault.rotate('free');
    await listing('free', [first, second]);
    const body = { metadata: { annotations: { 'keyward.dev/manage': null } } };
    await stage.kube.patch(RESOURCES.kmps, { name: 'free' }, { type: 'merge', body });
    await eventually('keyward’s notes are gone', async () => {
      const provider = await stage.readProvider('free');
      return Object.keys(provider.annotations).every((name) => !name.startsWith('keyward.dev/'));
    });
    vault.setEnabled('free', first, false);
    await trusting('free', [second]);
    await listing('free', [first, second]);
  });
}
