/** An option that does nothing is worse than none: each one turns some verdict, and for both formats of a signature. */
import { describe, expect, it } from '@jest/globals';
import type { KeySetSpec } from '../../../../core/keys/key-set.ts';
import type { Policy } from '../../../../core/policy/policy.ts';
import { bundle, legacy } from '../../../support/signatures.ts';
import { signerOf } from '../../../support/signing.ts';
import { daysFromNow, decideOn, policyOf, trustIn, versionOf } from '../../../support/trust.ts';

const signer = signerOf();
const formats = [legacy(), bundle()];

describe('each option of a key set turns a verdict (B-57)', () => {
  const expired = versionOf(signer, { expiresOn: daysFromNow(-1) });
  const old = { lastReconciledTime: daysFromNow(-2) };
  it.each<[string, Partial<KeySetSpec>, Partial<KeySetSpec>]>([
    ['expiredKeys', { onStale: 'KeepTrust' }, { onStale: 'KeepTrust', expiredKeys: 'Deny' }],
    ['onStale', { onStale: 'KeepTrust' }, { onStale: 'Deny' }],
    ['staleAfter', { staleAfterSeconds: 3 * 86_400 }, { staleAfterSeconds: 86_400 }],
  ])('%s', (_, wide, narrow) => {
    const decideWith = (spec: Partial<KeySetSpec>) =>
      decideOn(formats, { trust: trustIn([expired], { spec, status: old }) }).kind;
    expect([decideWith(wide), decideWith(narrow)]).toEqual(['allow', 'deny']);
  });
});

describe('what a policy asks for holds for both formats alike (B-55)', () => {
  it.each<[string, Partial<Policy>]>([
    ['an annotation', { annotations: new Map([['build', '7']]) }],
    ['one key by its name', { keySets: [{ keySet: 'keyward-system/prod', key: 'other-key' }] }],
    [
      'one version',
      { keySets: [{ keySet: 'keyward-system/prod', key: 'cosign-key', version: '0' }] },
    ],
    ['another key set', { keySets: [{ keySet: 'keyward-system/other' }] }],
    [
      'what keyward does not do',
      { unsupported: { code: 'TLOG_UNSUPPORTED', detail: 'it has tLogVerify: true' } },
    ],
  ])('%s', (_, overrides) => {
    for (const candidate of formats) {
      expect(decideOn([candidate]).kind).toBe('allow');
      expect(decideOn([candidate], { policies: [policyOf(overrides)] }).kind).toBe('deny');
    }
  });
});
