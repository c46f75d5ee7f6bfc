import { describe, expect, it } from '@jest/globals';
import { hasChangedKey, newestFirst } from '../../../../core/keys/version-facts.ts';
import { entry, keyOf, v, without } from '../../worker/fixtures.ts';

describe('newestFirst', () => {
  const order = (...items: readonly { createdOn?: number; version: string }[]) =>
    items.toSorted(newestFirst).map(({ version }) => version);

  it('sorts by creation, those without one last, and equal ones always the same way', () => {
    const items = [
      { version: 'a', createdOn: 1 },
      { version: 'undated' },
      { version: 'b', createdOn: 2 },
      { version: 'c', createdOn: 2 },
    ];
    expect(order(...items)).toEqual(['c', 'b', 'a', 'undated']);
    expect(order(...items.toReversed())).toEqual(['c', 'b', 'a', 'undated']);
  });

  it('is equal for the same version', () => {
    expect(newestFirst({ version: 'a' }, { version: 'a' })).toBe(0);
  });
});

describe('hasChangedKey', () => {
  const key = { ok: true, key: keyOf(v(1)).loaded } as const;
  it('needs both keys to say so', () => {
    expect(hasChangedKey({ key, previous: entry(1) })).toBe(false);
    expect(hasChangedKey({ key, previous: entry(2) })).toBe(true);
    expect(hasChangedKey({ key })).toBe(false);
    expect(hasChangedKey({ previous: entry(1) })).toBe(false);
    expect(hasChangedKey({ key, previous: without(entry(2), 'fingerprint') })).toBe(false);
    const unusable = { ok: false, code: 'KEY_WEAK', detail: '' } as const;
    expect(hasChangedKey({ key: unusable, previous: entry(1) })).toBe(false);
  });
});
