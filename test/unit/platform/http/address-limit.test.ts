import { describe, expect, it } from '@jest/globals';
import { createAddressLimit } from '../../../../platform/http/address-limit.ts';
import { createFakeClock } from '../../../../platform/lifecycle/fake-clock.ts';

const setUp = () => {
  const clock = createFakeClock();
  const limits = {
    overall: { perSecond: 10, burst: 20 },
    perAddress: { perSecond: 1, burst: 5 },
  };
  return { clock, limit: createAddressLimit(limits, clock) };
};

describe('how often requests may come', () => {
  it('is bounded for one address, which is told when to come again', () => {
    const { clock, limit } = setUp();
    expect(Array.from({ length: 5 }, () => limit('a'))).toEqual([0, 0, 0, 0, 0]);
    expect(limit('a')).toBe(1);
    clock.advance(1000);
    expect(limit('a')).toBe(0);
    expect(limit('a')).toBe(1);
  });

  it('leaves room for others while one knocks without end', () => {
    const { limit } = setUp();
    for (let knock = 0; knock < 1000; knock += 1) limit('a');
    expect(limit('b')).toBe(0);
  });

  it('is bounded for all together, so that a new address for each request gains nothing', () => {
    const { clock, limit } = setUp();
    const passed = Array.from({ length: 5000 }, (_, at) => limit(`address-${at}`));
    expect(passed.filter((seconds) => seconds === 0)).toHaveLength(20);
    clock.advance(1000);
    const later = Array.from({ length: 5000 }, (_, at) => limit(`other-${at}`));
    expect(later.filter((seconds) => seconds === 0)).toHaveLength(10);
  });
});
