/** Where several keys could be named, which one is: the same one in whatever order objects and candidates come. */
import { describe, expect, it } from '@jest/globals';
import { buildTrustView } from '../../../../core/keys/build-trust-view.ts';
import type { KeyVersionStatus } from '../../../../core/keys/key-version.ts';
import { findMissingAnnotation } from '../../../../core/verdict/annotations.ts';
import { keysOf, orderKeys } from '../../../../core/verdict/key-standing.ts';
import { tryPolicy } from '../../../../core/verdict/try-policy.ts';
import type { Candidate, SoundCandidate } from '../../../../core/verdict/evidence.ts';
import { bundle, hintOf, legacy } from '../../../support/signatures.ts';
import { signerOf, type Signer } from '../../../support/signing.ts';
import {
  daysFromNow,
  decideOn,
  evidenceOf,
  keySetOf,
  NOW,
  policyOf,
  trustIn,
  verifies,
  versionOf,
} from '../../../support/trust.ts';

const one = signerOf('P-256', 'one');
const two = signerOf('P-256', 'two');
const sound = (candidate: Candidate): SoundCandidate => {
  if (candidate.kind !== 'sound') throw new Error('not sound');
  return candidate;
};
/** By name in the order given: `a` before `b`. */
const named = (signer: Signer, name: string, rest: Partial<KeyVersionStatus> = {}) =>
  versionOf(signer, { name, ...rest });

describe('of two expired keys that are trusted all the same', () => {
  const both = [legacy({ signer: one }), legacy({ signer: two })];
  const vouched = (expiresOfA: number, expiresOfB: number, candidates: readonly Candidate[]) => {
    const trust = trustIn([
      named(one, 'a', { expiresOn: daysFromNow(expiresOfA) }),
      named(two, 'b', { expiresOn: daysFromNow(expiresOfB) }),
    ]);
    const verdict = decideOn(candidates, { trust });
    return verdict.kind === 'allow' ? verdict.vouchedBy.map(({ name }) => name) : verdict;
  };

  it.each([
    ['the one that was valid longer, if it is the second', -2, -1, 'b'],
    ['the one that was valid longer, if it is the first', -1, -2, 'a'],
    ['the first by name, where both ended at once', -1, -1, 'a'],
  ])('%s is named', (_, expiresOfA, expiresOfB, expected) => {
    expect(vouched(expiresOfA, expiresOfB, both)).toEqual([expected]);
    expect(vouched(expiresOfA, expiresOfB, both.toReversed())).toEqual([expected]);
  });
});

it('a key that has not expired is named before one that has, however long ago that was made', () => {
  const trust = trustIn([named(one, 'a', { expiresOn: daysFromNow(-1) }), named(two, 'b')]);
  const verdict = decideOn([legacy({ signer: one }), legacy({ signer: two })], { trust });
  expect(verdict).toMatchObject({ kind: 'allow', vouchedBy: [{ name: 'b' }], warnings: [] });
});

it('each policy names its own key, though both are of one key set', () => {
  const policies = [
    policyOf({ id: 'first', keySets: [{ keySet: 'keyward-system/prod', key: 'a' }] }),
    policyOf({ id: 'second', keySets: [{ keySet: 'keyward-system/prod', key: 'b' }] }),
  ];
  const trust = trustIn([named(one, 'a'), named(two, 'b')]);
  const verdict = decideOn([legacy({ signer: one }), legacy({ signer: two })], { policies, trust });
  expect(verdict).toMatchObject({ kind: 'allow', vouchedBy: [{ name: 'a' }, { name: 'b' }] });
});

it('a key that satisfies two policies is named once', () => {
  const policies = [policyOf({ id: 'first' }), policyOf({ id: 'second' })];
  const verdict = decideOn([legacy()], { policies });
  expect(verdict.kind === 'allow' && verdict.vouchedBy).toHaveLength(1);
});

describe('the keys of a policy over several key sets', () => {
  const keysIn = (ofA: Partial<KeyVersionStatus>, ofB: Partial<KeyVersionStatus>) => {
    const trust = buildTrustView(
      [
        keySetOf([versionOf(one, ofA)], { name: 'a' }),
        keySetOf([versionOf(two, ofB)], { name: 'b' }),
      ],
      [],
    );
    const refs = [{ keySet: 'keyward-system/b' }, { keySet: 'keyward-system/a' }];
    return keysOf(policyOf({ keySets: refs }), trust, NOW).map(({ key }) => key.keySet.at(-1));
  };

  it('are tried newest first', () => {
    const older = { createdOn: daysFromNow(-60) };
    expect(keysIn(older, {})).toEqual(['b', 'a']);
    expect(keysIn({}, older)).toEqual(['a', 'b']);
  });

  it('are tried in the order of the names of their sets, where they are of one age', () => {
    expect(keysIn({}, {})).toEqual(['a', 'b']);
  });
});

describe('the order of trials', () => {
  const keys = keysOf(policyOf(), trustIn([named(one, 'a'), named(two, 'b')]), NOW);

  it('begins with the key that the hint names', () => {
    const order = orderKeys(keys, sound(bundle({ signer: two, hint: hintOf(two) })));
    expect(order.map(({ key }) => key.name)).toEqual(['b', 'a']);
  });

  it.each([
    ['no hint', bundle({ signer: two, hint: null })],
    ['the hint of a stranger', bundle({ hint: hintOf(signerOf('P-256', 'stranger')) })],
  ])('is as it was with %s, and costs nothing', (_, candidate) => {
    expect(orderKeys(keys, sound(candidate))).toBe(keys);
  });
});

describe('of two signatures that lack an annotation', () => {
  const policy = policyOf({ annotations: new Map([['env', 'prod']]) });
  const trust = trustIn([
    named(one, 'a', { state: 'notFollowed' }),
    named(two, 'b', { state: 'revoked' }),
    named(signerOf('P-256', 'three'), 'c'),
  ]);
  const nameOf = (...signers: readonly Signer[]) => {
    const evidence = evidenceOf(signers.map((signer) => legacy({ signer })));
    const { lackingProof } = tryPolicy(policy, { evidence, trust, now: NOW, verifies });
    return lackingProof?.by.key.name;
  };

  it('the one whose key tells most is named', () => {
    expect([nameOf(one, two), nameOf(two, one)]).toEqual(['b', 'b']);
  });

  it('the one of a trusted key is named before all others', () => {
    const three = signerOf('P-256', 'three');
    expect([nameOf(one, two, three), nameOf(three, two, one)]).toEqual(['c', 'c']);
  });
});

it('a policy without annotations asks for none', () => {
  expect(findMissingAnnotation(sound(legacy()), policyOf())).toBeUndefined();
});
