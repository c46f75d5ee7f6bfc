import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { RESOURCES } from '../../../../platform/kube/resources.ts';
import { createFakeClock } from '../../../../platform/lifecycle/fake-clock.ts';
import { createMetrics } from '../../../../platform/observe/metrics.ts';
import { createTrustSource } from '../../../../webhook/trust/trust-source.ts';
import { describeStatus } from '../../../../webhook/server/status.ts';
import {
  keySetObject,
  namespaceObject,
  revocationObject,
  verifierObject,
} from '../../../support/api-objects.ts';
import { createFakeKube } from '../../../support/fake-kube.ts';
import { createRecordingLogger } from '../../../support/recording-logger.ts';
import { signerOf } from '../../../support/signing.ts';
import { NOW, versionOf } from '../../../support/trust.ts';
import { waitUntil } from '../../../support/wait-until.ts';

jest.setTimeout(30_000);

const ended = new Set<AbortController>();
afterEach(() => {
  for (const controller of ended) controller.abort();
  ended.clear();
});

function createSetup() {
  const kube = createFakeKube();
  const clock = createFakeClock(NOW);
  const logger = createRecordingLogger();
  const controller = new AbortController();
  ended.add(controller);
  const trust = createTrustSource({
    kube,
    keywardNamespace: 'keyward-system',
    delegatedNamespaces: [],
    clock,
    logger,
    metrics: createMetrics(),
  });
  let running = Promise.resolve();
  return {
    kube,
    trust,
    clock,
    logger,
    controller,
    start: () => {
      running = trust.start(controller.signal);
    },
    running: () => running,
    /** Started, listed and watching. */
    startAndWatch: async (watches = 5) => {
      running = trust.start(controller.signal);
      await waitUntil(() => kube.watchCount() === watches, 'watching');
    },
    stateOfKey: () => trust.current().trust.keySets.get('keyward-system/prod')?.keys[0]?.state,
  };
}

const KINDS = ['keysets', 'keyrevocations', 'verifiers', 'namespacedverifiers', 'namespaces'];

describe('before everything was listed', () => {
  it('all kinds are missing at first', () => {
    expect(createSetup().trust.missing()).toEqual(KINDS);
  });

  it.each([
    RESOURCES.keySets,
    RESOURCES.keyRevocations,
    RESOURCES.verifiers,
    RESOURCES.namespacedVerifiers,
    RESOURCES.namespaces,
  ])('one kind that is not listed yet is missing: $plural', async (resource) => {
    const { kube, trust, start } = createSetup();
    const release = kube.holdLists(resource);
    start();
    await waitUntil(() => kube.watchCount() === 4);
    expect(trust.missing()).toEqual([resource.plural]);
    release();
    await waitUntil(() => trust.missing().length === 0);
  });

  it.each([RESOURCES.keySets, RESOURCES.keyRevocations, RESOURCES.namespaces])(
    'a kind that the cluster must have and has not stays missing: $plural',
    async (resource) => {
      const { kube, trust, start, logger } = createSetup();
      kube.withhold(resource);
      start();
      await waitUntil(() => kube.watchCount() === 4 && logger.lines.length > 0);
      expect(trust.missing()).toEqual([resource.plural]);
    },
  );
});

describe('a cluster without Ratify', () => {
  it('has none of its policies, and that is all that is known', async () => {
    const { kube, trust, startAndWatch } = createSetup();
    kube.withhold(RESOURCES.verifiers);
    kube.withhold(RESOURCES.namespacedVerifiers);
    kube.put(RESOURCES.keySets, { ...keySetObject() });
    await startAndWatch(3);
    expect(trust.missing()).toEqual([]);
    expect(trust.current().policies.map(({ id }) => id)).toEqual(['KeySet/keyward-system/prod']);
  });
});

