import { describe, expect, it } from '@jest/globals';
import { buildTrustView } from '../../../../core/keys/build-trust-view.ts';
import type { Policy } from '../../../../core/policy/policy.ts';
import type { Candidate } from '../../../../core/verdict/evidence.ts';
import { DIGEST, legacy } from '../../../support/signatures.ts';
import { signerOf } from '../../../support/signing.ts';
import { decideOn, keySetOf, policyOf, unread, versionOf } from '../../../support/trust.ts';

const alice = signerOf('P-256', 'alice');
const bob = signerOf('P-256', 'bob');
const byAlice = legacy({ signer: alice });
const byBob = legacy({ signer: bob });

/** Alice's key in one set, Bob's in another. */
const trust = buildTrustView(
  [keySetOf([versionOf(alice)], { name: 'alice' }), keySetOf([versionOf(bob)], { name: 'bob' })],
  [],
);
const aliceMust = policyOf({ id: 'Verifier/a', keySets: [{ keySet: 'keyward-system/alice' }] });
const bobMust = policyOf({ id: 'Verifier/b', keySets: [{ keySet: 'keyward-system/bob' }] });
const eitherMust = policyOf({
  id: 'Verifier/c',
  keySets: [{ keySet: 'keyward-system/alice' }, { keySet: 'keyward-system/bob' }],
});
const decideUnder = (policies: readonly Policy[], candidates: readonly Candidate[] = [byAlice]) =>
  decideOn(candidates, { policies, trust });

describe('every policy that matches must be satisfied', () => {
  it('no policy denies (B-66)', () => {
    expect(decideUnder([])).toMatchObject({
      kind: 'deny',
      code: 'NO_POLICY',
      restsOnKeyState: false,
    });
  });

  it('no policy denies even where nothing could be read', () => {
    expect(decideOn([unread()], { policies: [] })).toMatchObject({
      kind: 'deny',
      code: 'NO_POLICY',
    });
  });

  it.each([
    ['one that is satisfied', [aliceMust], 'allow'],
    ['one that is not', [bobMust], 'deny'],
    ['one of two that is not, first', [bobMust, aliceMust], 'deny'],
    ['one of two that is not, last', [aliceMust, bobMust], 'deny'],
    ['one that any of two key sets satisfies', [eitherMust], 'allow'],
    ['one that is satisfied twice over', [aliceMust, eitherMust], 'allow'],
  ])('%s', (_, policies, kind) => {
    expect(decideUnder(policies).kind).toBe(kind);
  });

  it('two policies by two signatures, each vouched for by its own key', () => {
    for (const candidates of [
      [byAlice, byBob],
      [byBob, byAlice],
    ]) {
      const verdict = decideUnder([bobMust, aliceMust], candidates);
      expect(verdict).toMatchObject({
        kind: 'allow',
        vouchedBy: [
          { fingerprint: alice.fingerprint, keySet: 'keyward-system/alice' },
          { fingerprint: bob.fingerprint, keySet: 'keyward-system/bob' },
        ],
      });
    }
  });

  it('two policies of one name as well', () => {
    const twin = { ...bobMust, id: aliceMust.id };
    for (const policies of [
      [aliceMust, twin],
      [twin, aliceMust],
    ]) {
      expect(decideUnder(policies)).toMatchObject({ kind: 'deny', code: 'SIGNATURE_INVALID' });
      expect(decideUnder(policies, [byAlice, byBob]).kind).toBe('allow');
    }
  });

  it('a key that vouches for two policies is named once', () => {
    expect(decideUnder([aliceMust, eitherMust])).toMatchObject({
      kind: 'allow',
      vouchedBy: [{ fingerprint: alice.fingerprint }],
    });
  });

  it('a key that vouches from two key sets is named for both', () => {
    const both = buildTrustView(
      [
        keySetOf([versionOf(alice)], { name: 'alice' }),
        keySetOf([versionOf(alice)], { name: 'bob' }),
      ],
      [],
    );
    expect(decideOn([byAlice], { policies: [aliceMust, bobMust], trust: both })).toMatchObject({
      vouchedBy: [{ keySet: 'keyward-system/alice' }, { keySet: 'keyward-system/bob' }],
    });
  });
});

