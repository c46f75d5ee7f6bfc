import { describe, expect, it } from '@jest/globals';
import { buildTrustView } from '../../../../core/keys/build-trust-view.ts';
import type { Candidate } from '../../../../core/verdict/evidence.ts';
import {
  soundCandidates,
  tryPolicy,
  type TrialInput,
} from '../../../../core/verdict/try-policy.ts';
import {
  bundle,
  DIGEST,
  hintOf,
  legacy,
  OTHER_DIGEST,
  simpleSigning,
} from '../../../support/signatures.ts';
import { signerOf } from '../../../support/signing.ts';
import {
  daysFromNow,
  evidenceOf,
  keySetOf,
  NOW,
  policyOf,
  trustIn,
  unread,
  verifies,
  versionOf,
} from '../../../support/trust.ts';

const trusted = signerOf('P-256', 'trusted');
const disabled = signerOf('P-256', 'disabled');
const trust = trustIn([versionOf(trusted), versionOf(disabled, { state: 'disabled' })]);

const tryOn = (candidates: readonly Candidate[], overrides: Partial<TrialInput> = {}) =>
  tryPolicy(policyOf(), {
    evidence: evidenceOf(candidates),
    trust,
    now: NOW,
    verifies,
    ...overrides,
  });

/** Which keys were tried on which candidates, by label. */
function record() {
  const trials: string[] = [];
  const labels = new Map([
    [trusted.fingerprint, 'trusted'],
    [disabled.fingerprint, 'disabled'],
  ]);
  const recording: TrialInput['verifies'] = (candidate, key) => {
    trials.push(`${candidate.format} ${labels.get(key.fingerprint)}`);
    return verifies(candidate, key);
  };
  return { trials, verifies: recording };
}

describe('a trial of the keys of a policy', () => {
  it('is accepted by a trusted key, and never asks the others', () => {
    const { trials, verifies } = record();
    const trial = tryOn([legacy({ signer: trusted })], { verifies });
    expect(trial).toMatchObject({
      acceptedBy: { key: { fingerprint: trusted.fingerprint } },
      incomplete: false,
    });
    expect(trial).not.toHaveProperty('signedBy');
    expect(trials).toEqual(['legacy trusted']);
  });

  it('is not accepted by an untrusted key, which is named', () => {
    const { trials, verifies } = record();
    const trial = tryOn([legacy({ signer: disabled })], { verifies });
    expect(trial).toMatchObject({ signedBy: { key: { fingerprint: disabled.fingerprint } } });
    expect(trial).not.toHaveProperty('acceptedBy');
    expect(trials).toEqual(['legacy trusted', 'legacy disabled']);
  });

  it('names nobody where no key made the signature', () => {
    const trial = tryOn([legacy({ signer: signerOf('P-256', 'stranger') })]);
    expect(trial).not.toHaveProperty('acceptedBy');
    expect(trial).not.toHaveProperty('signedBy');
    expect(trial.keys).toHaveLength(2);
  });

  it('tries nothing but well-formed candidates of this image', () => {
    const other = legacy({ signer: trusted, digest: OTHER_DIGEST });
    const malformed = legacy({ signer: trusted, payload: '{}' });
    const { trials, verifies } = record();
    const trial = tryOn([other, malformed, unread()], { verifies });
    expect(trial).not.toHaveProperty('acceptedBy');
    expect(trials).toEqual([]);
    expect(soundCandidates(evidenceOf([other, malformed, unread(), legacy()]))).toHaveLength(1);
  });

  it('takes a trial that proves nothing for no proof, though nothing failed (K-10)', () => {
    const trial = tryOn([legacy({ signer: trusted })], { verifies: () => false });
    expect(trial).not.toHaveProperty('acceptedBy');
    expect(trial.incomplete).toBe(false);
  });

  it('takes a trial that was not made for no proof, and says that it was not (B-63)', () => {
    const trial = tryOn([legacy({ signer: trusted })], { verifies: () => 'unknown' });
    expect(trial).not.toHaveProperty('acceptedBy');
    expect(trial.incomplete).toBe(true);
  });

  it('is incomplete where any trusted key was not tried, whatever came after', () => {
    const second = signerOf('P-256', 'second');
    const verifies: TrialInput['verifies'] = (_, key) =>
      key.fingerprint === trusted.fingerprint ? 'unknown' : false;
    for (const versions of [
      [versionOf(trusted), versionOf(second)],
      [versionOf(second), versionOf(trusted)],
    ]) {
      expect(tryOn([legacy()], { verifies, trust: trustIn(versions) }).incomplete).toBe(true);
    }
  });

  it('is not incomplete for want of an untrusted key: that one could prove nothing', () => {
    const verifies: TrialInput['verifies'] = (_, key) =>
      key.fingerprint === disabled.fingerprint ? 'unknown' : false;
    expect(tryOn([legacy()], { verifies })).toMatchObject({ incomplete: false });
  });
});

