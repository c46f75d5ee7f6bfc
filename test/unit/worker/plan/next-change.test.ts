import { describe, expect, it } from '@jest/globals';
import type { SeenVersion } from '../../../../worker/observe/vault-reading.ts';
import { planKeySet } from '../../../../worker/plan/plan-key-set.ts';
import { HOUR, keySet, NOW, observation, reading, seen } from '../fixtures.ts';

const DAY = 24 * HOUR;

function nextOf(...versions: readonly SeenVersion[]): number | undefined {
  return planKeySet(observation({ readings: [reading(versions)] })).nextChangeAt;
}

describe('the next change by time alone', () => {
  it('is none without a date', () => {
    expect(nextOf(seen(1))).toBeUndefined();
  });

  it.each<[string, Partial<SeenVersion>, number | undefined]>([
    ['the moment a version becomes valid', { notBefore: NOW + HOUR }, NOW + HOUR],
    ['the moment it expires', { expiresOn: NOW + HOUR }, NOW + HOUR],
    ['a month before it expires', { expiresOn: NOW + 40 * DAY }, NOW + 10 * DAY],
    ['nothing that is past', { notBefore: NOW - HOUR, expiresOn: NOW - 1 }, undefined],
    [
      'not the end of one that is not trusted',
      { enabled: false, expiresOn: NOW + HOUR },
      undefined,
    ],
  ])('is %s', (_what, change, at) => {
    expect(nextOf(seen(1, change))).toBe(at);
  });

  it('is the earliest of all', () => {
    const late = seen(1, { expiresOn: NOW + 2 * HOUR });
    expect(nextOf(late, seen(2, { notBefore: NOW + HOUR }))).toBe(NOW + HOUR);
  });

  it.each(['Trust', 'Deny'] as const)(
    'leads to another plan, with expiredKeys: %s',
    (expiredKeys) => {
      const versions = [
        seen(1, { expiresOn: NOW + 40 * DAY }),
        seen(2, { notBefore: NOW + HOUR, expiresOn: NOW + 50 * DAY }),
      ];
      let set = keySet({ spec: { expiredKeys } });
      let now = NOW;
      const moments: number[] = [];
      for (;;) {
        const plan = planKeySet(observation({ keySet: set, readings: [reading(versions)], now }));
        expect(plan.writeStatus).toBe('changed');
        set = { ...set, status: plan.status };
        if (plan.nextChangeAt === undefined) break;
        // Just before, nothing is to be done.
        const before = { keySet: set, readings: [reading(versions)], now: plan.nextChangeAt - 1 };
        expect(planKeySet(observation(before)).changes).toEqual([]);
        now = plan.nextChangeAt;
        moments.push((now - NOW) / HOUR);
      }
      expect(moments).toEqual([1, 240, 480, 960, 1200]);
    },
  );
});
