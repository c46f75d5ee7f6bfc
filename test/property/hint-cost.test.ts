/** What events cost: whoever may send them (DESIGN decision 1) makes keyward read a key that it follows once for each, and nothing else. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createMessageHandler } from '../../events/handle-message.ts';
import { MAX_BODY_BYTES } from '../../events/read-body.ts';
import type { MessageOutcome } from '../../platform/bus/hint-source.ts';
import { createFakeClock } from '../../platform/lifecycle/fake-clock.ts';
import { createMetrics } from '../../platform/observe/metrics.ts';
import { createDirectQueue } from '../../platform/queue/direct-queue.ts';
import { createDispatcher } from '../../worker/dispatch.ts';
import { createHintIntake } from '../../worker/hints/accept-hints.ts';
import { createExpiryWarnings } from '../../worker/hints/warn-near-expiry.ts';
import { createWorkerMetrics } from '../../worker/metrics.ts';
import { createKeyCache } from '../../worker/observe/key-cache.ts';
import { sourcesOf } from '../../worker/observe/sources.ts';
import { createTargetIndex } from '../../worker/observe/targets.ts';
import { createVaultReads } from '../../worker/observe/vault-reads.ts';
import { reorder, runs } from '../support/property.ts';
import { createRecordingLogger } from '../support/recording-logger.ts';
import { createFakeVault } from '../unit/worker/fake-vault.ts';
import { createFakeWorld } from '../unit/worker/fake-world.ts';
import { keySet, readPem } from '../unit/worker/fixtures.ts';

const FOLLOWED = ['key-a', 'key-b', 'key-c'];
const STRANGE = ['nobodys', 'key-a2', 'x'];
const HOST = 'contoso.vault.azure.net';
const forever = new AbortController().signal;

/** Three KeySets with a key each, a fourth that shares one of them, and the intake as the leader puts it together. */
function setUp() {
  const clock = createFakeClock();
  const logger = createRecordingLogger();
  const metrics = createMetrics();
  const workerMetrics = createWorkerMetrics(metrics);
  const world = createFakeWorld();
  world.setKeySets(
    ...[...FOLLOWED, 'key-a'].map((key, at) =>
      keySet({ name: `set-${at}`, spec: { keys: [`azurekms://${HOST}/${key}`] } }),
    ),
  );
  const vault = createFakeVault(1);
  const vaultReads = createVaultReads({
    vault,
    keyCache: createKeyCache(),
    readPem,
    budgetOf: () => ({ take: async () => undefined, spend: () => undefined }),
    onCall: () => undefined,
    onReading: () => undefined,
    signal: forever,
  });
  const queue = createDirectQueue({ logger });
  const start = queue.start(async (key, _cause, signal) => {
    const found = world.keySet(key);
    const sources = found === undefined ? [] : sourcesOf(found, undefined);
    for (const source of sources)
      await vaultReads.read(source, { known: [[]], cause: 'hint', signal });
  });
  const handle = createMessageHandler({
    accept: createHintIntake({
      targets: createTargetIndex(world, clock),
      dispatcher: createDispatcher({ queue, direct: queue, logger }),
      workerMetrics,
      warnOfExpiry: createExpiryWarnings({ world, clock, logger, workerMetrics }),
      waitForReconcile: () => true,
      signal: forever,
    }),
    logger,
    metrics,
  });
  const listsOf = (key: string) => vault.calls.filter((call) => call === `list ${key}`).length;
  return {
    start,
    handle,
    vault,
    listsOf,
    lists: () => vault.calls.filter((call) => call.startsWith('list ')),
  };
}

interface Sent {
  readonly body: unknown;
  /** Followed keys that it names, each once. */
  readonly keys: readonly string[];
  /** Events about the vault as a whole. */
  readonly vaults: number;
  readonly expected: 'complete' | 'deadLetter';
}

const keyEvent = (type: string, host: string, key: string, version: string) => ({
  specversion: '1.0',
  id: version,
  source: '/subscriptions/x',
  type: `Microsoft.KeyVault.${type}`,
  data: { Id: `https://${host}/keys/${key}/${version}`, ObjectType: 'Key', Version: version },
});
const types = fc.constantFrom('KeyNewVersionCreated', 'KeyNearExpiry', 'KeyExpired');
const versions = fc.stringMatching(/^[0-9a-f]{32}$/u);

const followed = fc
  .tuple(types, fc.constantFrom(...FOLLOWED), versions)
  .map(([type, key, version]) => ({ event: keyEvent(type, HOST, key, version), key }));
/** A key that nobody follows, or one of that name in another vault. */
const strange = fc
  .tuple(
    types,
    fc.constantFrom(...STRANGE.map((key) => [HOST, key] as const), [
      'evil.vault.azure.net',
      'key-a',
    ] as const),
    versions,
  )
  .map(([type, [host, key], version]) => ({ event: keyEvent(type, host, key, version) }));