describe('the order of trials saves time and decides nothing', () => {
  it('candidates whose hint names a key of the policy come first', () => {
    const { trials, verifies } = record();
    const candidates = [
      legacy({ signer: disabled }),
      legacy({ signer: signerOf() }),
      bundle({ signer: trusted }),
    ];
    expect(tryOn(candidates, { verifies })).toHaveProperty('acceptedBy');
    expect(trials).toEqual(['bundle trusted']);
  });

  it('a hint that names no key of the policy gives no precedence', () => {
    const stranger = signerOf('P-256', 'stranger');
    const first = legacy({ signer: trusted, manifestDigest: 'sha256:0' });
    const last = bundle({ signer: stranger, manifestDigest: 'sha256:1' });
    const { trials, verifies } = record();
    tryOn([last, first], { verifies });
    expect(trials).toEqual(['legacy trusted']);
  });

  it('a false hint costs one trial', () => {
    const { trials, verifies } = record();
    const both = trustIn([versionOf(trusted), versionOf(disabled)]);
    const trial = tryOn([bundle({ signer: trusted, hint: hintOf(disabled) })], {
      verifies,
      trust: both,
    });
    expect(trial).toMatchObject({ acceptedBy: { key: { fingerprint: trusted.fingerprint } } });
    expect(trials).toEqual(['bundle disabled', 'bundle trusted']);
  });

  it('keys without a hint are tried newest first', () => {
    const older = versionOf(trusted, { createdOn: daysFromNow(-9) });
    const newer = versionOf(disabled, { createdOn: daysFromNow(-1) });
    const { trials, verifies } = record();
    tryOn([legacy({ signer: trusted })], { verifies, trust: trustIn([older, newer]) });
    expect(trials).toEqual(['legacy disabled', 'legacy trusted']);
  });

  const noted = (note: string) => simpleSigning(DIGEST, {}, { optional: { note } });
  const same = { signature: 'AAAA', manifestDigest: 'm' };
  it.each([
    ['by manifest', { ...same, manifestDigest: 'a' }, { ...same, manifestDigest: 'b' }],
    ['by payload', { ...same, payload: noted('a') }, { ...same, payload: noted('b') }],
    ['by signature', { ...same, signature: 'AAAB' }, same],
  ])('the registry has no say in the order of candidates: %s', (_, one, other) => {
    const pair = [legacy(one), legacy(other)];
    const orders = [pair, pair.toReversed()].map((candidates) => {
      const order: Candidate[] = [];
      const verifies: TrialInput['verifies'] = (candidate) => order.push(candidate) < 0;
      tryOn(candidates, { verifies, trust: trustIn([versionOf(trusted)]) });
      return order;
    });
    expect(orders[0]).toHaveLength(2);
    expect(orders[0]).toEqual(orders[1]);
  });
});

it('of several trusted keys that verify, the order of key sets names none', () => {
  const sets = ['a', 'b'].map((name) => keySetOf([versionOf(trusted)], { name }));
  const refs = [{ keySet: 'keyward-system/a' }, { keySet: 'keyward-system/b' }];
  for (const keySets of [refs, refs.toReversed()]) {
    const trial = tryPolicy(policyOf({ keySets }), {
      evidence: evidenceOf([legacy({ signer: trusted })]),
      trust: buildTrustView(sets, []),
      now: NOW,
      verifies,
    });
    expect(trial).toMatchObject({ acceptedBy: { key: { keySet: 'keyward-system/a' } } });
  }
});