describe('the view', () => {
  it('is built at the first question after a change, and is the same object until the next', async () => {
    const { kube, trust, startAndWatch } = createSetup();
    kube.put(RESOURCES.keySets, { ...keySetObject() });
    await startAndWatch();
    const first = trust.current();
    expect(trust.current()).toBe(first);
    kube.put(RESOURCES.verifiers, { ...verifierObject() });
    await waitUntil(() => trust.current() !== first);
    expect(trust.current().policies.map(({ id }) => id)).toEqual([
      'Verifier/verifier-cosign/default',
      'KeySet/keyward-system/prod',
    ]);
    expect(first.policies).toHaveLength(1);
  });

  it('is not built anew for a namespace, whose label acts all the same', async () => {
    const { kube, trust, startAndWatch } = createSetup();
    kube.put(RESOURCES.namespaces, {
      ...namespaceObject('team', { 'keyward.dev/enforce': 'off' }),
    });
    await startAndWatch();
    const before = trust.current();
    expect(trust.namespaces().get('team')).toEqual({ name: 'team', enforce: 'off' });
    kube.put(RESOURCES.namespaces, {
      ...namespaceObject('team', { 'keyward.dev/enforce': 'deny' }),
    });
    await waitUntil(() => trust.namespaces().get('team')?.enforce === 'deny');
    expect(trust.current()).toBe(before);
  });

  it('lets a revocation act on the very next question, and its removal too', async () => {
    const { kube, trust, startAndWatch, stateOfKey } = createSetup();
    kube.put(RESOURCES.keySets, { ...keySetObject() });
    await startAndWatch();
    expect(stateOfKey()).toBe('trusted');
    let told = 0;
    trust.subscribe(() => {
      told += 1;
      // Already here, inside the event: nothing stands between the watch and the next answer.
      expect(stateOfKey()).toBe(told === 1 ? 'revoked' : 'trusted');
    });
    kube.put(RESOURCES.keyRevocations, { ...revocationObject() });
    await waitUntil(() => told === 1);
    expect(trust.revocations()).toMatchObject([{ name: 'leak-1' }]);
    kube.remove(RESOURCES.keyRevocations, { name: 'leak-1' });
    await waitUntil(() => told === 2);
    expect(stateOfKey()).toBe('trusted');
  });

  it('knows every revocation from the first list on', async () => {
    const { kube, startAndWatch, stateOfKey } = createSetup();
    kube.put(RESOURCES.keySets, { ...keySetObject() });
    kube.put(RESOURCES.keyRevocations, { ...revocationObject() });
    await startAndWatch();
    expect(stateOfKey()).toBe('revoked');
  });

  it('drops the trust of a KeySet that became unreadable, and keeps what it asked for (B-65)', async () => {
    const { kube, trust, startAndWatch, stateOfKey } = createSetup();
    kube.put(RESOURCES.keySets, { ...keySetObject() });
    await startAndWatch();
    kube.put(RESOURCES.keySets, { ...keySetObject({ spec: { onStale: 'Allow' } }) });
    await waitUntil(() => stateOfKey() === undefined);
    expect(trust.current().policies).toMatchObject([
      { scopes: ['contoso.azurecr.io/*'], unsupported: { code: 'POLICY_UNSUPPORTED' } },
    ]);
    expect(trust.keySets()).toMatchObject([{ kind: 'unreadable' }]);
  });

  it('keeps a verifier whose parameters cannot be read, and it denies', async () => {
    const { kube, trust, startAndWatch } = createSetup();
    kube.put(RESOURCES.verifiers, {
      ...verifierObject({ spec: { parameters: { trustPolicies: 7 } } }),
    });
    await startAndWatch();
    expect(trust.current().policies).toMatchObject([
      { scopes: ['*'], unsupported: { code: 'POLICY_UNSUPPORTED' } },
    ]);
  });

  it('keeps a tenant’s verifier to its namespace', async () => {
    const { kube, trust, startAndWatch } = createSetup();
    const verifier = verifierObject({ namespace: 'team' });
    kube.put(RESOURCES.namespacedVerifiers, { ...verifier });
    await startAndWatch();
    expect(trust.current().policies).toMatchObject([{ namespace: 'team' }]);
  });

  it('gives each key its own load, though it remembers them', async () => {
    const { kube, trust, startAndWatch } = createSetup();
    const second = signerOf('P-256', 'second');
    kube.put(RESOURCES.keySets, {
      ...keySetObject({ versions: [versionOf(), versionOf(second)] }),
    });
    kube.put(RESOURCES.keySets, { ...keySetObject({ name: 'copy' }) });
    await startAndWatch();
    const keysOf = () =>
      [...trust.current().trust.keySets.values()].flatMap(({ keys }) =>
        keys.map(({ fingerprint }) => fingerprint),
      );
    expect(keysOf().toSorted()).toEqual(
      [signerOf().fingerprint, signerOf().fingerprint, second.fingerprint].toSorted(),
    );
    kube.remove(RESOURCES.keySets, { namespace: 'keyward-system', name: 'prod' });
    await waitUntil(() => keysOf().length === 1);
    expect(keysOf()).toEqual([signerOf().fingerprint]);
  });
});

describe('what it tells of itself', () => {
  it('is each watch with its age, and the states with revocations subtracted', async () => {
    const { kube, trust, startAndWatch, clock } = createSetup();
    kube.put(RESOURCES.keySets, { ...keySetObject() });
    kube.put(RESOURCES.keyRevocations, { ...revocationObject() });
    kube.put(RESOURCES.keyRevocations, {
      ...revocationObject({ name: 'odd', spec: { key: 'no URI' } }),
    });
    await startAndWatch();
    clock.advance(90_000);
    expect(trust.watches()).toContainEqual({
      resource: 'keyrevocations',
      resourceVersion: expect.stringMatching(/^\d+$/u),
      items: 1,
      invalid: 1,
      ageSeconds: 90,
    });
    expect(describeStatus(trust)).toMatchObject({
      ready: true,
      missing: [],
      policies: ['KeySet/keyward-system/prod'],
      revocations: [{ name: 'leak-1' }],
      keySets: [{ name: 'keyward-system/prod', versions: [{ state: 'revoked' }] }],
    });
  });

  it('is not ready while a kind is missing', () => {
    expect(describeStatus(createSetup().trust)).toMatchObject({ ready: false, missing: KINDS });
  });

  it('ends with its signal', async () => {
    const { kube, startAndWatch, controller, running } = createSetup();
    await startAndWatch();
    controller.abort();
    await running();
    expect(kube.watchCount()).toBe(0);
  });
});
