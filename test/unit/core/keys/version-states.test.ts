import { describe, expect, it } from '@jest/globals';
import type { KeyRevocation, KeySetSpec } from '../../../../core/keys/key-set.ts';
import type { KeyState } from '../../../../core/keys/key-version.ts';
import type { VersionFacts } from '../../../../core/keys/version-facts.ts';
import {
  judgeVersions,
  KEY_CHANGED,
  type StatePolicy,
} from '../../../../core/keys/version-states.ts';
import { entry, HOUR, KEY, keyOf, NOW, v, VAULT, without } from '../../worker/fixtures.ts';

function facts(number: number, change: Partial<VersionFacts> = {}): VersionFacts {
  return {
    vaultUri: VAULT,
    name: KEY,
    version: v(number),
    presence: 'present',
    enabled: true,
    createdOn: NOW - (100 - number) * HOUR,
    key: { ok: true, key: keyOf(v(number)).loaded },
    ...change,
  };
}

function policy(
  versions: Partial<KeySetSpec['versions']> = {},
  change: Partial<StatePolicy> & { readonly expiredKeys?: KeySetSpec['expiredKeys'] } = {},
): StatePolicy {
  return {
    keySet: 'keyward-system/prod',
    spec: {
      versions: { follow: true, exclude: [], limit: 20, ...versions },
      expiredKeys: change.expiredKeys ?? 'Trust',
    },
    findRevocation: () => undefined,
    heldOut: new Set(),
    now: NOW,
    ...change,
  };
}

function judge(all: readonly VersionFacts[], by: StatePolicy) {
  return Object.fromEntries(
    [...judgeVersions(all, by)].map(([{ version }, judgement]) => [version, judgement]),
  );
}

function states(all: readonly VersionFacts[], by: StatePolicy): Record<string, KeyState> {
  return Object.fromEntries(
    Object.entries(judge(all, by)).map(([version, { state }]) => [version, state]),
  );
}

const revokes =
  (...fingerprints: readonly (string | undefined)[]) =>
  ({ fingerprint }: { fingerprint?: string | undefined }): KeyRevocation | undefined =>
    fingerprint !== undefined && fingerprints.includes(fingerprint)
      ? { name: 'leak-1', resourceVersion: '1', reason: 'leaked' }
      : undefined;

describe('what the vault says of a version', () => {
  const unsupported = { ok: false, code: 'KEY_UNSUPPORTED', detail: 'only RSA and EC' } as const;
  it.each<[string, Partial<VersionFacts>, KeyState]>([
    ['enabled', {}, 'trusted'],
    ['disabled', { enabled: false }, 'disabled'],
    ['deleted', { presence: 'deleted' }, 'deleted'],
    ['deleted and disabled', { presence: 'deleted', enabled: false }, 'deleted'],
    ['not readable', { presence: 'unknown' }, 'unknown'],
    ['of a kind that keyward cannot verify', { key: unsupported }, 'unsupported'],
    ['not valid yet', { notBefore: NOW + 1 }, 'notYetValid'],
    ['valid from this moment on', { notBefore: NOW }, 'trusted'],
    ['expired, with Trust', { expiresOn: NOW }, 'trusted'],
  ])('%s', (_what, change, state) => {
    expect(states([facts(1, change)], policy())[v(1)]).toBe(state);
  });

  it('does not trust a version whose public key is not known', () => {
    expect(states([without(facts(1), 'key')], policy())[v(1)]).toBe('unknown');
  });

  it.each<[KeySetSpec['expiredKeys'], KeyState]>([
    ['Trust', 'trusted'],
    ['Deny', 'expired'],
    ['AllowTimestamped', 'expired'],
  ])('treats an expired version by spec.expiredKeys: %s', (expiredKeys, state) => {
    const by = policy({}, { expiredKeys });
    expect(states([facts(1, { expiresOn: NOW })], by)[v(1)]).toBe(state);
    expect(states([facts(1, { expiresOn: NOW + 1 })], by)[v(1)]).toBe('trusted');
  });
});

