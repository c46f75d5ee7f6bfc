import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { KubeError } from '../../../../platform/kube/kube-error.ts';
import { RESOURCES } from '../../../../platform/kube/resources.ts';
import { createFakeClock } from '../../../../platform/lifecycle/fake-clock.ts';
import { createMetrics } from '../../../../platform/observe/metrics.ts';
import { writeRatifyStatus } from '../../../../webhook/ratify-status/status-writer.ts';
import { createTrustSource } from '../../../../webhook/trust/trust-source.ts';
import { keySetObject } from '../../../support/api-objects.ts';
import { createFakeKube } from '../../../support/fake-kube.ts';
import { createRecordingLogger } from '../../../support/recording-logger.ts';
import { NOW, daysFromNow } from '../../../support/trust.ts';
import { waitUntil } from '../../../support/wait-until.ts';

jest.setTimeout(30_000);

const storeObject = (name: string, plugin = 'oras', status?: object) => ({
  metadata: { name },
  spec: { name: plugin, parameters: {} },
  ...(status === undefined ? {} : { status }),
});
const SUCCESS = { issuccess: true, error: '', brieferror: '' };

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

/** The writer over a fake API, in a clock that the test moves. */
function startWriter(kube = createFakeKube()) {
  const clock = createFakeClock(NOW);
  const logger = createRecordingLogger();
  const controller = new AbortController();
  const common = { kube, clock, logger, metrics: createMetrics() };
  const keywardNamespace = 'keyward-system';
  const trust = createTrustSource({ ...common, keywardNamespace, delegatedNamespaces: [] });
  const { signal } = controller;
  const running = Promise.all([
    trust.start(signal),
    writeRatifyStatus({ ...common, trust, keywardNamespace, random: () => 0.5 }, signal),
  ]);
  const end = async () => {
    controller.abort();
    await running;
  };
  ends.push(end);
  return {
    kube,
    clock,
    logger,
    end,
    untilWatching: (count = 11) => waitUntil(() => kube.watchCount() === count, 'watching'),
    /** Moves time until the patches are that many. */
    untilPatched: (count: number) =>
      waitUntil(() => {
        clock.advance(100);
        return kube.patches.length >= count;
      }, `patch ${count}`),
    /** Moves time for longer than anything waits, and lets everything happen that then would. */
    settle: async () => {
      for (let turn = 0; turn < 20; turn += 1) {
        clock.advance(10_000);
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
  };
}

describe('the status of Ratify resources', () => {
  it('is written once, on the status subresource and under a name of its own', async () => {
    const { kube, untilWatching, untilPatched, settle } = startWriter();
    kube.put(RESOURCES.stores, storeObject('store-oras'));
    await untilWatching();
    await untilPatched(1);
    expect(kube.patches).toEqual([
      {
        resource: 'stores',
        place: { name: 'store-oras', subresource: 'status' },
        patch: { type: 'merge', body: { status: SUCCESS }, fieldManager: 'keyward-ratify-status' },
      },
    ]);
    await settle();
    expect(kube.patches).toHaveLength(1);
  });

  it('that stands there already is not written again, whatever else is in it', async () => {
    const { kube, untilWatching, settle } = startWriter();
    kube.put(RESOURCES.stores, storeObject('store-oras', 'oras', { ...SUCCESS, more: 1 }));
    await untilWatching();
    await settle();
    expect(kube.patches).toEqual([]);
  });

  it('is written again when somebody changes it, or what it is about', async () => {
    const { kube, untilWatching, untilPatched } = startWriter();
    kube.put(RESOURCES.stores, storeObject('store-oras'));
    await untilWatching();
    await untilPatched(1);
    kube.put(RESOURCES.stores, storeObject('store-oras', 'oras', { issuccess: false }));
    await untilPatched(2);
    kube.put(RESOURCES.stores, storeObject('store-oras', 'dynamic', SUCCESS));
    await untilPatched(3);
    expect(kube.patches[2]?.patch.body).toMatchObject({ status: { issuccess: false } });
  });

  it('of a namespaced resource is written in its namespace', async () => {
    const { kube, untilWatching, untilPatched } = startWriter();
    const store = storeObject('own');
    kube.put(RESOURCES.namespacedStores, {
      ...store,
      metadata: { name: 'own', namespace: 'team' },
    });
    await untilWatching();
    await untilPatched(1);
    expect(kube.patches).toMatchObject([
      {
        resource: 'namespacedstores',
        place: { namespace: 'team', name: 'own', subresource: 'status' },
      },
    ]);
  });

  it('of a provider follows its key set', async () => {
    const { kube, untilWatching, untilPatched, settle } = startWriter();
    kube.put(RESOURCES.kmps, {
      metadata: { name: 'kmp-akv' },
      spec: {
        type: 'azurekeyvault',
        parameters: { vaultURI: 'https://contoso.vault.azure.net', keys: [] },
      },
    });
    await untilWatching();
    await settle();
    expect(kube.patches).toEqual([]);
    const Ready = { type: 'Ready', status: 'True', reason: 'Read', message: 'read' };
    const conditions = [{ ...Ready, lastTransitionTime: daysFromNow(0) }];
    const providerRef = { kind: 'KeyManagementProvider', name: 'kmp-akv' };
    kube.put(RESOURCES.keySets, {
      ...keySetObject({ spec: { keys: undefined, providerRef }, status: { conditions } }),
    });
    await untilPatched(1);
    expect(kube.patches).toMatchObject([
      { place: { name: 'kmp-akv' }, patch: { body: { status: SUCCESS } } },
    ]);
  });

  it('waits until trust is known: before, nothing could be told', async () => {
    const kube = createFakeKube();
    const release = kube.holdLists(RESOURCES.keySets);
    const { untilWatching, untilPatched, settle } = startWriter(kube);
    kube.put(RESOURCES.stores, storeObject('store-oras'));
    await untilWatching(10);
    await settle();
    expect(kube.patches).toEqual([]);
    release();
    await untilPatched(1);
  });

  it('needs none of Ratify’s kinds to be there', async () => {
    const kube = createFakeKube();
    kube.withhold(RESOURCES.stores);
    kube.withhold(RESOURCES.namespacedStores);
    const { untilWatching, settle, end } = startWriter(kube);
    await untilWatching(9);
    await settle();
    expect(kube.patches).toEqual([]);
    await end();
  });
});

describe('a status that cannot be written', () => {
  const refused = () => new KubeError('FORBIDDEN', 'stores/status is forbidden');

  it('is tried again five seconds later, and the failure is logged', async () => {
    const kube = createFakeKube();
    kube.patchFaults.push(refused(), refused());
    const { clock, logger, untilWatching, untilPatched } = startWriter(kube);
    kube.put(RESOURCES.stores, storeObject('store-oras'));
    await untilWatching();
    await untilPatched(1);
    const failedAt = clock.now();
    await untilPatched(3);
    expect(clock.now() - failedAt).toBeGreaterThanOrEqual(10_000);
    expect(logger.lines.filter(({ level }) => level === 'warn')).toMatchObject([
      { message: 'cannot write the status of Ratify resources' },
      { message: 'cannot write the status of Ratify resources' },
    ]);
  });

  it('keeps no other resource from its own', async () => {
    const kube = createFakeKube();
    const { untilWatching, untilPatched } = startWriter(kube);
    kube.patchFaults.push(refused());
    for (const name of ['a', 'b']) kube.put(RESOURCES.stores, storeObject(name));
    kube.put(RESOURCES.verifiers, { metadata: { name: 'c' }, spec: { name: 'notation' } });
    await untilWatching();
    await untilPatched(3);
    expect(kube.patches.slice(0, 3).map(({ place }) => place.name)).toEqual(['a', 'b', 'c']);
    await untilPatched(4);
    expect(kube.patches[3]?.place.name).toBe('a');
  });
});

describe('the end', () => {
  it('comes with the signal, also in the middle of a wait', async () => {
    const kube = createFakeKube();
    kube.patchFaults.push(new KubeError('UNREACHABLE', 'gone'));
    const { end, untilWatching, untilPatched, clock } = startWriter(kube);
    kube.put(RESOURCES.stores, storeObject('store-oras'));
    await untilWatching();
    await untilPatched(1);
    await end();
    expect(clock.pending()).toBe(0);
    expect(kube.watchCount()).toBe(0);
  });
});
