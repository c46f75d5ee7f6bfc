import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { buildTrustView } from '../../core/keys/build-trust-view.ts';
import { decide } from '../../core/verdict/decide.ts';
import type { Verdict } from '../../core/verdict/verdict.ts';
import { reorder, runs } from '../support/property.ts';
import { evidenceOf, NOW } from '../support/trust.ts';
import { loadOnce, verifiesOnce } from '../support/work-once.ts';
import { objectsOf, SIGNERS, trustedSigners, worlds, type World } from '../support/worlds.ts';

/** The verdict on a world whose lists are all in the order of `seed`. */
function decideIn(world: World, seed?: number): Verdict {
  const { keySets, revocations, policies } = objectsOf(world);
  const mix = <T>(items: readonly T[]) => (seed === undefined ? items : reorder(items, seed));
  const shuffled = keySets.map((keySet) => ({
    ...keySet,
    status: { ...keySet.status, versions: mix(keySet.status.versions) },
  }));
  return decide({
    image: 'contoso.azurecr.io/team/app:v1',
    evidence: evidenceOf(mix(world.candidates.map(({ candidate }) => candidate))),
    policies: mix(policies).map((policy) => ({ ...policy, keySets: mix(policy.keySets) })),
    trust: buildTrustView(mix(shuffled), mix(revocations), loadOnce),
    now: NOW,
    verifies: verifiesOnce,
  });
}

/** The verdict that the rules ask for, from what is true of the world and not from its objects. */
function expectedKind(world: World): Verdict['kind'] {
  const { policies, candidates } = world;
  if (policies.length === 0 || policies.some(({ unsupported }) => unsupported)) return 'deny';
  const isSatisfied = policies.every((policy) => {
    const trusted = trustedSigners(policy, world);
    return candidates.some(({ provenBy }) => provenBy !== undefined && trusted.has(provenBy));
  });
  if (isSatisfied) return 'allow';
  return candidates.some(({ candidate }) => candidate.kind === 'unavailable')
    ? 'unavailable'
    : 'deny';
}

it('an image is allowed exactly where each policy has a trusted key that really signed this digest', () => {
  const seen = { allow: 0, deny: 0, unavailable: 0 };
  fc.assert(
    fc.property(worlds, (world) => {
      const { kind } = decideIn(world);
      seen[kind] += 1;
      expect(kind).toBe(expectedKind(world));
    }),
    runs(4000),
  );
  // Each verdict was met often enough for this to mean something.
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(100);
});

it('whoever is named as vouching is trusted and really signed', () => {
  fc.assert(
    fc.property(worlds, (world) => {
      const verdict = decideIn(world);
      if (verdict.kind !== 'allow') return;
      const trusted = new Set(
        world.policies.flatMap((policy) => [...trustedSigners(policy, world)]),
      );
      const signed = world.candidates.flatMap(({ provenBy }) => provenBy ?? []);
      const proofs = signed
        .filter((signer) => trusted.has(signer))
        .map((signer) => SIGNERS[signer]?.fingerprint);
      expect(verdict.vouchedBy.length).toBeGreaterThan(0);
      for (const { fingerprint } of verdict.vouchedBy) expect(proofs).toContain(fingerprint);
    }),
    runs(2000),
  );
});

it('no order of candidates, keys, key sets, revocations or policies changes a word of a verdict (K-01, K-02)', () => {
  fc.assert(
    fc.property(worlds, fc.integer(), (world, seed) => {
      expect(decideIn(world, seed)).toEqual(decideIn(world));
    }),
    runs(3000),
  );
});

it('a denial that rests on key state names a known key that really signed', () => {
  fc.assert(
    fc.property(worlds, (world) => {
      const verdict = decideIn(world);
      if (verdict.kind !== 'deny') return;
      expect(verdict.restsOnKeyState).toBe(verdict.signedBy !== undefined);
      if (verdict.signedBy === undefined) return;
      const signed = world.candidates.flatMap(({ provenBy }) => provenBy ?? []);
      expect(signed.map((signer) => SIGNERS[signer]?.fingerprint)).toContain(
        verdict.signedBy.fingerprint,
      );
    }),
    runs(2000),
  );
});

it('one more revocation never allows what was refused', () => {
  fc.assert(
    fc.property(worlds, fc.nat(SIGNERS.length - 2), (world, signer) => {
      const revoked: World = {
        ...world,
        revocations: [...world.revocations, { signer, by: 'fingerprint' }],
      };
      if (decideIn(revoked).kind === 'allow') expect(decideIn(world).kind).toBe('allow');
    }),
    runs(1500),
  );
});

it('an answer that is not true proves nothing, and no answer makes the decision throw', () => {
  const answers = fc.array(fc.constantFrom(true, false, 'unknown' as const), {
    minLength: 1,
    maxLength: 9,
  });
  fc.assert(
    fc.property(worlds, answers, (world, given) => {
      const { keySets, revocations, policies } = objectsOf(world);
      const yes = new Set<string>();
      let asked = 0;
      const verdict = decide({
        image: '',
        evidence: evidenceOf(world.candidates.map(({ candidate }) => candidate)),
        policies,
        trust: buildTrustView(keySets, revocations, loadOnce),
        now: NOW,
        verifies: (_, key) => {
          const answer = given[asked % given.length] ?? false;
          asked += 1;
          if (answer === true && key.state === 'trusted') yes.add(key.fingerprint);
          return answer;
        },
      });
      if (verdict.kind !== 'allow') return expect(verdict.message).not.toBe('');
      for (const { fingerprint } of verdict.vouchedBy) expect(yes).toContain(fingerprint);
    }),
    runs(1500),
  );
});
