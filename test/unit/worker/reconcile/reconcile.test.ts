import { describe, expect, it } from '@jest/globals';
import { KubeError } from '../../../../platform/kube/kube-error.ts';
import { RESOURCES } from '../../../../platform/kube/resources.ts';
import { createFakeClock } from '../../../../platform/lifecycle/fake-clock.ts';
import { createLogger } from '../../../../platform/observe/logger.ts';
import { createMetrics } from '../../../../platform/observe/metrics.ts';
import { createEventRecorder } from '../../../../worker/act/event-recorder.ts';
import { createWorkerMetrics } from '../../../../worker/metrics.ts';
import { createKeyCache } from '../../../../worker/observe/key-cache.ts';
import { createReadLog } from '../../../../worker/observe/read-log.ts';
import { createVaultReads } from '../../../../worker/observe/vault-reads.ts';
import { createDueTimes } from '../../../../worker/reconcile/due-times.ts';
import { createReconcileLog } from '../../../../worker/reconcile/reconcile-log.ts';
import { createReconciler } from '../../../../worker/reconcile/reconcile.ts';
import { createFakeKube, type FakeKube } from '../fake-kube.ts';
import { createFakeVault } from '../fake-vault.ts';
import { createFakeWorld } from '../fake-world.ts';
import { KEY, keyOf, kmpObject, NOW, v, readPem, type KmpObject } from '../fixtures.ts';

const forever = new AbortController().signal;
const KEY_SET = 'keyward-system/akv';

function keySetObject(spec: Readonly<Record<string, unknown>> = {}) {
  return {
    metadata: { name: 'akv', namespace: 'keyward-system', uid: 'u', generation: 1 },
    spec: { providerRef: { kind: 'KeyManagementProvider', name: 'akv' }, ...spec },
  };
}

function setUp(...versions: readonly number[]) {
  const clock = createFakeClock(NOW);
  const vault = createFakeVault(...versions);
  const kube = createFakeKube();
  const world = createFakeWorld();
  const metrics = createMetrics();
  const workerMetrics = createWorkerMetrics(metrics);
  const reconcileLog = createReconcileLog(clock);
  const lines: Record<string, unknown>[] = [];
  const due: string[] = [];
  const logger = createLogger({
    level: 'debug',
    component: 'test',
    destination: { write: (line) => lines.push(JSON.parse(line) as Record<string, unknown>) },
  });
  const vaultReads = createVaultReads({
    vault,
    keyCache: createKeyCache(),
    readPem,
    budgetOf: () => ({ take: async () => undefined, spend: () => undefined }),
    onCall: (cause, outcome) => workerMetrics.vaultReads.increment({ cause, outcome }),
    onReading: () => undefined,
    signal: forever,
  });
  const events = createEventRecorder({ kube, clock, logger, workerMetrics, signal: forever });
  const dueTimes = createDueTimes(clock, (key) => due.push(key));
  const run = createReconciler({
    events,
    dueTimes,
    kube,
    world,
    vaultReads,
    workerMetrics,
    reconcileLog,
    logger,
    readLog: createReadLog(),
    effectiveSecondsOf: () => 5,
    readPem,
    now: () => clock.now(),
  });
  kube.put(RESOURCES.keySets, keySetObject());
  kube.put(RESOURCES.kmps, kmpObject({ annotations: { 'keyward.dev/manage': 'patch' } }));
  const status = () =>
    kube.read(RESOURCES.keySets, KEY_SET)?.['status'] as {
      trusted: number;
      versions: { version: string; state: string }[];
    };
  const listed = () =>
    (kube.read(RESOURCES.kmps, 'akv') as unknown as ReturnType<typeof kmpObject>).spec.parameters[
      'keys'
    ];
  return {
    clock,
    due,
    events,
    vault,
    kube,
    world,
    lines,
    reconcileLog,
    status,
    listed,
    metric: async (text: string) => (await metrics.registry.metrics()).includes(`${text}\n`),
    run,
    reconcile: (cause = 'change', signal = forever) => run(KEY_SET, cause, signal),
  };
}

/** All writes but the Events that tell of them. */
function changes({ writes }: FakeKube) {
  return writes.filter(({ kind }) => kind !== 'Event');
}

