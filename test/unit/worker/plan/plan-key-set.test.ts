import { describe, expect, it } from '@jest/globals';
import type { KeySet } from '../../../../core/keys/key-set.ts';
import { formatTime } from '../../../../core/keys/time.ts';
import type { Observation } from '../../../../worker/plan/observation.ts';
import { planKeySet, type Plan } from '../../../../worker/plan/plan-key-set.ts';
import {
  failedReading,
  followingKeySet,
  HOUR,
  KEY,
  keyOf,
  keySet,
  kmp,
  NOW,
  observation,
  reading,
  seen,
  v,
  VAULT,
} from '../fixtures.ts';

/** The KeySet after its plan was written. */
const written = (set: KeySet, { status }: Plan): KeySet => ({ ...set, status });

/** A KeySet in step with a vault that shows one version. */
function settled(change: Partial<Observation> = {}) {
  const before = observation({ readings: [reading([seen(1)])], ...change });
  return { ...before, keySet: written(before.keySet, planKeySet(before)) };
}

const condition = ({ status }: Plan, type: string) =>
  status.conditions.find((each) => each.type === type);

describe('whether the status is written', () => {
  it('is, at first sight', () => {
    const plan = planKeySet(observation({ readings: [reading([seen(1)])] }));
    expect(plan.writeStatus).toBe('changed');
    expect(plan.changes).toEqual([{ name: KEY, version: v(1), from: 'new', to: 'trusted' }]);
    expect(plan.status).toMatchObject({
      observedGeneration: 1,
      effectiveSweepInterval: '5s',
      trusted: 1,
      lastReconciledTime: formatTime(NOW),
      lastChangeTime: formatTime(NOW),
    });
  });

  it('is not when nothing changed, however much later it is', () => {
    const plan = planKeySet({ ...settled(), now: NOW + 5 * HOUR });
    expect([plan.writeStatus, plan.changes]).toEqual(['no', []]);
  });

  it('is as a heartbeat when a quarter of staleAfter has gone by', () => {
    const at = (now: number) => planKeySet({ ...settled(), now });
    expect(at(NOW + 6 * HOUR - 1).writeStatus).toBe('no');
    const plan = at(NOW + 6 * HOUR);
    expect(plan.writeStatus).toBe('heartbeat');
    expect(plan.status.lastReconciledTime).toBe(formatTime(NOW + 6 * HOUR));
    expect(plan.status.lastChangeTime).toBe(formatTime(NOW));
  });

  it('is not as a heartbeat while the vault cannot be read', () => {
    const down = settled({ readings: [failedReading()] });
    const plan = planKeySet({ ...down, now: NOW + 24 * HOUR });
    expect(plan.writeStatus).toBe('no');
  });

  it.each<[string, Partial<Observation>]>([
    ['a version', { readings: [reading([seen(1), seen(2)])] }],
    ['a state', { readings: [reading([seen(1, { enabled: false })])] }],
    ['a date', { readings: [reading([seen(1, { expiresOn: NOW + 90 * 24 * HOUR })])] }],
    ['a condition', { readings: [failedReading()] }],
    ['the promised interval', { effectiveSweepSeconds: 6 }],
  ])('is when %s changed', (_what, change) => {
    expect(planKeySet({ ...settled(), ...change }).writeStatus).toBe('changed');
  });

  it('is when the spec was edited, so that observedGeneration tells', () => {
    const { keySet: set, ...rest } = settled();
    const plan = planKeySet({ ...rest, keySet: { ...set, generation: 2 } });
    expect([plan.writeStatus, plan.status.observedGeneration]).toEqual(['changed', 2]);
  });

  it('is not for a message of Azure that is new each time', () => {
    const failed = (message: string) => {
      const problem = { vaultUri: VAULT, code: 'VAULT_IDENTITY', message };
      return [{ ...failedReading(), kind: 'failed' as const, problem }];
    };
    const down = settled({ readings: failed('Trace ID: 1') });
    expect(planKeySet({ ...down, readings: failed('Trace ID: 2') }).writeStatus).toBe('no');
  });
});

describe('a vault that cannot be read', () => {
  it('leaves states and lastReconciledTime, and says so', () => {
    const plan = planKeySet({ ...settled(), readings: [failedReading()], now: NOW + HOUR });
    expect(plan.status.trusted).toBe(1);
    expect(plan.status.lastReconciledTime).toBe(formatTime(NOW));
    expect(condition(plan, 'VaultReachable')).toMatchObject({
      status: 'False',
      reason: 'VaultUnreachable',
    });
    expect(condition(plan, 'Ready')?.status).toBe('True');
    expect(plan.vaultRead).toBe(false);
  });

  it('is dated from the last time that it was really read, not from the last heartbeat', () => {
    const lastFullReadAt = NOW + 5 * HOUR;
    const now = NOW + 5 * HOUR + 5000;
    const plan = planKeySet({ ...settled(), readings: [failedReading()], lastFullReadAt, now });
    expect(plan.status.lastReconciledTime).toBe(formatTime(lastFullReadAt));
    expect(condition(plan, 'VaultReachable')?.message).toContain(formatTime(lastFullReadAt));
  });

  it('of which one version could not be read has not been read in full', () => {
    const problem = { vaultUri: VAULT, code: 'VAULT_THROTTLED', message: 'too many' };
    const plan = planKeySet({
      ...settled(),
      readings: [reading([seen(1)], { problems: [problem] })],
      now: NOW + HOUR,
    });
    expect(plan.status.lastReconciledTime).toBe(formatTime(NOW));
    expect(condition(plan, 'VaultReachable')?.reason).toBe('VaultThrottled');
  });

  it('from the start has never been read', () => {
    const plan = planKeySet(observation({ readings: [failedReading()] }));
    expect(condition(plan, 'Ready')).toMatchObject({ status: 'False', reason: 'NeverRead' });
    expect(plan.status.lastReconciledTime).toBeUndefined();
  });
});

