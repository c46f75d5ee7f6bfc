import { describe, expect, it } from '@jest/globals';
import { createKeyCache } from '../../../../worker/observe/key-cache.ts';
import { readKey, type ReadRequest } from '../../../../worker/observe/read-key.ts';
import { createFakeVault, type FakeVault } from '../fake-vault.ts';
import { entry, KEY, keyOf, v, VAULT, without, readPem } from '../fixtures.ts';

const forever = new AbortController().signal;

function setUp(vault: FakeVault, change: Partial<ReadRequest> = {}) {
  const keyCache = createKeyCache();
  const outcomes: string[] = [];
  const read = (known: ReadRequest['known'] = [[]], more: Partial<ReadRequest> = {}) =>
    readKey(
      {
        vaultUri: VAULT,
        name: KEY,
        known,
        confirm: 0,
        onCall: (outcome) => outcomes.push(outcome),
        ...change,
        ...more,
      },
      { vault, keyCache, readPem },
      forever,
    );
  return { read, keyCache, outcomes };
}

describe('reading a key', () => {
  it('lists once, and gets each public key once', async () => {
    const vault = createFakeVault(1, 2);
    const { read, outcomes } = setUp(vault);
    const first = await read();
    expect(first).toMatchObject({
      kind: 'read',
      versions: [
        { version: v(1), enabled: true, key: { ok: true } },
        { version: v(2), enabled: true, key: { ok: true } },
      ],
      problems: [],
    });
    expect(vault.calls.length).toBe(3);
    expect(await read()).toEqual(first);
    expect(vault.calls.slice(3)).toEqual([`list ${KEY}`]);
    expect(outcomes).toEqual(['ok', 'ok', 'ok', 'ok']);
  });

  it('does not ask for a key that every KeySet has in its status', async () => {
    const vault = createFakeVault(1);
    const reading = await setUp(vault).read([[entry(1)], [entry(1)]]);
    expect(vault.calls).toEqual([`list ${KEY}`]);
    expect(reading).toMatchObject({ versions: [{ version: v(1) }] });
    // Each KeySet takes it from its own status: a key planted in one of them must not reach another.
    expect(reading.kind === 'read' && 'key' in (reading.versions[0] ?? {})).toBe(false);
  });

  it.each([
    ['one of them lacks', [[entry(1)], []]],
    ['a status cannot vouch for', [[entry(1, { publicKeyPem: keyOf('other').loaded.pem })]]],
    ['was in doubt', [[entry(1, { state: 'unknown' })]]],
    ['has no PEM', [[without(entry(1), 'publicKeyPem')]]],
  ])('asks for a key that %s', async (_what, known) => {
    const vault = createFakeVault(1);
    await setUp(vault).read(known);
    expect(vault.calls).toEqual([`list ${KEY}`, `get ${v(1)}`]);
  });

  it('confirms as many keys that are known from a status as it is told to', async () => {
    const vault = createFakeVault(1, 2, 3);
    vault.versions.set(1, { keyName: 'swapped' });
    const { read } = setUp(vault, { confirm: 1 });
    const known = [[entry(1), entry(2), entry(3)]];
    const reading = await read(known);
    expect(vault.calls).toEqual([`list ${KEY}`, `get ${v(1)}`]);
    expect(reading).toMatchObject({
      versions: [{ key: { key: { fingerprint: keyOf('swapped').loaded.fingerprint } } }, {}, {}],
    });
    await read(known);
    await read(known);
    await read(known);
    expect(vault.calls.filter((call) => call.startsWith('get'))).toEqual([
      `get ${v(1)}`,
      `get ${v(2)}`,
      `get ${v(3)}`,
    ]);
  });

  it('takes the newest of more versions than a status holds', async () => {
    const vault = createFakeVault();
    for (let number = 0; number < 205; number += 1) vault.versions.set(number, {});
    const reading = await setUp(vault).read([[]]);
    expect(reading.kind === 'read' && reading.versions.length).toBe(200);
    expect(reading.kind === 'read' && reading.versions[0]?.version).toBe(v(5));
  });
});