describe('a policy that cannot be satisfied denies', () => {
  const unsupported = policyOf({
    id: 'Verifier/z',
    unsupported: { code: 'TLOG_UNSUPPORTED', detail: 'it has tLogVerify: true' },
    keySets: [{ keySet: 'keyward-system/alice' }],
  });
  const empty = policyOf({ id: 'Verifier/y', keySets: [] });

  it.each([
    ['one that asks for what keyward does not do', unsupported, 'TLOG_UNSUPPORTED'],
    ['one without key sets, which is not "no constraint" (B-48)', empty, 'KEY_UNKNOWN'],
  ])('%s, also beside one that is satisfied', (_, policy, code) => {
    for (const policies of [[policy], [aliceMust, policy], [policy, aliceMust]]) {
      expect(decideUnder(policies)).toMatchObject({ kind: 'deny', code, restsOnKeyState: false });
    }
  });

  it('also where nothing could be read: no evidence would help', () => {
    expect(decideOn([unread()], { policies: [unsupported] })).toMatchObject({
      kind: 'deny',
      code: 'TLOG_UNSUPPORTED',
    });
  });

  it('the first by name speaks for all, whatever their order', () => {
    for (const policies of [
      [unsupported, empty],
      [empty, unsupported],
    ]) {
      expect(decideUnder(policies)).toMatchObject({ code: 'KEY_UNKNOWN' });
    }
  });

  it('one whose key set does not exist denies for want of a key', () => {
    const policies = [policyOf({ keySets: [{ keySet: 'keyward-system/gone' }] })];
    expect(decideUnder(policies)).toMatchObject({ kind: 'deny', code: 'SIGNATURE_INVALID' });
    expect(decideUnder(policies, [])).toMatchObject({ kind: 'deny', code: 'NO_SIGNATURE' });
  });
});

describe('what could not be found out is not denied', () => {
  it('a store that could not be read makes the verdict unavailable for every policy that failed', () => {
    expect(decideUnder([aliceMust, bobMust], [byAlice, unread()])).toMatchObject({
      kind: 'unavailable',
      code: 'REGISTRY_TIMEOUT',
    });
    expect(decideUnder([aliceMust], [byAlice, unread()]).kind).toBe('allow');
  });

  it('a key that could not be tried makes the verdict unavailable', () => {
    expect(
      decideOn([byAlice], { policies: [aliceMust], trust, verifies: () => 'unknown' }),
    ).toMatchObject({
      kind: 'unavailable',
      code: 'LIMIT_CPU',
    });
  });

  it('a key that could not be tried does not matter where another proves the image', () => {
    const verdict = decideOn([byBob, byAlice], {
      policies: [eitherMust],
      trust,
      verifies: (candidate, key) =>
        candidate === byAlice ? key.fingerprint === alice.fingerprint : 'unknown',
    });
    expect(verdict.kind).toBe('allow');
  });

  it('a key that could not be tried for one policy does not excuse the other', () => {
    const verdict = decideOn([byAlice], {
      policies: [aliceMust, bobMust],
      trust,
      verifies: (_, key) => (key.fingerprint === alice.fingerprint ? true : 'unknown'),
    });
    expect(verdict).toMatchObject({ kind: 'unavailable', code: 'LIMIT_CPU' });
  });

  it('one key that could not be tried is enough, whatever is known for the other policies', () => {
    for (const policies of [
      [aliceMust, bobMust],
      [bobMust, aliceMust],
    ]) {
      const verdict = decideOn([byAlice], {
        policies,
        trust,
        verifies: (_, key) => (key.fingerprint === alice.fingerprint ? 'unknown' : false),
      });
      expect(verdict).toMatchObject({ kind: 'unavailable', code: 'LIMIT_CPU' });
    }
  });

  it('a fault while verifying goes on to the caller and is never an allow (A154)', () => {
    const fault = new Error('a fault');
    const decideWithFault = () =>
      decideOn([byAlice], {
        verifies: () => {
          throw fault;
        },
      });
    expect(decideWithFault).toThrow(fault);
  });
});

it('names the image and its digest in every refusal', () => {
  for (const verdict of [decideUnder([]), decideUnder([bobMust]), decideOn([unread()])]) {
    expect(verdict).toMatchObject({
      message: expect.stringContaining(`contoso.azurecr.io/team/app:v1@${DIGEST}`) as unknown,
    });
  }
});