describe('conditions', () => {
  it('keep their transition time while their status stays', () => {
    const before = settled();
    const plan = planKeySet({
      ...before,
      readings: [reading([seen(1), seen(2)])],
      now: NOW + HOUR,
    });
    expect(condition(plan, 'Ready')?.lastTransitionTime).toBe(formatTime(NOW));
    const down = planKeySet({ ...before, readings: [failedReading()], now: NOW + HOUR });
    expect(condition(down, 'VaultReachable')?.lastTransitionTime).toBe(formatTime(NOW + HOUR));
  });

  it('say that nothing is trusted, and why', () => {
    const none = planKeySet(observation({ readings: [reading([])] }));
    expect(condition(none, 'Ready')).toMatchObject({
      status: 'False',
      reason: 'NoTrustedVersion',
      message: 'the vault has no such key',
    });
    const disabled = planKeySet(
      observation({ readings: [reading([seen(1, { enabled: false })])] }),
    );
    expect(condition(disabled, 'Ready')?.message).toContain('see status.versions');
  });

  it('tell loudly of expired versions that are trusted, and of those that expire soon', () => {
    const plan = planKeySet(
      observation({
        readings: [
          reading([seen(1, { expiresOn: NOW }), seen(2, { expiresOn: NOW + 29 * 24 * HOUR })]),
        ],
      }),
    );
    expect(condition(plan, 'ExpiredKeysTrusted')).toMatchObject({ status: 'True' });
    expect(condition(plan, 'ExpiredKeysTrusted')?.message).toContain(v(1));
    expect(condition(plan, 'ExpiringSoon')).toMatchObject({ status: 'True' });
    expect(condition(plan, 'ExpiringSoon')?.message).toContain(v(2));
  });

  it('tell of a provider that is not there', () => {
    const plan = planKeySet(
      observation({
        keySet: followingKeySet('akv'),
        provider: { kind: 'unusable', reason: 'ProviderMissing', problems: ['gone'] },
      }),
    );
    expect(condition(plan, 'Ready')).toMatchObject({ status: 'False', reason: 'ProviderMissing' });
    expect([plan.vaultRead, plan.status.lastReconciledTime]).toEqual([false, undefined]);
  });
});

describe('changes', () => {
  it('name what is new, what moved and what is gone', () => {
    const before = settled({ readings: [reading([seen(1), seen(2)])] });
    const source = { vaultUri: VAULT, name: 'another' };
    const plan = planKeySet({
      ...before,
      readings: [reading([seen(3)], { source }), reading([seen(1, { enabled: false })])],
    });
    expect(plan.changes).toEqual([
      { name: 'another', version: v(3), from: 'new', to: 'trusted' },
      { name: KEY, version: v(1), from: 'trusted', to: 'disabled' },
    ]);
    const moved = planKeySet({ ...before, readings: [reading([seen(3)], { source })] });
    expect(moved.changes.map(({ version, to }) => [version, to])).toEqual([
      [v(3), 'trusted'],
      [v(2), 'gone'],
      [v(1), 'gone'],
    ]);
  });

  it('tell one inline key from another by its fingerprint', () => {
    const inline = (name: string) => ({ kind: 'inline', pem: keyOf(name).loaded.pem }) as const;
    const before = settled({ readings: [], provider: inline('one') });
    const plan = planKeySet({ ...before, provider: inline('two') });
    expect(plan.changes.map(({ from, to }) => [from, to])).toEqual([
      ['new', 'trusted'],
      ['trusted', 'gone'],
    ]);
  });
});

describe('the provider', () => {
  const annotations = { 'keyward.dev/manage': 'patch' };
  const change = { keySet: followingKeySet('akv'), kmp: kmp({ annotations }) };

  it('is written by the KeySet whose it is', () => {
    const plan = planKeySet(observation({ ...change, readings: [reading([seen(1), seen(2)])] }));
    expect(plan.kmp).toMatchObject({ kind: 'list', added: [`${KEY}/${v(2)}`] });
  });

  it('is not written by any other, which says so', () => {
    const plan = planKeySet(
      observation({
        ...change,
        writtenElsewhere: 'read only: KeySet prod writes to it',
        readings: [reading([seen(1), seen(2)])],
      }),
    );
    expect(plan.kmp).toBeUndefined();
    expect(condition(plan, 'ProviderInSync')).toMatchObject({
      status: 'Unknown',
      reason: 'NotManaged',
      message: 'read only: KeySet prod writes to it',
    });
  });
});

describe('a plan', () => {
  it('is a pure function of its observation', () => {
    const one = settled({ readings: [reading([seen(1), seen(2)])] });
    const copy = structuredClone({ ...one.keySet });
    expect(planKeySet(one)).toEqual(planKeySet(one));
    expect(one.keySet).toEqual(copy);
    expect(planKeySet({ ...one, keySet: keySet() }).writeStatus).toBe('changed');
  });
});
