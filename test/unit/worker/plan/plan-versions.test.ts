import { describe, expect, it } from '@jest/globals';
import type { KeyVersionStatus } from '../../../../core/keys/key-version.ts';
import { KEY_CHANGED } from '../../../../core/keys/version-states.ts';
import type { Observation } from '../../../../worker/plan/observation.ts';
import { planVersions } from '../../../../worker/plan/plan-versions.ts';
import {
  entry,
  failedReading,
  HOUR,
  KEY,
  keyOf,
  keySet,
  NOW,
  observation,
  reading,
  seen,
  v,
  without,
} from '../fixtures.ts';

const plan = (change: Partial<Observation>, heldOut: readonly string[] = []) =>
  planVersions(observation(change), new Set(heldOut));
const statesOf = (versions: readonly KeyVersionStatus[]) =>
  Object.fromEntries(versions.map(({ version, state }) => [version, state]));
const knowing = (...versions: readonly KeyVersionStatus[]) => keySet({ status: { versions } });

describe('a read of the vault', () => {
  it('gives entries with everything that admission needs, newest first', () => {
    const [second, first, ...none] = plan({
      readings: [reading([seen(1), seen(2, { notBefore: NOW - HOUR, expiresOn: NOW + HOUR })])],
    });
    expect(none).toEqual([]);
    expect(first?.version).toBe(v(1));
    expect(second).toEqual({
      ...entry(2),
      since: '2026-11-01T12:00:00Z',
      notBefore: '2026-11-01T11:00:00Z',
      expiresOn: '2026-11-01T13:00:00Z',
    });
  });

  it('keeps since while the state stays, and moves it when the state changes', () => {
    const versions = plan({
      keySet: knowing(entry(1), entry(2)),
      readings: [reading([seen(1), seen(2, { enabled: false })])],
    });
    expect(versions.map(({ since }) => since)).toEqual([
      '2026-11-01T12:00:00Z',
      '2026-10-01T00:00:00Z',
    ]);
  });

  it('takes the public key from the status where the vault was not asked for it again', () => {
    const [version] = plan({
      keySet: knowing(entry(1)),
      readings: [reading([without(seen(1), 'key')])],
    });
    expect(version).toMatchObject({
      state: 'trusted',
      fingerprint: keyOf(v(1)).loaded.fingerprint,
    });
  });

  it('does not believe a status whose PEM and fingerprint do not belong together', () => {
    const forged = entry(1, { publicKeyPem: keyOf('forged').loaded.pem });
    const [version] = plan({
      keySet: knowing(forged),
      readings: [reading([without(seen(1), 'key')])],
    });
    expect(version?.state).toBe('unknown');
  });

  it('never mixes up two keys of a set', () => {
    const other = { vaultUri: entry(1).vaultUri, name: 'other' };
    const versions = plan({
      keySet: keySet({
        spec: { versions: { follow: true, exclude: [], limit: 1 } },
        status: { versions: [entry(1)] },
      }),
      readings: [reading([seen(1)]), reading([seen(2)], { source: other })],
    });
    expect(versions.map(({ name, state }) => [name, state])).toEqual([
      ['other', 'trusted'],
      [KEY, 'trusted'],
    ]);
  });
});

describe('absent is not deleted', () => {
  it('keeps a version that is missing from the list and not confirmed as gone', () => {
    const versions = plan({ keySet: knowing(entry(1), entry(2)), readings: [reading([seen(2)])] });
    expect(statesOf(versions)).toEqual({ [v(1)]: 'trusted', [v(2)]: 'trusted' });
  });

  it('drops one that is confirmed as gone, and keeps its key in view', () => {
    const [, gone] = plan({
      keySet: knowing(entry(1), entry(2)),
      readings: [reading([seen(2)], { deleted: new Set([v(1)]) })],
    });
    expect(gone).toMatchObject({ state: 'deleted', publicKeyPem: keyOf(v(1)).loaded.pem });
  });

  it('takes one up again that was deleted and is back', () => {
    const versions = plan({
      keySet: knowing(entry(1, { state: 'deleted' })),
      readings: [reading([seen(1)])],
    });
    expect(statesOf(versions)).toEqual({ [v(1)]: 'trusted' });
  });
});

describe('while the vault cannot be read', () => {
  const away = [failedReading()];

  it('what was known stays, dates and times included', () => {
    const known = entry(1, {
      notBefore: '2026-01-01T00:00:00Z',
      expiresOn: '2027-01-01T00:00:00Z',
    });
    expect(plan({ keySet: knowing(known), readings: away })).toEqual([known]);
  });

  it.each(['disabled', 'deleted', 'unsupported', 'unknown'] as const)(
    'a version that was %s does not come back',
    (state) => {
      const known = without(entry(1, { state, reason: 'as before' }), 'publicKeyPem');
      const [version] = plan({ keySet: knowing(known), readings: away });
      expect(version?.state).toBe(state);
    },
  );

  it('a revocation still acts, and a lifted one is over', () => {
    const { fingerprint } = keyOf(v(1)).loaded;
    const revocation = { name: 'leak', resourceVersion: '1', reason: 'leaked' };
    const findRevocation = (each: { fingerprint?: string | undefined }) =>
      each.fingerprint === fingerprint ? revocation : undefined;
    const revoked = plan({ keySet: knowing(entry(1)), readings: away, findRevocation });
    expect(statesOf(revoked)).toEqual({ [v(1)]: 'revoked' });
    expect(statesOf(plan({ keySet: knowing(...revoked), readings: away }))).toEqual({
      [v(1)]: 'trusted',
    });
  });

  it('a date still acts', () => {
    const known = [
      entry(1, { state: 'notYetValid', notBefore: '2026-11-01T12:00:00Z' }),
      entry(2, { expiresOn: '2026-11-01T12:00:00Z' }),
    ];
    const set = keySet({ spec: { expiredKeys: 'Deny' }, status: { versions: known } });
    expect(statesOf(plan({ keySet: set, readings: away }))).toEqual({
      [v(1)]: 'trusted',
      [v(2)]: 'expired',
    });
  });

  it('an exclusion still acts', () => {
    const set = keySet({
      spec: { versions: { follow: true, exclude: [v(1)], limit: 20 } },
      status: { versions: [entry(1)] },
    });
    expect(statesOf(plan({ keySet: set, readings: away }))).toEqual({ [v(1)]: 'notFollowed' });
  });
});