describe('a reconcile', () => {
  it('writes the status first, then the provider, and then has nothing to write', async () => {
    const { kube, reconcile, status, listed } = setUp(1, 2);
    await reconcile();
    expect(changes(kube).map(({ verb, kind, subresource }) => [verb, kind, subresource])).toEqual([
      ['replace', 'KeySet', 'status'],
      ['patch', 'KeyManagementProvider', undefined],
    ]);
    expect(status().trusted).toBe(2);
    expect(listed()).toEqual([
      { name: KEY, version: v(1) },
      { name: KEY, version: v(2) },
    ]);
    // One more status: the provider is now in sync.
    await reconcile();
    await reconcile();
    expect(changes(kube).length).toBe(3);
  });

  it('reads API objects before the vault, and both live', async () => {
    const { kube, vault, reconcile } = setUp(1);
    const order: string[] = [];
    kube.before = (verb, kind) => order.push(`${verb} ${kind}`);
    vault.hold = async () => {
      order.push('vault');
    };
    await reconcile();
    expect(order.slice(0, 3)).toEqual(['get KeySet', 'get KeyManagementProvider', 'vault']);
  });

  it('starts again from the beginning, vault included, when somebody else wrote meanwhile', async () => {
    const { kube, vault, reconcile, status } = setUp(1);
    let interfered = false;
    kube.before = (verb) => {
      if (verb !== 'replace' || interfered) return;
      interfered = true;
      vault.versions.set(1, { enabled: false });
      kube.put(RESOURCES.keySets, keySetObject());
    };
    await reconcile();
    expect(status().versions).toMatchObject([{ version: v(1), state: 'disabled' }]);
    expect(vault.calls.filter((call) => call.startsWith('list')).length).toBe(2);
  });

  it('starts again when the provider was changed, and does not repeat the status', async () => {
    const { kube, reconcile, listed } = setUp(1, 2);
    let interfered = false;
    kube.before = (verb) => {
      if (verb !== 'patch' || interfered) return;
      interfered = true;
      kube.put(
        RESOURCES.kmps,
        kmpObject({ annotations: { 'keyward.dev/manage': 'patch', note: 'mine' } }),
      );
    };
    await reconcile();
    expect(changes(kube).map(({ verb }) => verb)).toEqual(['replace', 'patch']);
    expect(listed()).toHaveLength(2);
    expect(kube.read(RESOURCES.kmps, 'akv')?.metadata.annotations?.['note']).toBe('mine');
  });

  it('gives up with a warning after some conflicts, and is not a failure', async () => {
    const { kube, reconcile, lines, metric } = setUp(1);
    kube.before = (verb) => {
      if (verb === 'replace') kube.put(RESOURCES.keySets, keySetObject());
    };
    await reconcile();
    expect(kube.writes).toEqual([]);
    expect(lines).toMatchObject([{ level: 'warn', keySet: KEY_SET }]);
    expect(await metric('keyward_worker_reconciles_total{outcome="conflict"} 1')).toBe(true);
  });

  it('of a KeySet that is gone does nothing', async () => {
    const { kube, vault, reconcile, metric } = setUp(1);
    kube.remove(RESOURCES.keySets, KEY_SET);
    await reconcile();
    expect([kube.writes, vault.calls]).toEqual([[], []]);
    expect(await metric('keyward_worker_reconciles_total{outcome="gone"} 1')).toBe(true);
  });

  it('of a KeySet that cannot be parsed writes nothing and says why', async () => {
    const { kube, reconcile, lines } = setUp(1);
    kube.put(RESOURCES.keySets, keySetObject({ sweepInterval: 'often' }));
    await reconcile();
    expect(kube.writes).toEqual([]);
    expect(lines).toMatchObject([{ level: 'warn', message: 'key set is invalid' }]);
  });

  it('fails when the API server refuses, once in the log for the same refusal', async () => {
    const { kube, reconcile, lines, metric } = setUp(1);
    kube.before = (verb) => {
      if (verb === 'get') throw new KubeError('FORBIDDEN', 'no');
    };
    await expect(reconcile()).rejects.toThrow('no');
    await expect(reconcile()).rejects.toThrow('no');
    expect(lines.length).toBe(1);
    expect(await metric('keyward_worker_reconciles_total{outcome="failed"} 2')).toBe(true);
  });

  it('removes a version from the provider although the status is refused, and fails then', async () => {
    const { kube, vault, reconcile, listed } = setUp(1, 2);
    await reconcile();
    vault.versions.set(1, { enabled: false });
    kube.before = (verb) => {
      if (verb === 'replace') throw new KubeError('FORBIDDEN', 'no status for you');
    };
    await expect(reconcile()).rejects.toThrow('no status for you');
    expect(listed()).toEqual([{ name: KEY, version: v(2) }]);
  });

  it('of a tenant’s KeySet never writes to the provider of the cluster', async () => {
    const { kube, run, listed } = setUp(1, 2);
    const object = keySetObject();
    kube.put(RESOURCES.keySets, { ...object, metadata: { ...object.metadata, namespace: 'team' } });
    await run('team/akv', 'change', forever);
    expect(changes(kube).map(({ kind, key }) => `${kind} ${key}`)).toEqual(['KeySet team/akv']);
    expect(listed()).toEqual([{ name: KEY, version: v(1) }]);
  });

  it('ends with its signal, which is no failure of the KeySet', async () => {
    const { vault, reconcile, metric } = setUp(1);
    const controller = new AbortController();
    vault.hold = async () => {
      controller.abort(new Error('stopping'));
      await new Promise(() => undefined);
    };
    await expect(reconcile('change', controller.signal)).rejects.toThrow('stopping');
    expect(await metric('keyward_worker_reconciles_total{outcome="failed"} 0')).toBe(true);
  });

  it('keeps what is trusted while the vault is away, and is no failure', async () => {
    const { vault, reconcile, status, metric } = setUp(1);
    await reconcile();
    vault.fail('VAULT_UNREACHABLE');
    await reconcile();
    expect(status().trusted).toBe(1);
    expect(await metric('keyward_worker_reconciles_total{outcome="changed"} 2')).toBe(true);
  });
});

