import { describe, expect, it } from '@jest/globals';
import { DENY_CODES, UNAVAILABLE_CODES } from '../../../../core/verdict/reasons.ts';
import { remedyFor, remedyForUnavailable } from '../../../../core/verdict/remedies.ts';

const names = { key: 'azurekms://v.example/k/1', keySet: 'keyward-system/prod' };

it('no code stands twice in the closed list', () => {
  const codes = [...DENY_CODES, ...UNAVAILABLE_CODES];
  expect(new Set(codes).size).toBe(codes.length);
});

describe('every refusal says in one line what to do', () => {
  it.each(DENY_CODES)('%s', (code) => {
    expect(remedyFor(code, names)).toMatch(/^\S[^\n]{10,}\S$/u);
    expect(remedyFor(code)).toMatch(/^\S[^\n]{10,}\S$/u);
  });

  it.each(UNAVAILABLE_CODES)('%s', (code) => {
    expect(remedyForUnavailable(code)).toMatch(/^\S[^\n]{10,}\S$/u);
  });
});

describe('a denial for the state of a key names', () => {
  it.each([
    ['KEY_REVOKED', 'kubectl get keyrevocations'],
    ['KEY_DISABLED', 'enable azurekms://v.example/k/1 in the vault'],
    ['KEY_NOT_YET_VALID', 'activation date of azurekms://v.example/k/1'],
    [
      'KEY_NOT_FOLLOWED',
      'include azurekms://v.example/k/1 in spec.versions of KeySet keyward-system/prod',
    ],
    ['KEY_HELD_OUT', 'put azurekms://v.example/k/1 back'],
    ['KEY_DELETED', 'recover azurekms://v.example/k/1'],
  ] as const)('the key version: %s', (code, words) => {
    expect(remedyFor(code, names)).toContain(words);
  });

  it.each([
    ['KEY_EXPIRED', 'spec.expiredKeys: Trust in KeySet keyward-system/prod'],
    ['KEY_SUPERSEDED', 'spec.versions.limit in KeySet keyward-system/prod'],
    ['KEY_UNKNOWN', 'KeySet keyward-system/prod'],
    ['TRUST_STALE', 'KeySet keyward-system/prod'],
  ] as const)('the key set: %s', (code, words) => {
    expect(remedyFor(code, names)).toContain(words);
  });
});

it.each([
  ['KEYLESS_UNSUPPORTED', 'give the trust policy keys instead of keyless'],
  ['TLOG_UNSUPPORTED', 'remove tLogVerify: true from the trust policy, or set it to false'],
  ['POLICY_UNSUPPORTED', 'keyward lint shows each problem'],
  ['NO_POLICY', 'add a KeySet with spec.images'],
] as const)('a denial for the policy says what to write: %s', (code, words) => {
  expect(remedyFor(code)).toContain(words);
});

it("no signature, or a bad one, is remedied by signing; the command names no key that is not the reader's", () => {
  for (const code of [
    'NO_SIGNATURE',
    'SIGNATURE_INVALID',
    'CLAIM_DIGEST_MISMATCH',
    'JSON_FIELD',
  ] as const) {
    expect(remedyFor(code, names)).toContain(
      'cosign sign --key azurekms://<vault host>/<key name>',
    );
  }
});
