import { describe, expect, it } from '@jest/globals';
import type { CallBudget } from '../../../../worker/observe/call-budget.ts';
import { createKeyCache } from '../../../../worker/observe/key-cache.ts';
import { createVaultReads, type ReadOptions } from '../../../../worker/observe/vault-reads.ts';
import { createFakeVault } from '../fake-vault.ts';
import { entry, KEY, v, VAULT, readPem } from '../fixtures.ts';

const SOURCE = { vaultUri: VAULT, name: KEY };

function setUp(...numbers: readonly number[]) {
  const vault = createFakeVault(...numbers);
  const counted: string[] = [];
  const budget: string[] = [];
  const life = new AbortController();
  const callBudget: CallBudget = {
    take: async () => {
      budget.push('take');
    },
    spend: () => budget.push('spend'),
  };
  const reads = createVaultReads({
    vault,
    keyCache: createKeyCache(),
    readPem,
    budgetOf: () => callBudget,
    onCall: (cause, outcome) => counted.push(`${cause} ${outcome}`),
    onReading: () => undefined,
    signal: life.signal,
  });
  const ask = (
    change: Partial<ReadOptions> = {},
    source: Parameters<typeof reads.read>[0] = SOURCE,
  ) =>
    reads.read(source, {
      known: [[entry(1)]],
      cause: 'hint',
      signal: new AbortController().signal,
      ...change,
    });
  /** Holds the next lists until released. */
  const gate = Promise.withResolvers<void>();
  return { vault, ask, counted, budget, life, gate };
}

const turns = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
};

describe('shared reads', () => {
  it('are one for all who ask at once', async () => {
    const { vault, ask, counted } = setUp(1);
    const readings = await Promise.all([ask(), ask(), ask()]);
    expect(vault.calls).toEqual([`list ${KEY}`]);
    expect(new Set(readings.map((reading) => JSON.stringify(reading))).size).toBe(1);
    expect(counted).toEqual(['hint ok']);
  });

  it('never give an answer that was on its way before the question', async () => {
    const { vault, ask, gate } = setUp(1);
    vault.hold = () => gate.promise;
    const early = ask();
    await turns();
    expect(vault.calls.length).toBe(1);
    vault.versions.set(1, { enabled: false });
    vault.hold = () => Promise.resolve();
    const late = ask();
    const later = ask();
    await turns();
    expect(vault.calls.length).toBe(1);
    gate.resolve();
    await early;
    expect(await late).toMatchObject({ versions: [{ enabled: false }] });
    expect(await later).toEqual(await late);
    expect(vault.calls.length).toBe(2);
  });

  it('put no more than two reads of a key between any number of hints', async () => {
    const { vault, ask, gate } = setUp(1);
    vault.hold = () => gate.promise;
    const all = [ask()];
    await turns();
    for (let count = 0; count < 100; count += 1) all.push(ask());
    gate.resolve();
    await Promise.all(all);
    expect(vault.calls.length).toBe(2);
  });

  it('read what any of those who share them needs', async () => {
    const { vault, ask } = setUp(1, 2);
    await Promise.all([ask({ known: [[entry(1), entry(2)]] }), ask({ known: [[entry(1)]] })]);
    expect(vault.calls).toEqual([`list ${KEY}`, `get ${v(2)}`]);
  });

  it('are of one key each', async () => {
    const { vault, ask } = setUp(1);
    await Promise.all([ask(), ask({}, { vaultUri: VAULT, name: 'other' })]);
    expect(vault.calls.filter((call) => call.startsWith('list')).length).toBe(2);
  });

  it('go on for the others when one gives up', async () => {
    const { vault, ask, gate } = setUp(1);
    vault.hold = () => gate.promise;
    const controller = new AbortController();
    const [leaving, staying] = [ask({ signal: controller.signal }), ask()];
    await turns();
    controller.abort(new Error('enough'));
    await expect(leaving).rejects.toThrow('enough');
    gate.resolve();
    expect((await staying).kind).toBe('read');
  });

  it('end with the worker', async () => {
    const { vault, ask, life } = setUp(1);
    vault.hold = async () => {
      life.abort(new Error('no longer leading'));
    };
    await expect(ask()).rejects.toThrow('no longer leading');
  });

  it('work again after one that failed', async () => {
    const { vault, ask } = setUp(1);
    vault.fail('VAULT_UNREACHABLE');
    expect((await ask()).kind).toBe('failed');
    vault.fail(undefined);
    expect((await ask()).kind).toBe('read');
  });

  it('never wait for the budget, and pay for what was not paid for', async () => {
    const { ask, budget } = setUp(1, 2);
    await ask({ known: [[]], isPaid: true, cause: 'sweep' });
    expect(budget).toEqual(['spend', 'spend']);
    await ask({ isPaid: true, cause: 'sweep' });
    expect(budget.length).toBe(2);
    await ask({ cause: 'hint' });
    expect(budget).toEqual(['spend', 'spend', 'spend']);
  });

  it('give of a pinned key the one version', async () => {
    const { ask } = setUp(1, 2);
    const source = { ...SOURCE, version: v(2) };
    expect(await ask({ known: [[]] }, source)).toMatchObject({
      source,
      versions: [{ version: v(2) }],
    });
  });
});