describe('what is logged and counted', () => {
  it('is one line per change, with the states', async () => {
    const { vault, reconcile, lines, metric } = setUp(1);
    await reconcile('hint');
    await reconcile();
    vault.versions.set(1, { enabled: false });
    vault.versions.set(2, {});
    await reconcile('sweep');
    const changes = lines.filter(({ event }) => event === 'keySetChanged');
    expect(changes.at(-1)).toMatchObject({
      keySet: KEY_SET,
      cause: 'sweep',
      trusted: 1,
      changes: [`${KEY}/${v(2)}: new → trusted`, `${KEY}/${v(1)}: trusted → disabled`],
    });
    expect(await metric('keyward_worker_state_changes_total{to="disabled"} 1')).toBe(true);
    expect(await metric('keyward_worker_state_changes_total{to="trusted"} 2')).toBe(true);
    expect(await metric('keyward_worker_vault_reads_total{cause="hint",outcome="ok"} 2')).toBe(
      true,
    );
  });

  it('is an error when a public key changed under its version', async () => {
    const { kube, reconcile, lines, status } = setUp(1);
    await reconcile();
    // Whoever may write the status of a KeySet plants a key: its fingerprint is not the vault's.
    const object = kube.read(RESOURCES.keySets, KEY_SET) as unknown as {
      status: { versions: Record<string, unknown>[] };
    };
    const planted = keyOf('planted').loaded;
    kube.put(RESOURCES.keySets, {
      ...object,
      status: {
        ...object.status,
        versions: object.status.versions.map((version) => ({
          ...version,
          publicKeyPem: planted.pem,
          fingerprint: planted.fingerprint,
        })),
      },
    });
    await reconcile();
    expect(status().versions).toMatchObject([{ state: 'unknown' }]);
    expect(lines.filter(({ level }) => level === 'error')).toHaveLength(1);
  });

  it('takes a cause that it does not know for a change', async () => {
    const { reconcile, metric } = setUp(1);
    await reconcile('whatever a queue may hold');
    expect(await metric('keyward_worker_vault_reads_total{cause="change",outcome="ok"} 2')).toBe(
      true,
    );
  });
});

