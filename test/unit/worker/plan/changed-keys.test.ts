import { describe, expect, it } from '@jest/globals';
import type { KeySet } from '../../../../core/keys/key-set.ts';
import { KEY_CHANGED } from '../../../../core/keys/version-states.ts';
import type { SeenVersion } from '../../../../worker/observe/vault-reading.ts';
import { planKeySet } from '../../../../worker/plan/plan-key-set.ts';
import { keyOf, keySet, observation, reading, seen, v, without } from '../fixtures.ts';

const ODD = { ok: false, detail: 'a P-256K key, which no verifier of cosign takes' } as const;

/** One version after another of what the vault shows, each look following on the status of the one before. */
function looks(...shown: readonly SeenVersion[]) {
  let set: KeySet = keySet();
  return shown.map((each) => {
    const plan = planKeySet(observation({ keySet: set, readings: [reading([each])] }));
    set = { ...set, status: plan.status };
    return plan;
  });
}
const reasons = (plans: ReturnType<typeof looks>) =>
  plans.map(({ status }) => status.versions[0]?.reason);
const tampering = (plan: ReturnType<typeof looks>[number] | undefined) =>
  plan?.status.conditions.find(({ type }) => type === 'TamperingSuspected');

describe('a public key that is another than the one known', () => {
  it.each<[string, SeenVersion['key']]>([
    ['one that verifies', { ok: true, key: keyOf('the attacker’s').loaded }],
    ['one that cannot be used', ODD],
  ])('is tampering: %s', (_what, key) => {
    const plans = looks(seen(1), { ...seen(1), ...(key === undefined ? {} : { key }) });
    const last = plans.at(-1);
    expect(last?.status).toMatchObject({ trusted: 0, versions: [{ reason: KEY_CHANGED }] });
    expect(tampering(last)).toMatchObject({ status: 'True', reason: 'KeyChanged' });
    expect(tampering(last)?.message).toContain(v(1));
    expect(last?.events).toContainEqual(
      expect.objectContaining({ type: 'Warning', reason: 'TamperingSuspectedKeyChanged' }),
    );
  });

  it('stays told, however often it is seen, and while the vault shows no key', () => {
    const odd = { ...seen(1), key: ODD };
    const plans = looks(seen(1), odd, odd, without(seen(1), 'key'), odd);
    expect(new Set(reasons(plans.slice(1)))).toEqual(new Set([KEY_CHANGED]));
    expect(plans[2]?.events).toEqual([]);
  });

  it('is over when the known one is back, which is told too', () => {
    const plans = looks(seen(1), { ...seen(1), key: ODD }, seen(1));
    expect(plans.at(-1)?.status.trusted).toBe(1);
    expect(plans.at(-1)?.events.map(({ reason }) => reason)).toContain(
      'TamperingSuspectedKeysUnchanged',
    );
  });

  it('is not suspected of a version that never had another', () => {
    const plans = looks({ ...seen(1), key: ODD }, { ...seen(1), key: ODD });
    expect(reasons(plans)).toEqual([ODD.detail, ODD.detail]);
    expect(tampering(plans.at(-1))?.status).toBe('False');
  });

  it('is not suspected where a stricter release takes the known one no more', () => {
    const [first] = looks(seen(1));
    const strict = observation({
      keySet: { ...keySet(), status: first?.status ?? keySet().status },
      readings: [reading([{ ...seen(1), key: ODD }])],
      readPem: () => ODD,
    });
    expect(planKeySet(strict).status.versions[0]).toMatchObject({ state: 'unsupported' });
  });
});
