import { describe, expect, it } from '@jest/globals';
import { createFakeClock } from '../../../../platform/lifecycle/fake-clock.ts';
import { createVaultPace, createVaultPaces } from '../../../../worker/sweep/vault-pace.ts';

function setUp() {
  const clock = createFakeClock();
  const pace = createVaultPace(clock, 1);
  pace.demand({ wantedSeconds: 5, callsPerRound: 1 });
  return { clock, pace, effective: () => pace.current().effectiveSeconds };
}

describe('what a vault promises', () => {
  it('counts the slowest answer of the last minute, and no longer', () => {
    const { clock, pace, effective } = setUp();
    pace.recordRead(3);
    expect(effective()).toBe(6);
    clock.advance(30_000);
    pace.recordRead(0.1);
    expect(effective()).toBe(6);
    clock.advance(30_001);
    expect(effective()).toBe(5);
  });

  it('remembers a slow answer that a quicker one followed', () => {
    const { clock, pace, effective } = setUp();
    for (const late of [1, 4, 2, 3]) {
      pace.recordRead(late);
      clock.advance(1000);
    }
    expect(effective()).toBe(8);
    clock.advance(57_500);
    expect(effective()).toBe(6);
  });

  it('stretches with each refusal and tells for how long not to ask', () => {
    const { clock, pace, effective } = setUp();
    pace.recordThrottled(3);
    expect(effective()).toBe(8);
    expect(pace.notBefore()).toBe(clock.now() + 3000);
    clock.advance(10_000);
    pace.recordThrottled(undefined);
    expect(effective()).toBe(11);
  });

  it('takes many refusals of one burst for one', () => {
    const { pace, effective } = setUp();
    for (let call = 0; call < 20; call += 1) pace.recordThrottled(1);
    expect(effective()).toBe(6);
  });

  it('stretches up to a limit, and comes back by itself', () => {
    const { clock, pace, effective } = setUp();
    for (let time = 0; time < 20; time += 1) {
      clock.advance(2000);
      pace.recordThrottled(1);
    }
    expect(effective()).toBe(69);
    clock.advance(60_000);
    expect(effective()).toBe(37);
    clock.advance(10 * 60_000);
    expect(effective()).toBe(5);
  });
});

describe('the paces of all vaults', () => {
  it('are each its own: one that is throttled stretches no other', () => {
    const paces = createVaultPaces(createFakeClock(), 1);
    for (const vault of ['a', 'b']) paces.of(vault).demand({ wantedSeconds: 5, callsPerRound: 1 });
    paces.of('a').recordThrottled(10);
    expect(Object.fromEntries(paces.all())).toEqual({ a: 15, b: 5 });
    expect(paces.effectiveSeconds(5, ['b'])).toBe(5);
    expect(paces.effectiveSeconds(5, ['a', 'b'])).toBe(15);
  });

  it('promise what was asked for where there is no vault', () => {
    expect(createVaultPaces(createFakeClock(), 1).effectiveSeconds(30, [])).toBe(30);
  });
});
