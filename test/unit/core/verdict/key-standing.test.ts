import { describe, expect, it } from '@jest/globals';
import { buildTrustView } from '../../../../core/keys/build-trust-view.ts';
import type { KeySetSpec } from '../../../../core/keys/key-set.ts';
import { KEY_STATES, type KeyVersionStatus } from '../../../../core/keys/key-version.ts';
import { bundle, legacy, simpleSigning, DIGEST } from '../../../support/signatures.ts';
import { signerOf, type Signer } from '../../../support/signing.ts';
import {
  DAY,
  daysFromNow,
  decideOn,
  keySetOf,
  NOW,
  revocationOf,
  trustIn,
  versionOf,
} from '../../../support/trust.ts';

const MINUTE = 60_000;
const signer = signerOf();
const signed = [legacy()];

const decideWith = (
  version: Partial<KeyVersionStatus>,
  spec: Partial<KeySetSpec> = {},
  now = NOW,
) => decideOn(signed, { trust: trustIn([versionOf(signer, version)], { spec }), now });

describe('the state of the key that signed', () => {
  it.each([
    ['trusted', 'allow', undefined],
    ['disabled (A149)', 'deny', 'KEY_DISABLED'],
    ['expired (A148)', 'deny', 'KEY_EXPIRED'],
    ['notYetValid (A150)', 'deny', 'KEY_NOT_YET_VALID'],
    ['deleted', 'deny', 'KEY_DELETED'],
    ['revoked (A146)', 'deny', 'KEY_REVOKED'],
    ['superseded', 'deny', 'KEY_SUPERSEDED'],
    ['notFollowed', 'deny', 'KEY_NOT_FOLLOWED'],
    ['heldOut', 'deny', 'KEY_HELD_OUT'],
    ['unsupported', 'deny', 'KEY_UNSUPPORTED'],
    ['unknown', 'deny', 'KEY_UNKNOWN'],
    ['a state that this version does not know', 'deny', 'KEY_UNKNOWN'],
  ])('%s', (words, kind, code) => {
    const state = words.split(' ')[0] as (typeof KEY_STATES)[number];
    const verdict = decideWith({ state, reason: 'Because.' });
    expect(verdict.kind).toBe(kind);
    if (verdict.kind === 'deny') {
      expect(verdict).toMatchObject({
        code,
        restsOnKeyState: true,
        signedBy: { fingerprint: signer.fingerprint },
      });
    }
  });

  it('every state but one is untrusted (DESIGN decision 10)', () => {
    const allowed = KEY_STATES.filter((state) => decideWith({ state }).kind === 'allow');
    expect(allowed).toEqual(['trusted']);
  });

  it('a disabled version denies what it signed and nothing of the earlier one (A149)', () => {
    const earlier = signerOf('P-256', 'earlier');
    const trust = trustIn([versionOf(signer, { state: 'disabled' }), versionOf(earlier)]);
    expect(decideOn([legacy({ signer })], { trust })).toMatchObject({ code: 'KEY_DISABLED' });
    expect(decideOn([legacy({ signer: earlier })], { trust }).kind).toBe('allow');
  });

  it('a revoked key denies whatever time its signature claims (A146)', () => {
    const candidate = legacy({
      payload: simpleSigning(DIGEST, {}, { optional: { timestamp: 1_500_000_000 } }),
    });
    const revocation = revocationOf({ fingerprint: signer.fingerprint });
    const trust = trustIn([versionOf(signer, { createdOn: daysFromNow(-900) })], {}, [revocation]);
    expect(decideOn([candidate], { trust })).toMatchObject({ kind: 'deny', code: 'KEY_REVOKED' });
  });
});

describe('a key set without a trusted version (K-05)', () => {
  const [disabled, expired] = ['disabled', 'expired'].map((label) => signerOf('P-256', label)) as [
    Signer,
    Signer,
  ];
  const trust = trustIn([
    versionOf(disabled, { state: 'disabled' }),
    versionOf(expired, { state: 'expired' }),
  ]);

  it('denies by the state of the key that signed, and what a stranger signed as before', () => {
    const decideBy = (signer: Signer) =>
      decideOn([legacy({ signer }), bundle({ signer })], { trust });
    expect(decideBy(disabled)).toMatchObject({ kind: 'deny', code: 'KEY_DISABLED' });
    expect(decideBy(expired)).toMatchObject({ kind: 'deny', code: 'KEY_EXPIRED' });
    expect(decideBy(signer)).toMatchObject({
      kind: 'deny',
      code: 'SIGNATURE_INVALID',
      message: expect.stringContaining('none of its key versions is trusted now') as unknown,
    });
  });
});

