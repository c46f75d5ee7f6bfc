import { describe, expect, it } from '@jest/globals';
import { matchPolicies } from '../../../../core/policy/match-policies.ts';
import type { Policy } from '../../../../core/policy/policy.ts';
import { DIGEST } from '../../../support/signatures.ts';
import { policyOf } from '../../../support/trust.ts';

const APP = 'contoso.azurecr.io/team/app';

/** A policy by its id, `group/name`. */
function of(id: string, scopes: readonly string[], overrides: Partial<Policy> = {}): Policy {
  return policyOf({ id, group: id.split('/')[0]!, scopes, ...overrides });
}

const match = (policies: readonly Policy[], namespace = 'team') =>
  matchPolicies(policies, namespace, APP, DIGEST)
    .map(({ id }) => id)
    .toSorted((a, b) => (a < b ? -1 : 1));

describe('every policy whose scope covers the image must be satisfied', () => {
  const exact = of('v1/exact', [APP]);
  const prefix = of('v2/prefix', ['other.io/*', 'contoso.azurecr.io/*']);
  const elsewhere = of('v3/elsewhere', ['fabrikam.azurecr.io/*']);

  it('none where none covers it (B-66)', () => {
    expect(match([])).toEqual([]);
    expect(match([elsewhere])).toEqual([]);
  });

  it('each that covers it, in any order', () => {
    expect(match([exact, prefix, elsewhere])).toEqual(['v1/exact', 'v2/prefix']);
    expect(match([elsewhere, prefix, exact])).toEqual(['v1/exact', 'v2/prefix']);
  });

  it('each of one verifier as well', () => {
    expect(match([of('v/a', [APP]), of('v/b', [`${APP}@${DIGEST}`])])).toEqual(['v/a', 'v/b']);
  });
});

describe('within one verifier, "*" is a fallback', () => {
  const fallback = of('v/rest', ['*']);

  it('that applies where nothing else of it does', () => {
    expect(match([fallback])).toEqual(['v/rest']);
    expect(match([fallback, of('v/elsewhere', ['fabrikam.azurecr.io/*'])])).toEqual(['v/rest']);
  });

  it('and does not where another of it covers the image', () => {
    expect(match([fallback, of('v/app', [APP])])).toEqual(['v/app']);
    expect(match([of('v/app', [APP]), fallback])).toEqual(['v/app']);
  });

  it('whatever other verifiers cover', () => {
    expect(match([fallback, of('w/app', [APP])])).toEqual(['v/rest', 'w/app']);
  });

  it('and a tenant of another namespace cannot take it away', () => {
    const foreign = of('v/foreign', [APP], { namespace: 'evil' });
    expect(match([fallback, foreign])).toEqual(['v/rest']);
  });

  it('and a policy with "*" among its scopes covers everything once', () => {
    expect(match([of('v/mixed', [APP, '*'])])).toEqual(['v/mixed']);
    expect(match([of('v/mixed', ['fabrikam.azurecr.io/*', '*'])])).toEqual(['v/mixed']);
  });
});

describe("a tenant's policies", () => {
  const cluster = of('cluster/app', [APP]);
  const tenant = of('tenant/app', [APP], { namespace: 'team' });

  it('narrow what the cluster asks', () => {
    expect(match([cluster, tenant])).toEqual(['cluster/app', 'tenant/app']);
  });

  it('do not open a way where no cluster policy covers the image', () => {
    expect(match([tenant])).toEqual([]);
    expect(match([tenant, of('cluster/elsewhere', ['fabrikam.azurecr.io/*'])])).toEqual([]);
  });

  it('say nothing about other namespaces', () => {
    expect(match([cluster, tenant], 'other')).toEqual(['cluster/app']);
    expect(match([cluster, tenant], '')).toEqual(['cluster/app']);
  });
});

describe('in a delegated namespace', () => {
  const cluster = of('cluster/app', ['contoso.azurecr.io/*']);
  const delegated = { namespace: 'team', delegated: true };

  it("the tenant's policies stand in the cluster's place", () => {
    expect(match([cluster, of('tenant/app', [APP], delegated)])).toEqual(['tenant/app']);
    expect(match([of('tenant/app', [APP], delegated)])).toEqual(['tenant/app']);
  });

  it('all of them, and none that covers another image', () => {
    const policies = [
      of('t/app', [APP], delegated),
      of('u/app', ['*'], delegated),
      of('w/elsewhere', ['fabrikam.azurecr.io/*'], delegated),
    ];
    expect(match([cluster, ...policies])).toEqual(['t/app', 'u/app']);
  });

  it("the cluster's policies stand where the tenant has none for the image", () => {
    expect(match([cluster, of('tenant/elsewhere', ['fabrikam.azurecr.io/*'], delegated)])).toEqual([
      'cluster/app',
    ]);
  });

  it('and only there', () => {
    expect(match([cluster, of('tenant/app', [APP], delegated)], 'other')).toEqual(['cluster/app']);
  });
});