describe('what is followed', () => {
  it('is every version without a baseline, never the latest alone (K-14)', () => {
    expect(states([facts(1), facts(2), facts(3)], policy())).toEqual({
      [v(1)]: 'trusted',
      [v(2)]: 'trusted',
      [v(3)]: 'trusted',
    });
  });

  it('is the baseline and what was created after the newest of it', () => {
    const by = policy({ baseline: [v(1), v(3)] });
    expect(
      states(
        [1, 2, 3, 4].map((number) => facts(number)),
        by,
      ),
    ).toEqual({
      [v(1)]: 'trusted',
      [v(2)]: 'notFollowed',
      [v(3)]: 'trusted',
      [v(4)]: 'trusted',
    });
  });

  it('is not what was created at the same moment as the newest of the baseline', () => {
    const twin = facts(2, { createdOn: facts(1).createdOn as number });
    expect(states([facts(1), twin], policy({ baseline: [v(1)] }))[v(2)]).toBe('notFollowed');
  });

  it('is not a version whose creation is not known', () => {
    const undated = without(facts(2), 'createdOn');
    expect(states([facts(1), undated], policy({ baseline: [v(1)] }))[v(2)]).toBe('notFollowed');
  });

  it('is nothing but the baseline when it cannot be told what is newer than it', () => {
    const undated = without(facts(1), 'createdOn');
    const by = policy({ baseline: [v(1), v(9)] });
    expect(states([undated, facts(9), facts(10)], by)).toMatchObject({ [v(10)]: 'notFollowed' });
    expect(states([facts(2)], policy({ baseline: [v(1)] }))[v(2)]).toBe('notFollowed');
  });

  it('does not widen when a baseline version is deleted: it still anchors what is newer', () => {
    const by = policy({ baseline: [v(1), v(3)] });
    const all = [facts(1), facts(2), facts(3, { presence: 'deleted' }), facts(4)];
    expect(states(all, by)).toEqual({
      [v(1)]: 'trusted',
      [v(2)]: 'notFollowed',
      [v(3)]: 'deleted',
      [v(4)]: 'trusted',
    });
  });

  it('is the baseline only with follow: false', () => {
    const by = policy({ baseline: [v(1)], follow: false });
    expect(states([facts(1), facts(2)], by)).toEqual({
      [v(1)]: 'trusted',
      [v(2)]: 'notFollowed',
    });
  });

  it('is never what is excluded, even where the baseline lists it', () => {
    const by = policy({ baseline: [v(1)], exclude: [v(1), v(2)] });
    expect(states([facts(1), facts(2), facts(3)], by)).toEqual({
      [v(1)]: 'notFollowed',
      [v(2)]: 'notFollowed',
      [v(3)]: 'trusted',
    });
  });

  it('is the newest within the limit', () => {
    expect(states([facts(1), facts(2), facts(3)], policy({ limit: 2 }))).toEqual({
      [v(1)]: 'superseded',
      [v(2)]: 'trusted',
      [v(3)]: 'trusted',
    });
  });

  it('does not let an older version back in when a newer one is disabled', () => {
    const all = [facts(1), facts(2), facts(3, { enabled: false })];
    expect(states(all, policy({ limit: 2 }))).toEqual({
      [v(1)]: 'superseded',
      [v(2)]: 'trusted',
      [v(3)]: 'disabled',
    });
  });

  it('does not depend on the order of the list', () => {
    const all = [1, 2, 3, 4].map((number) => facts(number));
    const by = policy({ baseline: [v(2)], limit: 2 });
    expect(states(all.toReversed(), by)).toEqual(states(all, by));
  });
});

describe('revocations', () => {
  const { fingerprint } = keyOf(v(1)).loaded;

  it('beat the spec and are named', () => {
    const by = policy({ baseline: [v(1)] }, { findRevocation: revokes(fingerprint) });
    const { state, reason } = judge([facts(1)], by)[v(1)] ?? {};
    expect(state).toBe('revoked');
    expect(reason).toContain('kubectl delete keyrevocation leak-1');
  });

  it('hide neither that a version is disabled nor that it is deleted', () => {
    const by = policy({}, { findRevocation: revokes(fingerprint) });
    expect(states([facts(1, { enabled: false })], by)[v(1)]).toBe('disabled');
    expect(states([facts(1, { presence: 'deleted' })], by)[v(1)]).toBe('deleted');
  });

  it('cover a version whose state cannot be read', () => {
    const by = policy({}, { findRevocation: revokes(fingerprint) });
    expect(states([facts(1, { presence: 'unknown' })], by)[v(1)]).toBe('revoked');
  });
});

describe('a public key that is not the one known for its version', () => {
  const changed = facts(1, {
    key: { ok: true, key: keyOf('the attacker’s').loaded },
    previous: entry(1),
  });

  it('is not trusted, and neither is the old one, loudly', () => {
    expect(judge([changed], policy({ baseline: [v(1)] }))[v(1)]).toEqual({
      state: 'unknown',
      reason: KEY_CHANGED,
    });
    expect(KEY_CHANGED).toMatch(/^TAMPERING/u);
  });

  it('does not escape a revocation of either key', () => {
    for (const key of ['the attacker’s', v(1)]) {
      const findRevocation = revokes(keyOf(key).loaded.fingerprint);
      expect(states([changed], policy({}, { findRevocation }))[v(1)]).toBe('revoked');
    }
  });

  it('keeps its alarm while the vault cannot be read', () => {
    const before = entry(1, { state: 'unknown', reason: KEY_CHANGED });
    const away = without(facts(1, { presence: 'unknown', previous: before }), 'key');
    expect(judge([away], policy())[v(1)]?.reason).toBe(KEY_CHANGED);
  });

  it('is not suspected where the key is the same', () => {
    expect(states([facts(1, { previous: entry(1) })], policy())[v(1)]).toBe('trusted');
  });
});

describe('reasons', () => {
  const heldOut = new Set([`${KEY}/${v(1)}`]);
  it.each<[string, readonly VersionFacts[], StatePolicy, string]>([
    ['disabled', [facts(1, { enabled: false })], policy(), 'enable it there'],
    [
      'unlisted',
      [facts(1), facts(2)],
      policy({ baseline: [v(2)] }),
      `kubectl patch keyset prod -n keyward-system --type=json -p '[{"op":"add","path":"/spec/versions/baseline/-","value":"${v(1)}"}]'`,
    ],
    ['excluded', [facts(1)], policy({ exclude: [v(1)] }), 'kubectl edit keyset prod'],
    ['superseded', [facts(1), facts(2)], policy({ limit: 1 }), 'raise spec.versions.limit'],
    ['held out', [facts(1)], policy({}, { heldOut }), 'annotation keyward.dev/held-out'],
    [
      'expired',
      [facts(1, { expiresOn: NOW })],
      policy({}, { expiredKeys: 'Deny' }),
      'and set Trust',
    ],
  ])('of one that is %s hold the way to include it', (_what, all, by, text) => {
    const judgement = judge(all, by)[v(1)];
    expect(judgement?.state).not.toBe('trusted');
    expect(judgement?.reason).toContain(text);
  });

  it('say of an expired version that it is trusted all the same', () => {
    const reason = judge([facts(1, { expiresOn: NOW })], policy())[v(1)]?.reason;
    expect(reason).toContain('expired');
  });
});
