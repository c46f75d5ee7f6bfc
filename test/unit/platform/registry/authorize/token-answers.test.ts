import { describe, expect, it } from '@jest/globals';
import { parseChallenge } from '../../../../../platform/registry/authorize/challenge.ts';
import {
  parseRefreshToken,
  parseToken,
} from '../../../../../platform/registry/authorize/token-answers.ts';

const NOW = Date.UTC(2026, 10, 1);
const MARGIN = 5000;
const HOUR = 3600 * 1000;
const bytes = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
const jwt = (claims: object) =>
  `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2ln`;

describe('the answer of a token service', () => {
  it.each<[string, object, number]>([
    ['what it says', { token: 't', expires_in: 300 }, 300_000],
    ['a minute where it says nothing', { token: 't' }, 60_000],
    [
      'what the token says where it says nothing, as Azure',
      { access_token: jwt({ exp: (NOW + HOUR) / 1000 }) },
      HOUR,
    ],
    ['a day at most', { token: 't', expires_in: 1e9 }, 24 * HOUR],
    ['a day at most of what the token says', { token: jwt({ exp: 1e12 }) }, 24 * HOUR],
    ['no time at all', { token: 't', expires_in: 0 }, 0],
    ['a minute where the token says rubbish', { token: jwt({ exp: 'soon' }) }, 60_000],
  ])('holds for %s', (_, answer, lifetime) => {
    expect(parseToken(bytes(answer), NOW).expiresAt).toBe(NOW + lifetime - MARGIN);
  });

  it('may name the token either way; the older name wins', () => {
    expect(parseToken(bytes({ access_token: 'a' }), NOW).value.reveal()).toBe('a');
    expect(parseToken(bytes({ token: 't', access_token: 'a' }), NOW).value.reveal()).toBe('t');
  });

  it.each<[string, unknown]>([
    ['no JSON', 'hunter2'],
    ['a list', ['hunter2']],
    ['no token', { refresh_token: 'hunter2' }],
    ['an empty token', { token: '' }],
    ['a token that is another header', { token: 'hunter2\r\nx: y' }],
    ['a token with blanks', { token: 'hunter2 x' }],
    ['a token in other letters', { token: 'hunter2é' }],
    ['a token without end', { token: 'h'.repeat(16_385) }],
    ['a number', { token: 42 }],
    ['a time that was', { token: 'hunter2', expires_in: -1 }],
    ['a time that is a text', { token: 'hunter2', expires_in: 'soon' }],
  ])('that is %s is refused, without a word of it', (_, answer) => {
    for (const parse of [parseToken, parseRefreshToken]) {
      if (parse === parseRefreshToken && JSON.stringify(answer).includes('refresh_token')) continue;
      let failure: unknown;
      try {
        parse(bytes(answer), NOW);
      } catch (error) {
        failure = error;
      }
      expect(failure).toMatchObject({ code: 'REGISTRY_AUTH' });
      expect(String(failure)).not.toContain('hunter2');
    }
  });

  it('of Azure’s exchange holds until five minutes before the token ends, three hours at most', () => {
    const expiryOf = (claims: object) =>
      parseRefreshToken(bytes({ refresh_token: jwt(claims) }), NOW).expiresAt;
    expect(expiryOf({ exp: (NOW + HOUR) / 1000 })).toBe(NOW + HOUR - 5 * 60_000);
    expect(expiryOf({ exp: 1e12 })).toBe(NOW + 3 * HOUR - 5 * 60_000);
    expect(expiryOf({})).toBe(NOW + 3 * HOUR - 5 * 60_000);
  });
});

describe('a challenge', () => {
  it.each<[string, string, unknown]>([
    [
      'Bearer',
      'Bearer realm="https://a.example/t",service="s",scope="x:y:z"',
      { basic: false, bearer: { realm: 'https://a.example/t', service: 's' } },
    ],
    [
      'Bearer without service',
      'bearer realm="https://a.example/t"',
      { basic: false, bearer: { realm: 'https://a.example/t' } },
    ],
    ['Basic', 'Basic realm="x"', { basic: true }],
    [
      'both',
      'Basic realm="x", Bearer realm="https://a.example/t"',
      { basic: true, bearer: { realm: 'https://a.example/t' } },
    ],
    [
      'two of Bearer: the first',
      'Bearer realm="https://a.example/1", Bearer realm="https://b.example/2"',
      { basic: false, bearer: { realm: 'https://a.example/1' } },
    ],
    [
      'the realm of one is not the other’s',
      'Bearer service="s", Basic realm="https://b.example/"',
      { basic: true },
    ],
  ])('is read: %s', (_, header, challenge) => {
    expect(parseChallenge(header)).toEqual(challenge);
  });

  it.each([
    undefined,
    '',
    'Negotiate',
    'Bearer',
    'Bearer realm=https://a.example/',
    `Bearer realm="${'x'.repeat(5000)}"`,
    'Bearer realm="a\\"b"',
  ])('is none that we know: %j', (header) => {
    expect(parseChallenge(header)).toBeUndefined();
  });
});
