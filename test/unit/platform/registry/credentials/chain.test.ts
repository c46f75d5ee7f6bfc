import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { anonymousCredentials } from '../../../../../platform/registry/credentials/anonymous.ts';
import { chainCredentials } from '../../../../../platform/registry/credentials/chain.ts';
import {
  isSameCredential,
  type Credential,
  type RegistryCredentials,
} from '../../../../../platform/registry/credentials/credentials.ts';
import { basicCredential } from '../../../../../platform/registry/credentials/docker-config.ts';
import { SecretText } from '../../../../../platform/registry/credentials/secret-text.ts';
import { RegistryError } from '../../../../../platform/registry/registry-error.ts';

const signal = new AbortController().signal;

function sourceOf(scope: string, has: Readonly<Record<string, Credential | Error>>) {
  const asked: string[] = [];
  const forgotten: string[] = [];
  const source: RegistryCredentials = {
    scope,
    find: async (host) => {
      asked.push(host);
      const found = has[host];
      if (found instanceof Error) throw found;
      return found;
    },
    forget: (host) => {
      forgotten.push(host);
    },
  };
  return { source, asked, forgotten };
}

const MINE = basicCredential('me', 'pass');
const YOURS = basicCredential('you', 'pass');

describe('a chain of credentials', () => {
  it('gives the first that is there for a host', async () => {
    const first = sourceOf('first', { 'a.example': MINE });
    const second = sourceOf('second', { 'a.example': YOURS, 'b.example': YOURS });
    const chain = chainCredentials([first.source, second.source, anonymousCredentials]);
    expect(await chain.find('a.example', signal)).toBe(MINE);
    expect(await chain.find('b.example', signal)).toBe(YOURS);
    expect(second.asked).toEqual(['b.example']);
    expect(chain.scope).toBe('first+second+anonymous');
  });

  it('stops at one that fails: no other identity, and none, stands in its place', async () => {
    const fault = new RegistryError('REGISTRY_AUTH', 'the helper failed');
    const first = sourceOf('first', { 'a.example': fault });
    const second = sourceOf('second', { 'a.example': YOURS });
    const chain = chainCredentials([first.source, second.source, anonymousCredentials]);
    await expect(chain.find('a.example', signal)).rejects.toBe(fault);
    expect(second.asked).toEqual([]);
  });

  it('is anonymous for a host that nobody knows only where that is among its sources', async () => {
    const { source } = sourceOf('first', {});
    const open = chainCredentials([anonymousCredentials, source]);
    expect(await open.find('a.example', signal)).toBeUndefined();
    await expect(chainCredentials([source]).find('a.example', signal)).rejects.toMatchObject({
      code: 'REGISTRY_AUTH',
      message: 'no credentials are configured for a.example, and anonymous access is off',
    });
  });

  it('is asked of sources behind anonymous too: it is what is left, wherever it stands', async () => {
    const { source } = sourceOf('first', { 'a.example': MINE });
    expect(await chainCredentials([anonymousCredentials, source]).find('a.example', signal)).toBe(
      MINE,
    );
  });

  it('forgets in all of them', () => {
    const [first, second] = [sourceOf('first', {}), sourceOf('second', {})];
    chainCredentials([first.source, second.source, anonymousCredentials]).forget('a.example');
    expect([first.forgotten, second.forgotten]).toEqual([['a.example'], ['a.example']]);
  });
});

describe('two credentials', () => {
  const tokenOf = (kind: 'refresh-token' | 'registry-token', token: string): Credential => ({
    kind,
    token: new SecretText(token),
  });
  const entra: Credential = { kind: 'entra', token: async () => new SecretText('x') };

  it.each<[string, Credential, Credential, boolean]>([
    ['user and password', MINE, basicCredential('me', 'pass'), true],
    ['another user', MINE, YOURS, false],
    ['another password', MINE, basicCredential('me', 'other'), false],
    ['the token', tokenOf('refresh-token', 'a'), tokenOf('refresh-token', 'a'), true],
    ['another token', tokenOf('refresh-token', 'a'), tokenOf('refresh-token', 'b'), false],
    ['another kind', tokenOf('refresh-token', 'a'), tokenOf('registry-token', 'a'), false],
    ['a token and a password', tokenOf('refresh-token', 'pass'), MINE, false],
    ['one identity of Entra', entra, { ...entra }, true],
    ['Entra and a password', entra, MINE, false],
  ])('are the same question or not: %s', (_, left, right, isSame) => {
    expect(isSameCredential(left, right)).toBe(isSame);
    expect(isSameCredential(right, left)).toBe(isSame);
  });
});

describe('a secret', () => {
  it('shows itself nowhere but where it is asked to', () => {
    const secret = new SecretText('hunter2');
    const shown = [
      String(secret),
      secret.toString(),
      JSON.stringify({ secret }),
      inspect({ secret }, { showHidden: true, depth: 9 }),
      JSON.stringify(Object.entries(secret)),
      inspect(MINE, { showHidden: true, depth: 9 }),
    ].join('\n');
    expect(shown).not.toMatch(/hunter2|'pass'/u);
    expect(secret.reveal()).toBe('hunter2');
  });
});
