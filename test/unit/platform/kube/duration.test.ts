import { describe, expect, it } from '@jest/globals';
import { formatDurationSeconds, parseDurationSeconds } from '../../../../platform/kube/duration.ts';

describe('a duration', () => {
  it.each([
    ['5s', 5],
    ['0s', 0],
    ['500ms', 0.5],
    ['10m', 600],
    ['24h', 86_400],
    ['1.5h', 5400],
    ['1h30m', 5400],
    ['1h0m0.25s', 3600.25],
    ['1m1m', 120],
  ])('%s is %d seconds', (text, seconds) => {
    expect(parseDurationSeconds(text)).toBeCloseTo(seconds, 9);
  });

  it.each([
    '',
    '5',
    's',
    '5 s',
    ' 5s',
    '5s ',
    '-5s',
    '+5s',
    '5S',
    '1d',
    '5s6',
    '.5s',
    '5.s',
    '1e3s',
    '5µs',
    '٥s',
    '5s\n',
  ])('%j is none', (text) => {
    expect(parseDurationSeconds(text)).toBeUndefined();
  });

  it('beyond all numbers is none', () => {
    expect(parseDurationSeconds(`${'9'.repeat(400)}h`)).toBeUndefined();
  });

  it.each([
    [5, '5s'],
    [5.5, '5.5s'],
    [0.0004, '0s'],
    [1 / 3, '0.333s'],
    [86_400, '86400s'],
  ])('of %d seconds is written %s', (seconds, text) => {
    expect(formatDurationSeconds(seconds)).toBe(text);
  });
});