describe('the dates of the key act without anybody writing a state', () => {
  const at = (offset: number) => new Date(NOW + offset).toISOString();

  it.each([
    [-10 * MINUTE, 'KEY_NOT_YET_VALID'],
    [-1, 'KEY_NOT_YET_VALID'],
    [0, undefined],
    [DAY - 1, undefined],
    [DAY, 'KEY_EXPIRED'],
    [DAY + 10 * MINUTE, 'KEY_EXPIRED'],
  ])(
    'to the moment, without a tolerance for clocks: %d ms after the first (K-17)',
    (after, code) => {
      const version = { notBefore: at(0), expiresOn: at(DAY) };
      const verdict = decideWith(
        version,
        { expiredKeys: 'Deny', onStale: 'KeepTrust' },
        NOW + after,
      );
      expect(verdict.kind === 'deny' ? verdict.code : undefined).toBe(code);
    },
  );

  it.each([
    ['before its first moment (A150)', { notBefore: at(1) }, 'KEY_NOT_YET_VALID'],
    ['at its first moment', { notBefore: at(0) }, undefined],
    ['a moment before its end', { expiresOn: at(1) }, undefined],
    ['at its end', { expiresOn: at(0) }, 'KEY_EXPIRED'],
    ['after its end (A148)', { expiresOn: at(-DAY) }, 'KEY_EXPIRED'],
    [
      'before its first moment and after its end',
      { notBefore: at(1), expiresOn: at(-1) },
      'KEY_NOT_YET_VALID',
    ],
  ])('%s', (_, dates, code) => {
    const verdict = decideWith(dates, { expiredKeys: 'Deny' });
    expect(verdict.kind === 'deny' ? verdict.code : undefined).toBe(code);
  });

  it.each([
    ['Trust', 'allow'],
    ['Deny', 'deny'],
    ['AllowTimestamped', 'deny'],
  ] as const)(
    'an expired key under expiredKeys: %s is %s, since no timestamp is verified',
    (expiredKeys, kind) => {
      expect(decideWith({ expiresOn: at(-1) }, { expiredKeys }).kind).toBe(kind);
    },
  );

  it('a signature cannot date itself back (A148)', () => {
    const claims = {
      timestamp: 1_500_000_000,
      'org.opencontainers.image.created': '2017-07-14T02:40:00Z',
    };
    const dated = legacy({
      payload: simpleSigning(DIGEST, {}, { optional: claims }),
      annotations: {
        'org.opencontainers.image.created': claims['org.opencontainers.image.created'],
      },
    });
    const trust = trustIn([versionOf(signer, { expiresOn: at(-1) })], {
      spec: { expiredKeys: 'Deny' },
    });
    expect(decideOn([dated, bundle()], { trust })).toMatchObject({
      kind: 'deny',
      code: 'KEY_EXPIRED',
    });
  });

  it('a time that is no number trusts nothing', () => {
    expect(decideWith({}, {}, Number.NaN).kind).toBe('deny');
  });
});

describe('trust that was not refreshed goes stale', () => {
  const reconciled = (offset: number) => ({
    lastReconciledTime: new Date(NOW + offset).toISOString(),
  });
  const decideAged = (offset: number, spec: Partial<KeySetSpec> = {}) =>
    decideOn(signed, { trust: trustIn([versionOf()], { spec, status: reconciled(offset) }) });

  it.each([
    ['a moment before staleAfter', -DAY + 1, 'allow'],
    ['at staleAfter', -DAY, 'deny'],
    ['long after', -30 * DAY, 'deny'],
  ])('%s', (_, offset, kind) => {
    expect(decideAged(offset).kind).toBe(kind);
  });

  it('and says since when', () => {
    expect(decideAged(-DAY)).toMatchObject({
      code: 'TRUST_STALE',
      restsOnKeyState: true,
      message: expect.stringContaining('went stale at 2026-11-02T12:00:00.000Z') as unknown,
    });
  });

  it('but not under onStale: KeepTrust', () => {
    expect(decideAged(-30 * DAY, { onStale: 'KeepTrust' }).kind).toBe('allow');
  });

  it('a key set that was never reconciled was stale for ever', () => {
    const { lastReconciledTime: _, ...status } = keySetOf([versionOf()]).status;
    const trust = buildTrustView([{ ...keySetOf([]), status }], []);
    expect(decideOn(signed, { trust })).toMatchObject({
      code: 'TRUST_STALE',
      message: expect.stringContaining('was never read from the vault') as unknown,
    });
  });
});
