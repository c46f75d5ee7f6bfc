import { generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { encode, setUpVerifier } from './setup.ts';

const MINUTE = 60_000;

describe('the keys that tokens are signed with', () => {
  it('are read when they are first needed, and used for ten minutes', async () => {
    const { clock, checkWith, fetches } = setUpVerifier();
    expect(fetches).toEqual([]);
    for (let token = 0; token < 20; token += 1) expect(await checkWith()).toBe('ok');
    clock.advance(10 * MINUTE - 1);
    expect(await checkWith()).toBe('ok');
    expect(fetches).toEqual(['ok']);
    clock.advance(1);
    expect(await checkWith()).toBe('ok');
    expect(fetches).toEqual(['ok', 'ok']);
  });

  it('are read once for tokens that come at the same time', async () => {
    const { checkWith, fetches } = setUpVerifier();
    const results = await Promise.all(Array.from({ length: 50 }, () => checkWith()));
    expect(new Set(results)).toEqual(new Set(['ok']));
    expect(fetches).toEqual(['ok']);
  });

  it('are read anew for a key id that is not known: a rotation needs nobody', async () => {
    const { clock, signer, checkWith, fetches } = setUpVerifier();
    await checkWith();
    clock.advance(MINUTE);
    signer.rotate();
    expect(await checkWith()).toBe('ok');
    expect(fetches).toEqual(['ok', 'ok']);
  });

  it('are not read again within 30 s, whatever ids are made up: nobody knows then, so it is no refusal', async () => {
    const { clock, signer, checkWith, fetches } = setUpVerifier();
    await checkWith();
    for (let at = 0; at < 100; at += 1)
      expect(await checkWith({}, { kid: `made-up-${at}` })).toBe('TOKEN_KEYS_UNAVAILABLE');
    signer.rotate();
    expect(await checkWith()).toBe('TOKEN_KEYS_UNAVAILABLE');
    expect(fetches).toEqual(['ok']);
    clock.advance(30_000);
    expect(await checkWith()).toBe('ok');
    expect(await checkWith({}, { kid: 'made-up' })).toBe('TOKEN_KEYS_UNAVAILABLE');
    clock.advance(30_000);
    expect(await checkWith({}, { kid: 'made-up' })).toBe('TOKEN_KEY_UNKNOWN');
    expect(fetches).toHaveLength(3);
  });

  it('that cannot be read refuse nothing and admit nothing, and are asked for every 30 s', async () => {
    const { clock, faults, checkWith, fetches } = setUpVerifier();
    faults.next = new Error('ECONNREFUSED');
    for (let at = 0; at < 50; at += 1) expect(await checkWith()).toBe('TOKEN_KEYS_UNAVAILABLE');
    expect(fetches).toEqual(['failed']);
    clock.advance(30_000);
    delete faults.next;
    expect(await checkWith()).toBe('ok');
    expect(fetches).toEqual(['failed', 'ok']);
  });

  it('are used on for an hour while they cannot be read anew, and then no longer', async () => {
    const { clock, faults, checkWith } = setUpVerifier();
    await checkWith();
    faults.next = new Error('ECONNREFUSED');
    clock.advance(59 * MINUTE);
    expect(await checkWith()).toBe('ok');
    clock.advance(MINUTE);
    expect(await checkWith()).toBe('TOKEN_KEYS_UNAVAILABLE');
  });

  it('are read anew though the clock was set back meanwhile', async () => {
    const { clock, signer, checkWith, fetches } = setUpVerifier();
    await checkWith();
    clock.advance(-60 * MINUTE);
    signer.rotate();
    expect(await checkWith()).toBe('ok');
    expect(fetches).toEqual(['ok', 'ok']);
  });

  it('that were taken back are trusted for ten minutes at most', async () => {
    const stage = setUpVerifier();
    const stolen = stage.signer.issue(stage.claims({ exp: stage.seconds() + 7200 }));
    expect(await stage.check(stolen)).toBe('ok');
    stage.signer.publicJwks = () => [];
    stage.clock.advance(10 * MINUTE);
    expect(await stage.check(stolen)).toBe('TOKEN_KEY_UNKNOWN');
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['text', 'keys'],
    ['no list', { keys: {} }],
    ['a list of anything', { keys: [1, 'x', null] }],
    ['too many', { keys: Array.from({ length: 101 }, () => ({ kty: 'RSA', kid: 'a' })) }],
  ])('that are %s are no keys', async (_what, answer) => {
    const stage = setUpVerifier();
    stage.answer.next = answer;
    expect(await stage.checkWith()).toBe('TOKEN_KEYS_UNAVAILABLE');
    expect(stage.fetches).toEqual(['failed']);
  });

  it('without an id are left out, and a token that names none matches no other', async () => {
    const { extraKeys, checkWith, signer, claims, check } = setUpVerifier();
    const nameless = generateKeyPairSync('rsa', { modulusLength: 2048 });
    extraKeys.push(nameless.publicKey.export({ format: 'jwk' }));
    const input = `${encode({ alg: 'RS256' })}.${encode(claims())}`;
    const signature = sign('sha256', Buffer.from(input), nameless.privateKey).toString('base64url');
    expect(await check(`${input}.${signature}`)).toBe('TOKEN_KEY_UNKNOWN');
    expect(await check(signer.issue(claims(), { kid: undefined }))).toBe('TOKEN_KEY_UNKNOWN');
    expect(await checkWith()).toBe('ok');
  });

  it('of other kinds beside them do no harm', async () => {
    const { extraKeys, checkWith } = setUpVerifier();
    const curve = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    extraKeys.push({ ...curve.publicKey.export({ format: 'jwk' }), kid: 'sandbox' });
    extraKeys.push({ kty: 'RSA', kid: 'half', n: 'AQAB' });
    expect(await checkWith()).toBe('ok');
    expect(await checkWith({}, { kid: 'sandbox' })).toBe('TOKEN_KEYS_UNAVAILABLE');
    expect(await checkWith({}, { kid: 'half' })).toBe('TOKEN_MALFORMED');
  });
});