describe('a public key that changed under its version', () => {
  const other = { key: { ok: true, key: keyOf('another').loaded } as const };

  it('is not trusted, and the status keeps the key that was known', () => {
    const [version] = plan({
      keySet: knowing(entry(1)),
      readings: [reading([seen(1, other)])],
    });
    expect(version).toEqual({
      ...entry(1),
      state: 'unknown',
      reason: KEY_CHANGED,
      since: '2026-11-01T12:00:00Z',
    });
  });

  it('stays untrusted when it is seen again, and while the vault is away', () => {
    const first = plan({ keySet: knowing(entry(1)), readings: [reading([seen(1, other)])] });
    const again = plan({ keySet: knowing(...first), readings: [reading([seen(1, other)])] });
    const away = plan({ keySet: knowing(...again), readings: [failedReading()] });
    for (const [version] of [again, away])
      expect(version).toMatchObject({ state: 'unknown', reason: KEY_CHANGED });
  });

  it('is trusted again when the vault shows the known key again', () => {
    const changed = plan({ keySet: knowing(entry(1)), readings: [reading([seen(1, other)])] });
    const back = plan({ keySet: knowing(...changed), readings: [reading([seen(1)])] });
    expect(statesOf(back)).toEqual({ [v(1)]: 'trusted' });
  });
});

describe('a provider', () => {
  it('that cannot be used takes all trust away, and forgets neither keys nor what was disabled', () => {
    const versions = plan({
      keySet: knowing(entry(1), entry(2, { state: 'disabled' })),
      provider: { kind: 'unusable', reason: 'ProviderInvalid', problems: ['spec.type is missing'] },
    });
    expect(statesOf(versions)).toEqual({ [v(1)]: 'unknown', [v(2)]: 'disabled' });
    expect(versions[0]).toMatchObject({
      reason: 'the provider cannot be used: spec.type is missing',
      publicKeyPem: keyOf(v(1)).loaded.pem,
    });
  });

  it('that was away for a moment takes no trust with it for as long as the vault cannot be read', () => {
    const known = [
      entry(1),
      entry(2, { state: 'disabled' }),
      entry(3, { state: 'unknown', reason: KEY_CHANGED }),
    ];
    const gone = { kind: 'unusable', reason: 'ProviderMissing', problems: ['gone'] } as const;
    const withdrawn = plan({ keySet: knowing(...known), provider: gone });
    expect(withdrawn.some(({ state }) => state === 'trusted')).toBe(false);
    const again = plan({ keySet: knowing(...withdrawn), provider: gone });
    expect(again).toEqual(withdrawn);
    const back = plan({ keySet: knowing(...again), readings: [failedReading()] });
    expect(back.map(({ version, state, reason }) => [version, state, reason])).toEqual([
      [v(3), 'unknown', KEY_CHANGED],
      [v(2), 'disabled', expect.anything()],
      [v(1), 'trusted', expect.anything()],
    ]);
  });

  it('with an inline key is one entry, by fingerprint, and can be revoked', () => {
    const { pem, fingerprint } = keyOf('inline').loaded;
    const provider = { kind: 'inline', pem } as const;
    const [version] = plan({ provider });
    expect(version).toMatchObject({ vaultUri: '', version: '', state: 'trusted', fingerprint });
    const revocation = { name: 'leak', resourceVersion: '1', reason: 'leaked' };
    const [revoked] = plan({ provider, findRevocation: () => revocation });
    expect(revoked?.state).toBe('revoked');
  });

  it('with an inline text that is no public key trusts nothing', () => {
    const [version] = plan({ provider: { kind: 'inline', pem: 'rubbish' } });
    expect(version?.state).toBe('unsupported');
  });

  it('holds out what a person took out of it', () => {
    const versions = plan({ readings: [reading([seen(1), seen(2)])] }, [`${KEY}/${v(1)}`]);
    expect(statesOf(versions)).toEqual({ [v(1)]: 'heldOut', [v(2)]: 'trusted' });
  });
});

describe('more versions than a status takes', () => {
  it('lose the oldest that neither are trusted nor anchor what is newer', () => {
    const many = Array.from({ length: 210 }, (_, index) => seen(index, { version: wide(index) }));
    const set = keySet({
      spec: { versions: { baseline: [wide(0)], follow: true, exclude: [wide(205)], limit: 5 } },
    });
    const versions = plan({ keySet: set, readings: [reading(many)] });
    expect(versions.length).toBe(200);
    expect(versions.some(({ version }) => version === wide(0))).toBe(true);
    expect(
      versions.filter(({ state }) => state === 'trusted').map(({ version }) => version),
    ).toEqual([209, 208, 207, 206, 204].map(wide));
    expect(versions.some(({ version }) => version === wide(1))).toBe(false);
  });

  const wide = (index: number) => index.toString(16).padStart(32, '0');
});
