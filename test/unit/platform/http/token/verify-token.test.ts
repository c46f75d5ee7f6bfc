import { createHmac, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { EVENT_GRID_APP } from '../../../../../sandbox/entra/app-tokens.ts';
import { AUDIENCE, encode, OTHER_GUID, setUpVerifier, TENANT } from './setup.ts';

describe('a token of Event Grid', () => {
  it.each<[string, Record<string, unknown>]>([
    ['of the first form', {}],
    [
      'of the second form',
      {
        iss: `https://login.microsoftonline.com/${TENANT}/v2.0`,
        ver: '2.0',
        appid: undefined,
        azp: EVENT_GRID_APP,
        aud: '33333333-2222-4333-8444-555555555555',
      },
    ],
    ['with more roles', { roles: ['Other', 'AzureEventGridSecureWebhookSubscriber'] }],
    ['with a caller in upper case', { appid: EVENT_GRID_APP.toUpperCase() }],
    ['for several audiences', { aud: ['https://other', AUDIENCE] }],
  ])('%s is taken', async (_what, change) => {
    expect(await setUpVerifier().checkWith(change)).toBe('ok');
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['another tenant’s issuer', { iss: `https://sts.windows.net/${OTHER_GUID}/` }, 'TOKEN_ISSUER'],
    ['an issuer that begins alike', { iss: `https://sts.windows.net/${TENANT}/x` }, 'TOKEN_ISSUER'],
    ['an issuer without its slash', { iss: `https://sts.windows.net/${TENANT}` }, 'TOKEN_ISSUER'],
    ['no issuer', { iss: undefined }, 'TOKEN_ISSUER'],
    ['a list of issuers', { iss: [`https://sts.windows.net/${TENANT}/`] }, 'TOKEN_ISSUER'],
    ['another tenant', { tid: OTHER_GUID }, 'TOKEN_ISSUER'],
    ['no tenant', { tid: undefined }, 'TOKEN_MALFORMED'],
    ['another audience', { aud: 'https://vault.azure.net' }, 'TOKEN_AUDIENCE'],
    ['an audience that begins alike', { aud: `${AUDIENCE}/x` }, 'TOKEN_AUDIENCE'],
    ['no audience', { aud: undefined }, 'TOKEN_AUDIENCE'],
    ['another application', { appid: OTHER_GUID }, 'TOKEN_CALLER'],
    ['no application', { appid: undefined }, 'TOKEN_CALLER'],
    ['two applications', { azp: OTHER_GUID }, 'TOKEN_CALLER'],
    ['another role', { roles: ['azureeventgridsecurewebhooksubscriber'] }, 'TOKEN_ROLE'],
    ['no role', { roles: undefined }, 'TOKEN_ROLE'],
    [
      'a role that is no list',
      { roles: 'AzureEventGridSecureWebhookSubscriber' },
      'TOKEN_MALFORMED',
    ],
    ['no expiry', { exp: undefined }, 'TOKEN_TIME'],
    ['an expiry in words', { exp: '9999999999' }, 'TOKEN_TIME'],
    ['no beginning', { nbf: undefined }, 'TOKEN_TIME'],
  ])('with %s is refused', async (_what, change, code) => {
    expect(await setUpVerifier().checkWith(change)).toBe(code);
  });

  it('may be two minutes early or late by this clock, and no more', async () => {
    const { checkWith, seconds } = setUpVerifier();
    expect(await checkWith({ exp: seconds() - 119 })).toBe('ok');
    expect(await checkWith({ exp: seconds() - 120 })).toBe('TOKEN_TIME');
    expect(await checkWith({ nbf: seconds() + 120 })).toBe('ok');
    expect(await checkWith({ nbf: seconds() + 121 })).toBe('TOKEN_TIME');
  });
});

describe('a token that somebody made up', () => {
  const stage = setUpVerifier();
  const { signer, claims, check } = stage;
  const own = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const [jwk] = signer.publicJwks();
  const kid = (jwk as { kid?: string }).kid;
  const signed = (header: object, key = own.privateKey) => {
    const input = `${encode(header)}.${encode(claims())}`;
    return `${input}.${sign('sha256', Buffer.from(input), key).toString('base64url')}`;
  };

  it.each<[string, () => string, string]>([
    [
      'signed by nobody',
      () => `${encode({ alg: 'none', kid })}.${encode(claims())}.AA`,
      'TOKEN_ALGORITHM',
    ],
    [
      'signed with the public key as a secret',
      () => {
        const input = `${encode({ alg: 'HS256', kid })}.${encode(claims())}`;
        const pem = createPublicKey({ key: jwk ?? {}, format: 'jwk' }).export({
          type: 'spki',
          format: 'pem',
        });
        return `${input}.${createHmac('sha256', pem).update(input).digest('base64url')}`;
      },
      'TOKEN_ALGORITHM',
    ],
    ['of another algorithm', () => signed({ alg: 'RS384', kid }), 'TOKEN_ALGORITHM'],
    [
      'signed by another key under a known id',
      () => signed({ alg: 'RS256', kid }),
      'TOKEN_SIGNATURE',
    ],
    [
      'of a key that it brings along',
      () => signed({ alg: 'RS256', kid, jwk: own.publicKey.export({ format: 'jwk' }) }),
      'TOKEN_SIGNATURE',
    ],
    [
      'of a key id that nobody has',
      () => signer.issue(claims(), { kid: 'mine' }),
      'TOKEN_KEY_UNKNOWN',
    ],
    [
      'that must be understood otherwise',
      () => signer.issue(claims(), { crit: ['b64'], b64: false }),
      'TOKEN_MALFORMED',
    ],
    [
      'with an extension nobody knows',
      () => signer.issue(claims(), { crit: ['x'], x: 1 }),
      'TOKEN_ALGORITHM',
    ],
    [
      'changed after it was signed',
      () => {
        const [header, , signature] = signer.issue(claims()).split('.');
        return `${header}.${encode(claims({ sub: 'me' }))}.${signature}`;
      },
      'TOKEN_SIGNATURE',
    ],
    ['of claims that are no object', () => signer.issue([1] as never), 'TOKEN_MALFORMED'],
    [
      'that is longer than any',
      () => signer.issue(claims({ padding: 'x'.repeat(9000) })),
      'TOKEN_MALFORMED',
    ],
  ])('%s is refused', async (_what, make, code) => {
    // The key id that nobody has makes the keys be read anew, which happens once in 30 s.
    stage.clock.advance(31_000);
    expect(await check(make())).toBe(code);
  });

  it.each<[string | undefined, string]>([
    [undefined, 'TOKEN_MISSING'],
    ['', 'TOKEN_MALFORMED'],
    ['Bearer', 'TOKEN_MALFORMED'],
    ['Bearer x', 'TOKEN_MALFORMED'],
    ['Bearer a.b.c', 'TOKEN_MALFORMED'],
    ['Bearer ..', 'TOKEN_MALFORMED'],
    ['Basic dXNlcjpwYXNz', 'TOKEN_MALFORMED'],
    [`Bearer ${signer.issue(claims())} x`, 'TOKEN_MALFORMED'],
    [`Bearer ${signer.issue(claims())}\n`, 'TOKEN_MALFORMED'],
  ])('is no token at all: %j', async (authorization, code) => {
    expect(await stage.verify(authorization)).toEqual({ ok: false, code });
  });

  it('names no place where its keys are read', async () => {
    const before = stage.fetches.length;
    const header = { jku: 'https://attacker.example/keys', x5u: 'https://attacker.example/x' };
    expect(await check(signer.issue(claims(), header))).toBe('ok');
    expect(stage.fetches).toHaveLength(before);
  });
});
