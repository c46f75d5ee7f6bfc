import { describe, expect, it } from '@jest/globals';
import { createBackOff } from '../../../../webhook/evidence/back-off.ts';

const NOW = 1_800_000_000_000;

describe('a back-off', () => {
  it('holds nothing that it was not told of', () => {
    expect(createBackOff(1000).remaining('a', NOW)).toBe(0);
  });

  it('begins with its first wait, doubles, and stops at a minute', () => {
    const backOff = createBackOff(10_000);
    const waits = Array.from({ length: 6 }, () => {
      backOff.lengthen('a', NOW);
      return backOff.remaining('a', NOW);
    });
    expect(waits).toEqual([10_000, 20_000, 40_000, 60_000, 60_000, 60_000]);
  });

  it('runs out with time, to the millisecond', () => {
    const backOff = createBackOff(1000);
    backOff.lengthen('a', NOW);
    expect(backOff.remaining('a', NOW + 999)).toBe(1);
    expect(backOff.remaining('a', NOW + 1000)).toBe(0);
    expect(backOff.remaining('a', NOW + 1_000_000)).toBe(0);
  });

  it('goes on from where it was when it ran out in between', () => {
    const backOff = createBackOff(1000);
    backOff.lengthen('a', NOW);
    backOff.lengthen('a', NOW + 5000);
    expect(backOff.remaining('a', NOW + 5000)).toBe(2000);
  });

  it('begins anew after a reset', () => {
    const backOff = createBackOff(1000);
    for (let count = 0; count < 5; count += 1) backOff.lengthen('a', NOW);
    backOff.reset('a');
    expect(backOff.remaining('a', NOW)).toBe(0);
    backOff.lengthen('a', NOW);
    expect(backOff.remaining('a', NOW)).toBe(1000);
  });

  it('keeps each key apart', () => {
    const backOff = createBackOff(1000);
    backOff.lengthen('a', NOW);
    backOff.lengthen('a', NOW);
    backOff.lengthen('b', NOW);
    expect([backOff.remaining('a', NOW), backOff.remaining('b', NOW)]).toEqual([2000, 1000]);
    backOff.reset('a');
    expect(backOff.remaining('b', NOW)).toBe(1000);
  });

  it('is not stretched to hours by a clock set back', () => {
    const backOff = createBackOff(10_000);
    backOff.lengthen('a', NOW);
    // Whoever asks from an hour earlier must not wait until the hour has passed.
    expect(backOff.remaining('a', NOW - 3_600_000)).toBe(0);
  });

  it('is never longer than a minute, from whatever moment it is asked', () => {
    const backOff = createBackOff(60_000);
    backOff.lengthen('a', NOW);
    for (let ago = 0; ago < 120_000; ago += 500)
      expect(backOff.remaining('a', NOW - ago)).toBeLessThanOrEqual(60_000);
  });

  it('forgets the oldest of very many keys rather than growing without end', () => {
    const backOff = createBackOff(1000);
    for (let index = 0; index <= 100_000; index += 1) backOff.lengthen(`key-${index}`, NOW);
    expect(backOff.remaining('key-0', NOW)).toBe(0);
    expect(backOff.remaining('key-100000', NOW)).toBe(1000);
  });
});