const unknownType = fc
  .constantFrom('SecretNewVersionCreated', 'KeyDeleted', '__proto__')
  .map((type) => ({ event: keyEvent(type, HOST, 'key-a', '1') }));
const aboutVault = fc.constantFrom('contoso', 'evil', 'conto').map((name) => ({
  event: {
    specversion: '1.0',
    id: '1',
    source: '/subscriptions/x',
    type: 'Microsoft.KeyVault.VaultAccessPolicyChanged',
    data: { VaultName: name },
  },
  vault: name === 'contoso',
}));

type Event = { readonly event: unknown; readonly key?: string; readonly vault?: boolean };
const events: fc.Arbitrary<Event> = fc.oneof(
  { weight: 5, arbitrary: followed },
  { weight: 3, arbitrary: strange },
  { weight: 1, arbitrary: unknownType },
  { weight: 1, arbitrary: aboutVault },
);
const wellFormed: fc.Arbitrary<Sent> = fc
  .tuple(fc.array(events, { minLength: 1, maxLength: 6 }), fc.boolean())
  .map(([batch, asBytes]) => {
    const body = batch.map(({ event }) => event);
    return {
      body: asBytes ? Buffer.from(JSON.stringify(body)) : body,
      keys: [...new Set(batch.flatMap(({ key }) => key ?? []))],
      vaults: batch.some(({ vault }) => vault === true) ? 1 : 0,
      expected: 'complete',
    };
  });
const poison: fc.Arbitrary<Sent> = fc
  .oneof(
    fc.string({ maxLength: 40 }).map((text) => `not json: ${text}`),
    followed.map(({ event }) => [event, { specversion: '1.0' }]),
    followed.map(({ event }) => JSON.stringify(event).padEnd(MAX_BODY_BYTES + 1, ' ')),
    followed.map(({ event }) => Array.from({ length: 5001 }, () => event)),
  )
  .map((body) => ({ body, keys: [], vaults: 0, expected: 'deadLetter' }));

const flood = fc.array(
  fc.oneof({ weight: 6, arbitrary: wellFormed }, { weight: 1, arbitrary: poison }),
  {
    minLength: 1,
    maxLength: 25,
  },
);

describe('events, whatever they are and however they come', () => {
  it('cost one read of a followed key each at most, and nothing for any other', async () => {
    const seen = { lists: 0, saved: 0, deadLetters: 0 };
    await fc.assert(
      fc.asyncProperty(flood, fc.integer(), fc.boolean(), async (sent, seed, together) => {
        const { start, handle, vault, listsOf, lists } = setUp();
        await start;
        // Each comes twice, and in any order.
        const messages = reorder([...sent, ...sent], seed);
        const outcomes: Promise<MessageOutcome>[] = [];
        for (const { body, keys, expected } of messages) {
          const before = keys.map(listsOf);
          const handled = handle({ id: 'replayed', body, deliveryCount: 0 }).then((outcome) => {
            expect(typeof outcome === 'string' ? outcome : 'deadLetter').toBe(expected);
            // Completed means that each key it names was read after it had come.
            for (const [at, key] of keys.entries())
              expect(listsOf(key)).toBeGreaterThan(before[at] ?? 0);
            return outcome;
          });
          outcomes.push(handled);
          if (!together) await handled;
        }
        const all = await Promise.all(outcomes);

        const named = (key: string) => messages.filter(({ keys }) => keys.includes(key)).length;
        const aboutVaults = messages.reduce((sum, { vaults }) => sum + vaults, 0);
        const total = FOLLOWED.reduce((sum, key) => sum + named(key), 0) + aboutVaults;
        expect(lists().length).toBeLessThanOrEqual(total);
        for (const key of FOLLOWED)
          expect(listsOf(key)).toBeLessThanOrEqual(named(key) + aboutVaults);
        expect(lists().filter((call) => !FOLLOWED.includes(call.slice('list '.length)))).toEqual(
          [],
        );
        // And of each version that was listed its key, once, whatever versions the events made up.
        expect(vault.calls.filter((call) => call.startsWith('get ')).length).toBeLessThanOrEqual(
          FOLLOWED.length,
        );
        seen.lists += lists().length;
        seen.saved += total - lists().length;
        seen.deadLetters += all.filter((outcome) => typeof outcome !== 'string').length;
      }),
      runs(150),
    );
    expect(Math.min(seen.lists, seen.saved, seen.deadLetters)).toBeGreaterThan(50);
  });

  it('cost two reads in all when a thousand come at once for one key', async () => {
    const { start, handle, lists } = setUp();
    await start;
    const bodies = Array.from({ length: 1000 }, (_, at) =>
      keyEvent('KeyNewVersionCreated', HOST, 'key-b', String(at)),
    );
    const outcomes = await Promise.all(
      bodies.map((body) => handle({ id: 'x', body, deliveryCount: 0 })),
    );
    expect(new Set(outcomes)).toEqual(new Set(['complete']));
    expect(lists().length).toBeLessThanOrEqual(2);
  });
});
