import { describe, expect, it } from '@jest/globals';
import { buildTrustView } from '../../../../core/keys/build-trust-view.ts';
import { legacy } from '../../../support/signatures.ts';
import { signerOf } from '../../../support/signing.ts';
import { decideOn, keySetOf, policyOf, versionOf } from '../../../support/trust.ts';

const alice = signerOf('P-256', 'alice');
const bob = signerOf('P-256', 'bob');
const byAlice = legacy({ signer: alice });
const aliceMust = policyOf({ id: 'Verifier/a', keySets: [{ keySet: 'keyward-system/alice' }] });
const bobMust = policyOf({ id: 'Verifier/b', keySets: [{ keySet: 'keyward-system/bob' }] });

describe('one denial speaks for all policies that failed', () => {
  const disabled = buildTrustView(
    [
      keySetOf([versionOf(alice, { state: 'disabled', reason: 'It is disabled.' })], {
        name: 'alice',
      }),
      keySetOf([versionOf(bob)], { name: 'bob' }),
    ],
    [],
  );

  it('one that rests on key state alone where that is all (answered without a refetch)', () => {
    expect(decideOn([byAlice], { policies: [aliceMust], trust: disabled })).toMatchObject({
      kind: 'deny',
      code: 'KEY_DISABLED',
      restsOnKeyState: true,
      signedBy: { fingerprint: alice.fingerprint, keySet: 'keyward-system/alice' },
    });
  });

  it('the one that needs more than a key, whatever the order of the policies', () => {
    for (const policies of [
      [aliceMust, bobMust],
      [bobMust, aliceMust],
    ]) {
      expect(decideOn([byAlice], { policies, trust: disabled })).toMatchObject({
        code: 'SIGNATURE_INVALID',
        restsOnKeyState: false,
        message: expect.stringContaining('policy Verifier/b') as unknown,
      });
    }
  });

  it('a cap before the state of a key: what lies beyond it is not known', () => {
    const limit = {
      ...legacy({ payload: '{}' }),
      kind: 'rejected',
      code: 'LIMIT_LAYERS',
      detail: '101 layers',
    } as const;
    expect(decideOn([byAlice, limit], { policies: [aliceMust], trust: disabled })).toMatchObject({
      code: 'LIMIT_LAYERS',
      restsOnKeyState: false,
    });
  });
});
