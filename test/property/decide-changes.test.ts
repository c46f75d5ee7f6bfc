/** What a change of keys, candidates or policies can do to a verdict, and what it never can. */
import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { buildTrustView } from '../../core/keys/build-trust-view.ts';
import type { TrustedKey, TrustView } from '../../core/keys/trust-view.ts';
import { decide, type DecideInput } from '../../core/verdict/decide.ts';
import type { Candidate } from '../../core/verdict/evidence.ts';
import { DENY_CODES, UNAVAILABLE_CODES } from '../../core/verdict/reasons.ts';
import type { Verdict } from '../../core/verdict/verdict.ts';
import { runs } from '../support/property.ts';
import { bundle, DIGEST, legacy, OTHER_DIGEST } from '../support/signatures.ts';
import { signerOf } from '../support/signing.ts';
import { evidenceOf, NOW, policyOf } from '../support/trust.ts';
import { loadOnce, verifiesOnce } from '../support/work-once.ts';
import { objectsOf, SIGNERS, worlds, type World } from '../support/worlds.ts';

function inputOf(world: World): DecideInput {
  const { keySets, revocations, policies } = objectsOf(world);
  return {
    image: 'contoso.azurecr.io/team/app:v1',
    evidence: evidenceOf(world.candidates.map(({ candidate }) => candidate)),
    policies,
    trust: buildTrustView(keySets, revocations, loadOnce),
    now: NOW,
    verifies: verifiesOnce,
  };
}

const withCandidates = (input: DecideInput, candidates: readonly Candidate[]): DecideInput => ({
  ...input,
  evidence: { ...input.evidence, candidates },
});

/** The view without the keys that `isGone` names. */
const withoutKeys = ({ keySets }: TrustView, isGone: (key: TrustedKey) => boolean): TrustView => ({
  keySets: new Map(
    [...keySets].map(([name, trust]) => [
      name,
      { ...trust, keys: trust.keys.filter((key) => !isGone(key)) },
    ]),
  ),
});

const at = fc.nat(6);
/** Each pair of verdicts that was met: what no world ever showed was not tested. */
function meet(check: (input: DecideInput) => readonly [Verdict, Verdict], count: number) {
  const met = new Set<string>();
  fc.assert(
    fc.property(worlds, (world) => {
      const [before, after] = check(inputOf(world));
      met.add(`${before.kind} → ${after.kind}`);
    }),
    runs(count),
  );
  return [...met].toSorted();
}

it('a key less never allows what was refused, be it denied or not known', () => {
  const met = new Set<string>();
  fc.assert(
    fc.property(worlds, fc.nat(SIGNERS.length - 2), at, (world, signer, place) => {
      const input = inputOf(world);
      const { fingerprint } = SIGNERS[signer] ?? signerOf();
      const everywhere = withoutKeys(input.trust, (key) => key.fingerprint === fingerprint);
      const names = [...input.trust.keySets.keys()];
      const here = withoutKeys(
        input.trust,
        (key) => key.fingerprint === fingerprint && key.keySet === names[place % names.length],
      );
      const before = decide(input);
      for (const trust of [everywhere, here]) {
        const after = decide({ ...input, trust });
        met.add(`${before.kind} → ${after.kind}`);
        if (after.kind === 'allow') expect(before.kind).toBe('allow');
      }
    }),
    runs(800),
  );
  expect([...met]).toEqual(
    expect.arrayContaining(['allow → deny', 'allow → allow', 'deny → deny']),
  );
});

it('a revocation more never allows what was refused, and never makes anything unknown', () => {
  fc.assert(
    fc.property(worlds, fc.nat(SIGNERS.length - 2), (world, signer) => {
      for (const by of ['fingerprint', 'vault', 'other-vault'] as const) {
        const revoked = { ...world, revocations: [...world.revocations, { signer, by }] };
        const [before, after] = [decide(inputOf(world)), decide(inputOf(revoked))];
        if (after.kind === 'allow') expect(before.kind).toBe('allow');
        if (before.kind === 'deny') expect(after.kind).toBe('deny');
      }
    }),
    runs(500),
  );
});

