import { describe, expect, it } from '@jest/globals';
import { KEY_CHANGED } from '../../../../core/keys/version-states.ts';
import type { Condition } from '../../../../core/keys/key-set.ts';
import { createMetrics } from '../../../../platform/observe/metrics.ts';
import { createWorkerMetrics } from '../../../../worker/metrics.ts';
import { planKeySet, type Plan } from '../../../../worker/plan/plan-key-set.ts';
import { createKeySetGauges } from '../../../../worker/sweep/key-set-gauges.ts';
import { entry, NOW, observation } from '../fixtures.ts';

const KEY = 'team/prod';
const base = planKeySet(observation());

function inSync(status: Condition['status'], reason = 'InSync'): Condition {
  return { type: 'ProviderInSync', status, reason, message: '', lastTransitionTime: '' };
}

function setUp() {
  const metrics = createMetrics();
  const gauges = createKeySetGauges(createWorkerMetrics(metrics));
  const value = async (name: string): Promise<string | undefined> => {
    const text = await metrics.registry.metrics();
    const line = text.split('\n').find((each) => each.startsWith(`keyward_worker_${name}{`));
    return line?.split(' ').at(-1);
  };
  const show = (change: Partial<Plan['status']>, held: readonly string[] = []) =>
    gauges.show(KEY, { ...base, held, status: { ...base.status, ...change } }, NOW);
  return { gauges, value, show };
}

describe('the gauges of a KeySet', () => {
  it('tell what is held, what was changed and when it was read', async () => {
    const { show, value } = setUp();
    show({ versions: [entry(1, { reason: KEY_CHANGED }), entry(2)] }, ['key/a', 'key/b']);
    expect(await value('held_versions')).toBe('2');
    expect(await value('changed_keys')).toBe('1');
    expect(await value('full_read_timestamp_seconds')).toBe(String(NOW / 1000));
    show({ versions: [] });
    expect([await value('held_versions'), await value('changed_keys')]).toEqual(['0', '0']);
  });

  it('tell whether a provider that is written is in step, and nothing of others', async () => {
    const { show, value } = setUp();
    show({ conditions: [inSync('True')] });
    expect(await value('provider_in_sync')).toBe('1');
    show({ conditions: [inSync('Unknown', 'NotConfirmed')] });
    expect(await value('provider_in_sync')).toBe('0');
    show({ conditions: [inSync('Unknown', 'NotManaged')] });
    expect(await value('provider_in_sync')).toBeUndefined();
  });

  it('go with it', async () => {
    const { gauges, show, value } = setUp();
    show({ conditions: [inSync('True')] }, ['key/a']);
    expect(gauges.keepOnly(new Map([[KEY, 1]]))).toEqual([]);
    expect(gauges.keepOnly(new Map())).toEqual([KEY]);
    for (const name of [
      'held_versions',
      'changed_keys',
      'provider_in_sync',
      'full_read_timestamp_seconds',
    ])
      expect(await value(name)).toBeUndefined();
  });
});
