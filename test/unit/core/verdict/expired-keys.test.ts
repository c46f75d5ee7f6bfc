import { describe, expect, it } from '@jest/globals';
import { buildTrustView } from '../../../../core/keys/build-trust-view.ts';
import { bundle, legacy } from '../../../support/signatures.ts';
import { signerOf } from '../../../support/signing.ts';
import {
  daysFromNow,
  decideOn,
  keySetOf,
  policyOf,
  trustIn,
  versionOf,
} from '../../../support/trust.ts';

const alice = signerOf('P-256', 'alice');
const bob = signerOf('P-256', 'bob');
const byAlice = legacy({ signer: alice });
const byBob = legacy({ signer: bob });

describe('a key that expired and is trusted all the same', () => {
  const expired = versionOf(alice, { expiresOn: daysFromNow(-1) });

  it('allows with a warning, once for all policies', () => {
    const verdict = decideOn([byAlice], {
      trust: trustIn([expired]),
      policies: [policyOf(), policyOf({ id: 'other' })],
    });
    expect(verdict).toMatchObject({
      kind: 'allow',
      warnings: [
        expect.stringMatching(
          /^signed by cosign-key\/.{4}…, which expired on .*; trusted because KeySet keyward-system\/prod has expiredKeys: Trust$/u,
        ),
      ],
    });
  });

  it('gives way to one that did not expire, and to the warning that it would have brought', () => {
    const both = trustIn([expired, versionOf(bob)]);
    for (const candidates of [
      [byAlice, byBob],
      [byBob, byAlice],
      [bundle({ signer: alice }), byBob],
    ]) {
      expect(decideOn(candidates, { trust: both })).toMatchObject({
        kind: 'allow',
        vouchedBy: [{ fingerprint: bob.fingerprint }],
        warnings: [],
      });
    }
  });

  it('gives way to one that expired later', () => {
    const both = trustIn([expired, versionOf(bob, { expiresOn: daysFromNow(-0.5) })]);
    for (const candidates of [
      [byAlice, byBob],
      [byBob, byAlice],
    ]) {
      expect(decideOn(candidates, { trust: both })).toMatchObject({
        vouchedBy: [{ fingerprint: bob.fingerprint }],
      });
    }
  });

  it('is named from the first key set by name where it stands in two', () => {
    const sets = ['a', 'b'].map((name) => keySetOf([expired], { name }));
    const refs = sets.map(({ name }) => ({ keySet: `keyward-system/${name}` }));
    for (const keySets of [refs, refs.toReversed()]) {
      const policies = [policyOf({ keySets })];
      expect(decideOn([byAlice], { policies, trust: buildTrustView(sets, []) })).toMatchObject({
        vouchedBy: [{ keySet: 'keyward-system/a' }],
      });
    }
  });
});