const stranger = signerOf('P-256', 'stranger');
/** Of another image, whoever signed it. */
const elsewhere: readonly Candidate[] = SIGNERS.flatMap((signer) => [
  legacy({ signer, digest: OTHER_DIGEST }),
  bundle({ signer, digest: OTHER_DIGEST }),
]);
/** Of this image, by somebody whom nobody knows, or no signature at all. */
const worthless: readonly Candidate[] = [
  legacy({ signer: stranger }),
  bundle({ signer: stranger }),
  bundle({ signer: stranger, hint: null }),
  legacy({ signature: Buffer.from('3006020101020101ff', 'hex') }),
];
const rejected = fc.constantFrom(...DENY_CODES).map((code): Candidate => ({
  kind: 'rejected',
  store: 'referrers',
  manifestDigest: `sha256:${'f'.repeat(64)}`,
  code,
  detail: 'made up',
}));

it('a signature of another image more changes not a word of any verdict', () => {
  fc.assert(
    fc.property(worlds, fc.constantFrom(...elsewhere), at, (world, other, place) => {
      const input = inputOf(world);
      const candidates = input.evidence.candidates.toSpliced(place, 0, other);
      expect(decide(withCandidates(input, candidates))).toEqual(decide(input));
    }),
    runs(800),
  );
});

it('a worthless candidate more never changes allow, deny or not known (A101)', () => {
  const any = fc.oneof(fc.constantFrom(...worthless), rejected);
  fc.assert(
    fc.property(worlds, any, at, (world, other, place) => {
      const input = inputOf(world);
      const candidates = input.evidence.candidates.toSpliced(place, 0, other);
      const [before, after] = [decide(input), decide(withCandidates(input, candidates))];
      expect(after.kind).toBe(before.kind);
      if (before.kind === 'allow') expect(after).toEqual(before);
    }),
    runs(800),
  );
});

it('a candidate that could not be read never allows, and never hides a proof', () => {
  const unread = fc.constantFrom(...UNAVAILABLE_CODES).map((code): Candidate => ({
    kind: 'unavailable',
    store: 'referrers',
    code,
    detail: 'made up',
  }));
  fc.assert(
    fc.property(worlds, unread, (world, other) => {
      const input = inputOf(world);
      const before = decide(input);
      const after = decide(withCandidates(input, [...input.evidence.candidates, other]));
      if (before.kind === 'allow') expect(after).toEqual(before);
      else expect(after.kind).not.toBe('allow');
    }),
    runs(800),
  );
});

it('a candidate less never allows what was refused, except by what it hid: a policy asks for proofs alone', () => {
  const met = meet((input) => {
    const before = decide(input);
    const after = decide(withCandidates(input, input.evidence.candidates.slice(1)));
    if (after.kind === 'allow') expect(before.kind).toBe('allow');
    return [before, after];
  }, 800);
  expect(met).toContain('allow → deny');
});

it('a policy more never allows what was refused, where there was one', () => {
  const met = meet((input) => {
    const more = policyOf({ id: 'more', keySets: [{ keySet: 'keyward-system/set-0' }] });
    const before = decide(input);
    const after = decide({ ...input, policies: [more, ...input.policies] });
    if (input.policies.length > 0 && after.kind === 'allow') expect(before.kind).toBe('allow');
    return [before, after];
  }, 800);
  expect(met).toContain('allow → deny');
});

it('a trial that was not made is no proof: no verdict becomes allow by it', () => {
  fc.assert(
    fc.property(worlds, fc.array(fc.boolean(), { minLength: 1, maxLength: 7 }), (world, made) => {
      const input = inputOf(world);
      let asked = 0;
      const after = decide({
        ...input,
        verifies: (candidate, key) => {
          asked += 1;
          return made[asked % made.length] === true ? verifiesOnce(candidate, key) : 'unknown';
        },
      });
      if (after.kind === 'allow') expect(decide(input).kind).toBe('allow');
      if (decide(input).kind === 'allow' && after.kind !== 'allow')
        expect(['unavailable', 'deny']).toContain(after.kind);
    }),
    runs(1000),
  );
});

it('an allow rests on this digest alone: with another one asked for, nothing is allowed', () => {
  fc.assert(
    fc.property(worlds, (world) => {
      const input = inputOf(world);
      const genuine = input.evidence.candidates.filter(
        (candidate) => candidate.kind !== 'sound' || candidate.claims.digest === DIGEST,
      );
      const evidence = { ...input.evidence, candidates: genuine, digest: OTHER_DIGEST };
      expect(decide({ ...input, evidence }).kind).not.toBe('allow');
    }),
    runs(1000),
  );
});