describe('what a reconcile leaves behind', () => {
  const events = (kube: FakeKube) =>
    kube.writes
      .filter(({ kind }) => kind === 'Event')
      .map(({ body }) => (body as { reason: string }).reason);

  it('is an event for a change of trust, after the status that it tells of', async () => {
    const scene = setUp(1, 2);
    await scene.reconcile();
    await scene.events.settled();
    expect(scene.kube.writes.map(({ kind }) => kind).indexOf('Event')).toBeGreaterThan(0);
    expect(events(scene.kube)).toEqual(['Trusted']);
    scene.vault.versions.set(1, { enabled: false });
    await scene.reconcile();
    await scene.reconcile();
    await scene.events.settled();
    expect(events(scene.kube)).toEqual(['Trusted', 'TrustLost']);
  });

  it('is none where the status was refused: nothing has changed for anybody', async () => {
    const { kube, reconcile, events: recorder } = setUp(1);
    kube.before = (verb) => {
      if (verb === 'replace') throw new KubeError('FORBIDDEN', 'no');
    };
    await expect(reconcile()).rejects.toThrow('no');
    await recorder.settled();
    expect(events(kube)).toEqual([]);
  });

  it('is a date to come back at', async () => {
    const { clock, vault, due, reconcile, kube } = setUp(1);
    vault.versions.set(1, { expiresOn: NOW + 1000 });
    await reconcile();
    clock.advance(999);
    expect(due).toEqual([]);
    clock.advance(1);
    expect(due).toEqual([KEY_SET]);
    vault.versions.set(1, { expiresOn: NOW + 5000 });
    await reconcile();
    kube.remove(RESOURCES.keySets, KEY_SET);
    await reconcile();
    clock.advance(60_000);
    expect(due).toEqual([KEY_SET]);
  });
});

describe('a provider that is generated', () => {
  const GENERATED = 'akv-keyward';
  const generating = () => {
    const scene = setUp(1, 2);
    const annotations = { 'keyward.dev/manage': 'generate' };
    scene.kube.put(RESOURCES.kmps, kmpObject({ annotations }));
    const made = () =>
      scene.kube.read(RESOURCES.kmps, GENERATED) as unknown as
        (KmpObject & { apiVersion: string; kind: string }) | undefined;
    return { ...scene, made };
  };

  it('is created, then kept in step, and the person’s is not touched', async () => {
    const { kube, vault, reconcile, made, listed } = generating();
    await reconcile();
    expect(made()).toMatchObject({
      apiVersion: 'config.ratify.deislabs.io/v1beta1',
      kind: 'KeyManagementProvider',
      metadata: { annotations: { 'keyward.dev/generated-for': KEY_SET } },
      spec: { type: 'azurekeyvault', parameters: { keys: [{ version: v(1) }, { version: v(2) }] } },
    });
    vault.versions.set(1, { enabled: false });
    await reconcile();
    await reconcile();
    expect(made()?.spec.parameters['keys']).toEqual([{ name: KEY, version: v(2) }]);
    expect(listed()).toEqual([{ name: KEY, version: v(1) }]);
    const before = changes(kube).length;
    await reconcile();
    expect(changes(kube).length).toBe(before);
  });

  it('is looked at anew where somebody was quicker, and theirs is left alone', async () => {
    const { kube, reconcile, made, status } = generating();
    kube.before = (verb, kind) => {
      if (verb !== 'create' || kind !== 'KeyManagementProvider') return;
      kube.put(RESOURCES.kmps, kmpObject({ name: GENERATED }));
    };
    await reconcile();
    expect(made()?.spec.parameters['keys']).toEqual([{ name: KEY, version: v(1) }]);
    expect(JSON.stringify(status())).toContain('NameTaken');
  });

  it('is written over only as it was seen: what somebody put there meanwhile is theirs', async () => {
    const { kube, vault, reconcile, made } = generating();
    await reconcile();
    vault.versions.set(1, { enabled: false });
    let interfered = false;
    kube.before = (verb, kind) => {
      if (verb !== 'patch' || kind !== 'KeyManagementProvider' || interfered) return;
      interfered = true;
      kube.put(RESOURCES.kmps, kmpObject({ name: GENERATED }));
    };
    await reconcile();
    expect(interfered).toBe(true);
    expect(made()?.spec.parameters['keys']).toEqual([{ name: KEY, version: v(1) }]);
  });
});