describe('a version that is missing from the list', () => {
  it('is deleted only when a GET of it says so', async () => {
    const vault = createFakeVault(2);
    const reading = await setUp(vault).read([[entry(1), entry(2)]]);
    expect(reading).toMatchObject({ deleted: new Set([v(1)]), problems: [] });
  });

  it('is there when a GET finds it', async () => {
    const vault = createFakeVault(1, 2);
    vault.versions.set(1, { hidden: true });
    const reading = await setUp(vault).read([[entry(1), entry(2)]]);
    expect(reading).toMatchObject({ deleted: new Set() });
    expect(reading.kind === 'read' && reading.versions.map(({ version }) => version)).toEqual([
      v(2),
      v(1),
    ]);
  });

  it('is a problem when the GET fails', async () => {
    const vault = createFakeVault(2);
    vault.fail('VAULT_FORBIDDEN', 'get');
    const reading = await setUp(vault).read([[entry(1), entry(2)]]);
    expect(reading).toMatchObject({
      deleted: new Set(),
      problems: [{ code: 'VAULT_FORBIDDEN' }],
    });
  });

  it('is not asked for again once it is known to be deleted', async () => {
    const vault = createFakeVault(2);
    const reading = await setUp(vault).read([[entry(1, { state: 'deleted' }), entry(2)]]);
    expect(vault.calls).toEqual([`list ${KEY}`]);
    expect(reading).toMatchObject({ deleted: new Set([v(1)]) });
  });

  it('is looked for by itself when the vault says that it has no such key at all', async () => {
    const vault = createFakeVault();
    const reading = await setUp(vault).read([[entry(1)]]);
    expect(vault.calls).toEqual([`list ${KEY}`, `get ${v(1)}`]);
    expect(reading).toMatchObject({ kind: 'read', versions: [], deleted: new Set([v(1)]) });
  });
});

describe('what the vault refuses', () => {
  it.each(['VAULT_FORBIDDEN', 'VAULT_UNREACHABLE', 'VAULT_TIMEOUT', 'VAULT_THROTTLED'] as const)(
    'to list (%s) leaves nothing known',
    async (code) => {
      const vault = createFakeVault(1);
      vault.fail(code, 'list', 7);
      const { read, outcomes } = setUp(vault);
      expect(await read([[entry(1)]])).toMatchObject({
        kind: 'failed',
        problem: { vaultUri: VAULT, code, retryAfterSeconds: 7 },
      });
      expect(outcomes).toEqual(['failed']);
    },
  );

  it('to show because it is disabled is disabled, whatever the list said', async () => {
    const vault = createFakeVault(1);
    vault.versions.set(1, { refused: true });
    expect(await setUp(vault).read()).toMatchObject({
      versions: [{ version: v(1), enabled: false }],
      problems: [],
    });
  });

  it('to show for another reason is a problem, and keeps what the list said', async () => {
    const vault = createFakeVault(1);
    vault.versions.set(1, { enabled: false });
    vault.fail('VAULT_UNREACHABLE', 'get');
    expect(await setUp(vault).read()).toMatchObject({
      versions: [{ version: v(1), enabled: false }],
      problems: [{ code: 'VAULT_UNREACHABLE' }],
    });
  });

  it('because the caller gave up says nothing about the vault', async () => {
    const vault = createFakeVault(1);
    const controller = new AbortController();
    vault.hold = async () => {
      controller.abort(new Error('stopped'));
    };
    const request = {
      vaultUri: VAULT,
      name: KEY,
      known: [],
      confirm: 0,
      onCall: () => undefined,
    };
    const reading = readKey(
      request,
      { vault, keyCache: createKeyCache(), readPem },
      controller.signal,
    );
    await expect(reading).rejects.toThrow('stopped');
  });
});
