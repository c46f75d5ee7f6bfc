import { describe, expect, it } from '@jest/globals';
import { planAdoption } from '../../../../worker/plan/plan-adoption.ts';
import { failedReading, KEY, reading, seen, v, VAULT } from '../fixtures.ts';

const listed = (...numbers: readonly number[]) =>
  numbers.map((number) => ({ vaultUri: VAULT, name: KEY, version: v(number) }));
const current = { vaultUri: VAULT, name: KEY };

describe('the first spec of a KeySet for a provider', () => {
  it('has exactly what is listed as baseline, and what is newer and unlisted as exclude', () => {
    const readings = [reading([seen(4), seen(1), seen(3), seen(2)])];
    expect(planAdoption(listed(2), readings)).toEqual({
      baseline: [v(2)],
      exclude: [v(4), v(3)],
    });
  });

  it('leaves versions between listed ones to the baseline, which leaves them out', () => {
    const readings = [reading([1, 2, 3].map((number) => seen(number)))];
    expect(planAdoption(listed(1, 3), readings)).toEqual({
      baseline: [v(1), v(3)],
      exclude: [],
    });
  });

  it('takes the current version of an item without one, disabled or not, as Ratify does', () => {
    const readings = [reading([seen(1), seen(2, { enabled: false })])];
    expect(planAdoption([current], readings)).toEqual({ baseline: [v(2)], exclude: [] });
    expect(planAdoption([...listed(1), current], readings)).toEqual({
      baseline: [v(1), v(2)],
      exclude: [],
    });
  });

  it('excludes everything that exists when nothing that is listed does', () => {
    const readings = [reading([seen(1), seen(2)])];
    expect(planAdoption(listed(9), readings)).toEqual({
      baseline: [v(9)],
      exclude: [v(2), v(1)],
    });
  });

  it('waits while the vault cannot be read, even one key of several', () => {
    expect(planAdoption(listed(1), [failedReading()])).toBeUndefined();
    const other = reading([seen(1)], { source: { vaultUri: VAULT, name: 'other' } });
    expect(planAdoption(listed(1), [other, failedReading()])).toBeUndefined();
  });

  it('waits while there is nothing to trust', () => {
    expect(planAdoption([current], [reading([])])).toBeUndefined();
  });

  it('keeps keys apart', () => {
    const other = { vaultUri: VAULT, name: 'other' };
    const readings = [reading([seen(1), seen(2)]), reading([seen(3), seen(4)], { source: other })];
    expect(planAdoption([...listed(1), { ...other, version: v(4) }], readings)).toEqual({
      baseline: [v(1), v(4)],
      exclude: [v(2)],
    });
  });
});
