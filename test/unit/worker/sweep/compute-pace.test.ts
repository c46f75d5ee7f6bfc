import { describe, expect, it } from '@jest/globals';
import {
  computePace,
  nextRoundAfter,
  type PaceFacts,
} from '../../../../worker/sweep/compute-pace.ts';

const facts: PaceFacts = {
  wantedSeconds: 5,
  callsPerRound: 1,
  clustersSharingVault: 1,
  lateSeconds: 0.25,
  stretchSeconds: 0,
};
const pace = (change: Partial<PaceFacts> = {}) => computePace({ ...facts, ...change });

describe('the pace of a sweep', () => {
  it('promises what was asked for, and goes round that much sooner that the answer is in time', () => {
    expect(pace()).toEqual({ effectiveSeconds: 5, roundSeconds: 4.75 });
    expect(pace({ wantedSeconds: 60 })).toEqual({ effectiveSeconds: 60, roundSeconds: 59.75 });
  });

  it.each<[string, Partial<PaceFacts>, number]>([
    ['160 keys fit into five seconds', { callsPerRound: 160 }, 5],
    ['200 keys do not quite', { callsPerRound: 200 }, 6],
    ['a thousand keys', { callsPerRound: 1000 }, 28.5],
    ['a thousand keys wanted once a minute', { callsPerRound: 1000, wantedSeconds: 60 }, 60],
    [
      'ten keys of a vault that a hundred clusters share',
      { callsPerRound: 10, clustersSharingVault: 100 },
      28.5,
    ],
    ['answers that take two seconds', { lateSeconds: 2 }, 5],
    ['answers that take four seconds', { lateSeconds: 4 }, 8],
    ['a throttled vault', { stretchSeconds: 2 }, 7],
    ['less than half a second more', { stretchSeconds: 0.1 }, 5.5],
  ])('%s', (_what, change, seconds) => {
    expect(pace(change).effectiveSeconds).toBe(seconds);
  });

  it('never makes more calls than a tenth of the vault’s limit, shared by all clusters', () => {
    for (const callsPerRound of [1, 40, 200, 1000, 5000])
      for (const clustersSharingVault of [1, 3, 50]) {
        const { roundSeconds } = pace({ callsPerRound, clustersSharingVault, wantedSeconds: 1 });
        const calls = (callsPerRound * clustersSharingVault * 10) / roundSeconds;
        expect(calls).toBeLessThanOrEqual(400);
      }
  });

  it('keeps its promise: a round and the time of the answer are never longer', () => {
    for (const lateSeconds of [0.25, 0.7, 3, 9])
      for (const callsPerRound of [1, 300]) {
        const { effectiveSeconds, roundSeconds } = pace({ lateSeconds, callsPerRound });
        expect(roundSeconds + lateSeconds).toBeLessThanOrEqual(effectiveSeconds);
        expect(roundSeconds).toBeGreaterThanOrEqual(lateSeconds);
      }
  });

  it('does not flap: small differences of small times promise the same', () => {
    for (const lateSeconds of [0.25, 0.4, 0.9, 1.7])
      expect(pace({ lateSeconds }).effectiveSeconds).toBe(5);
  });

  it('lets jitter make a round shorter, never longer', () => {
    expect(nextRoundAfter(pace(), 0)).toBe(4.75);
    expect(nextRoundAfter(pace(), 0.999)).toBeGreaterThan(4.5);
    expect(nextRoundAfter(pace(), 0.999)).toBeLessThan(4.75);
  });
});
