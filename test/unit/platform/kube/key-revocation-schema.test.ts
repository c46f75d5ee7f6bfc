import { describe, expect, it } from '@jest/globals';
import { parseKeyRevocation } from '../../../../platform/kube/schemas.ts';

const metadata = { name: 'leak-1', resourceVersion: '9' };
const KEY = 'azurekms://contoso.vault.azure.net/cosign-key/ab12';
const FINGERPRINT = `sha256:${'0f'.repeat(32)}`;
const parse = (spec: unknown) => parseKeyRevocation({ metadata, spec });

describe('a key revocation', () => {
  it('of a version names vault, key and version in lower case', () => {
    const key = 'azurekms://Contoso.Vault.Azure.Net/Cosign-Key/AB12';
    expect(parse({ key, reason: 'leaked', note: 'see incident 7' })).toEqual({
      ok: true,
      value: {
        ...metadata,
        key: { vaultUri: 'https://contoso.vault.azure.net', name: 'cosign-key', version: 'ab12' },
        reason: 'leaked',
      },
    });
  });

  it('of a fingerprint names it in lower case', () => {
    expect(parse({ fingerprint: FINGERPRINT.toUpperCase() })).toEqual({
      ok: true,
      value: { ...metadata, fingerprint: FINGERPRINT, reason: '' },
    });
  });

  it.each([null, 5, {}, undefined])('revokes although its reason is %j', (reason) => {
    expect(parse({ key: KEY, reason })).toMatchObject({ ok: true, value: { reason: '' } });
  });

  it.each<[string, unknown, string]>([
    ['neither', {}, 'spec: exactly one of key and fingerprint'],
    ['both', { key: KEY, fingerprint: FINGERPRINT }, 'spec: exactly one of key and fingerprint'],
    ['a key without a version', { key: KEY.replace('/ab12', '') }, 'spec.key: must name a version'],
    [
      'a key with an empty version',
      { key: KEY.replace('ab12', '') },
      'spec.key: must name a version',
    ],
    [
      'an address in place of a reference',
      { key: 'https://contoso/keys/k/1' },
      'is not of the form',
    ],
    ['a port', { key: KEY.replace('.net/', '.net:443/') }, 'does not name a vault host'],
    ['a short fingerprint', { fingerprint: 'sha256:ab' }, 'spec.fingerprint: must be sha256:'],
    ['another hash', { fingerprint: FINGERPRINT.replace('256', '512') }, 'spec.fingerprint'],
    ['a number', { key: 5 }, 'spec.key'],
    ['no spec', undefined, 'spec'],
  ])('is refused, and says why, with %s', (_what, spec, problem) => {
    const parsed = parse(spec);
    expect(parsed.ok ? [] : parsed.problems).toEqual([expect.stringContaining(problem)]);
  });
});
