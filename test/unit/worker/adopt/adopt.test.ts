import { describe, expect, it } from '@jest/globals';
import { RESOURCES } from '../../../../platform/kube/resources.ts';
import { parseKeySet } from '../../../../platform/kube/schemas.ts';
import { createLogger } from '../../../../platform/observe/logger.ts';
import { createMetrics } from '../../../../platform/observe/metrics.ts';
import { createAdopter } from '../../../../worker/adopt/adopt.ts';
import { createWorkerMetrics } from '../../../../worker/metrics.ts';
import { createKeyCache } from '../../../../worker/observe/key-cache.ts';
import { createVaultReads } from '../../../../worker/observe/vault-reads.ts';
import { createFakeKube } from '../fake-kube.ts';
import { createFakeVault } from '../fake-vault.ts';
import { createFakeWorld } from '../fake-world.ts';
import {
  followingKeySet,
  KEY,
  keyOf,
  keySet,
  kmp,
  kmpObject,
  v,
  VAULT,
  type KmpParts,
  readPem,
} from '../fixtures.ts';

const forever = new AbortController().signal;

function setUp(...providers: readonly KmpParts[]) {
  const kube = createFakeKube();
  const vault = createFakeVault(1, 2, 3);
  const world = createFakeWorld();
  const lines: string[] = [];
  world.setProviders(...providers.map((parts) => kmp(parts)));
  for (const parts of providers)
    kube.put(
      parts.namespace === undefined ? RESOURCES.kmps : RESOURCES.namespacedKmps,
      kmpObject(parts),
    );
  const adopter = createAdopter({
    world,
    kube,
    logger: createLogger({
      level: 'info',
      component: 'test',
      destination: { write: (line) => lines.push(line) },
    }),
    workerMetrics: createWorkerMetrics(createMetrics()),
    vaultReads: createVaultReads({
      vault,
      keyCache: createKeyCache(),
      readPem,
      budgetOf: () => ({ take: async () => undefined, spend: () => undefined }),
      onCall: () => undefined,
      onReading: () => undefined,
      signal: forever,
    }),
  });
  const made = (key: string) => {
    const parsed = parseKeySet({ ...kube.read(RESOURCES.keySets, key) });
    return parsed.ok ? parsed.value : undefined;
  };
  return { kube, vault, world, lines, made, adopt: () => adopter.adoptAll(forever) };
}

describe('a provider that nobody wrote a KeySet for', () => {
  it('gets one of its name in keyward’s namespace, with what it lists', async () => {
    const { adopt, made, kube } = setUp({ name: 'akv' });
    await adopt();
    expect(made('keyward-system/akv')?.spec).toMatchObject({
      providerRef: { kind: 'KeyManagementProvider', name: 'akv' },
      versions: { baseline: [v(1)], exclude: [v(3), v(2)] },
    });
    expect(kube.writes).toHaveLength(1);
  });

  it('gets it in its own namespace where it has one', async () => {
    const { adopt, made } = setUp({ name: 'akv', namespace: 'team' });
    await adopt();
    expect(made('team/akv')?.spec.providerRef?.kind).toBe('NamespacedKeyManagementProvider');
  });

  it('gets one without a baseline when its key is inline, and no vault is asked', async () => {
    const parameters = { contentType: 'key', value: keyOf('inline').loaded.pem };
    const { adopt, made, vault } = setUp({ name: 'akv', type: 'inline', parameters });
    await adopt();
    expect(made('keyward-system/akv')?.spec.versions.baseline).toBeUndefined();
    expect(vault.calls).toEqual([]);
  });

  it('gets none where keyward made it: a KeySet that follows it would follow itself', async () => {
    const annotations = { 'keyward.dev/generated-for': 'keyward-system/akv' };
    const { adopt, kube } = setUp({ name: 'akv-keyward', annotations });
    await adopt();
    expect(kube.writes).toEqual([]);
  });

  it('waits while its vault cannot be read, says so once, and is adopted later', async () => {
    const { adopt, made, vault, lines } = setUp({ name: 'akv' });
    vault.fail('VAULT_FORBIDDEN');
    await adopt();
    await adopt();
    expect([made('keyward-system/akv'), lines.length]).toEqual([undefined, 1]);
    vault.fail(undefined);
    await adopt();
    expect(made('keyward-system/akv')).toBeDefined();
  });

  it('does not hold up the next one', async () => {
    const { adopt, made, kube } = setUp({ name: 'a' }, { name: 'b' });
    kube.before = (verb) => {
      if (verb === 'create' && kube.writes.length === 0) {
        kube.before = () => undefined;
        throw new Error('refused');
      }
    };
    await adopt();
    expect(made('keyward-system/b')).toBeDefined();
  });

  it('is left alone when it is one for certificates, or of a type that keyward does not read', async () => {
    const certificates = { vaultURI: VAULT, certificates: [{ name: 'c' }] };
    const { adopt, kube, vault } = setUp(
      { name: 'notation', parameters: certificates },
      { name: 'other', type: 'hashicorp', parameters: {} },
      { name: 'cert', type: 'inline', parameters: { contentType: 'certificate', value: 'x' } },
    );
    await adopt();
    expect([kube.writes, vault.calls]).toEqual([[], []]);
  });

  it('is left alone when it went away meanwhile', async () => {
    const { adopt, kube } = setUp({ name: 'akv' });
    kube.remove(RESOURCES.kmps, 'akv');
    await adopt();
    expect(kube.writes).toEqual([]);
  });
});

describe('a provider that has a KeySet', () => {
  it('is not adopted again', async () => {
    const { adopt, kube, world, vault } = setUp({ name: 'akv' });
    world.setKeySets({ ...followingKeySet('akv'), name: 'mine' });
    await adopt();
    expect([kube.writes, vault.calls]).toEqual([[], []]);
  });

  it('in a tenant’s namespace only has none of the cluster’s', async () => {
    const { adopt, made, world } = setUp({ name: 'akv' });
    world.setKeySets({ ...followingKeySet('akv'), namespace: 'team' });
    await adopt();
    expect(made('keyward-system/akv')).toBeDefined();
  });

  it('of its name that follows something else waits for a person, without asking the vault', async () => {
    const { adopt, kube, world, vault, lines } = setUp({ name: 'prod' });
    world.setKeySets(keySet({ name: 'prod' }));
    await adopt();
    await adopt();
    expect([kube.writes, vault.calls, lines.length]).toEqual([[], [], 1]);
  });

  it('that was made a moment ago is no fault', async () => {
    const { adopt, kube, lines } = setUp({ name: 'akv' });
    kube.put(RESOURCES.keySets, {
      metadata: { name: 'akv', namespace: 'keyward-system' },
      spec: {},
    });
    await adopt();
    expect([kube.writes, lines]).toEqual([[], []]);
  });
});

describe('a tombstone whose KeySet was deleted', () => {
  it('is adopted with what it listed when it was made, not with the current version', async () => {
    const { adopt, made } = setUp({
      name: 'akv',
      type: 'inline',
      parameters: { contentType: 'key', value: keyOf('tombstone').loaded.pem },
      annotations: {
        'keyward.dev/manage': 'patch',
        'keyward.dev/tombstone-of': JSON.stringify({
          vaultURI: VAULT,
          keys: [{ name: KEY, version: v(1) }],
        }),
      },
    });
    await adopt();
    expect(made('keyward-system/akv')?.spec.versions).toMatchObject({
      baseline: [v(1)],
      exclude: [v(3), v(2)],
    });
  });
});
