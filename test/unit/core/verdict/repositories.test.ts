/** What a payload says of its repository is the signer's text: no policy binds it, and none is chosen by it. */
import { describe, expect, it } from '@jest/globals';
import { matchPolicies } from '../../../../core/policy/match-policies.ts';
import { bundle, DIGEST, legacy, REPOSITORY, simpleSigning } from '../../../support/signatures.ts';
import { decideOn, evidenceOf, policyOf } from '../../../support/trust.ts';

const TEAM = policyOf({ scopes: ['contoso.azurecr.io/team/*'] });

/** The verdict on an image of that repository, under the policies that match it there. */
function decideIn(repository: string, candidate = legacy()) {
  const evidence = evidenceOf([candidate], { repository });
  const policies = matchPolicies([TEAM], 'team', repository, DIGEST);
  return decideOn([], { evidence, policies });
}

describe('where an image lies decides which policies cover it', () => {
  it.each([
    ['a name that begins like the wanted one', 'contoso.azurecr.io/team-evil/app'],
    ['a host that begins like the wanted one', 'contoso.azurecr.io.evil.example/team/app'],
    ['another registry', 'evil.example/team/app'],
  ])('%s is not covered, whatever repository was signed (A46)', (_, repository) => {
    const payload = simpleSigning(DIGEST, { identity: { 'docker-reference': REPOSITORY } });
    expect(decideIn(REPOSITORY, legacy({ payload })).kind).toBe('allow');
    expect(decideIn(repository, legacy({ payload }))).toMatchObject({
      kind: 'deny',
      code: 'NO_POLICY',
    });
  });

  it('the same digest in another covered repository is allowed by the same signature (B-06)', () => {
    const copy = 'contoso.azurecr.io/team/copy-of-app';
    expect(decideIn(copy, legacy()).kind).toBe('allow');
    expect(decideIn(copy, bundle()).kind).toBe('allow');
  });
});
