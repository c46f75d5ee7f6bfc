import { describe, expect, it } from '@jest/globals';
import { formatTime, parseTime } from '../../../../core/keys/time.ts';

describe('an RFC 3339 time', () => {
  it.each([
    ['2026-11-02T12:00:00Z', Date.UTC(2026, 10, 2, 12)],
    ['2026-11-02T12:00:00.5Z', Date.UTC(2026, 10, 2, 12, 0, 0, 500)],
    ['2026-11-02T12:00:00.123456789Z', Date.UTC(2026, 10, 2, 12, 0, 0, 123)],
    ['2026-11-02T12:00:00+02:00', Date.UTC(2026, 10, 2, 10)],
    ['2026-11-02T20:00:00Z', Date.UTC(2026, 10, 2, 20)],
    ['2026-11-02T23:30:00-01:00', Date.UTC(2026, 10, 3, 0, 30)],
    ['2024-02-29T23:59:59Z', Date.UTC(2024, 1, 29, 23, 59, 59)],
    ['9999-12-31T23:59:59Z', Date.UTC(9999, 11, 31, 23, 59, 59)],
  ])('%s is read', (text, time) => {
    expect(parseTime(text)).toBe(time);
  });

  it.each([
    '',
    'tomorrow',
    '2026-11-02',
    '2026-11-02T12:00Z',
    '2026-11-02T12:00:00',
    '2026-11-02 12:00:00Z',
    '2026-11-02t12:00:00z',
    '2026-11-02T12:00:00.Z',
    '2026-11-02T12:00:00.1234567890Z',
    '2026-11-02T12:00:00+0200',
    '2026-11-02T12:00:00+02',
    '26-11-02T12:00:00Z',
    '+002026-11-02T12:00:00Z',
    ' 2026-11-02T12:00:00Z',
    '2026-11-02T12:00:00Z\n',
    '1793620800000',
  ])('is not %j', (text) => {
    expect(parseTime(text)).toBeUndefined();
  });

  it.each([
    '2026-02-29T00:00:00Z',
    '2026-02-30T00:00:00Z',
    '2026-04-31T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-00-01T00:00:00Z',
    '2026-01-00T00:00:00Z',
    '2026-01-32T00:00:00Z',
    '2026-01-01T24:00:00Z',
    '2026-01-01T12:60:00Z',
    '2026-01-01T12:00:60Z',
    '2026-01-01T12:00:00+25:00',
  ])('is not one that no clock or calendar shows: %s', (text) => {
    expect(parseTime(text)).toBeUndefined();
  });
});

it.each([
  [Date.UTC(2026, 10, 2, 12), '2026-11-02T12:00:00Z'],
  [Date.UTC(2026, 10, 2, 12, 0, 0, 5), '2026-11-02T12:00:00.005Z'],
])('a time is written in UTC, with its fraction only where it has one: %d', (time, text) => {
  expect(formatTime(time)).toBe(text);
  expect(parseTime(text)).toBe(time);
});
