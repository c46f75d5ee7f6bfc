import { describe, expect, it } from '@jest/globals';
import { findOtherHome, findWriterElsewhere } from '../../../../worker/plan/provider-writer.ts';
import { followingKeySet, keySet, kmp, without } from '../fixtures.ts';

const SYSTEM = 'keyward-system';

describe('who writes to a provider', () => {
  const provider = kmp({ name: 'akv' });
  const own = followingKeySet('akv');

  it('is its only KeySet', () => {
    expect(findWriterElsewhere(own, provider, [own, keySet()], SYSTEM)).toBeUndefined();
  });

  it('is the one of its name where two refer to it', () => {
    const other = { ...followingKeySet('akv'), name: 'aaa' };
    expect(findWriterElsewhere(own, provider, [other, own], SYSTEM)).toBeUndefined();
    expect(findWriterElsewhere(other, provider, [other, own], SYSTEM)).toContain('KeySet akv');
  });

  it('is one of two others, always the same', () => {
    const [first, second] = ['aaa', 'bbb'].map((name) => ({ ...followingKeySet('akv'), name }));
    if (first === undefined || second === undefined) throw new Error('two');
    for (const all of [
      [first, second],
      [second, first],
    ]) {
      expect(findWriterElsewhere(first, provider, all, SYSTEM)).toBeUndefined();
      expect(findWriterElsewhere(second, provider, all, SYSTEM)).toContain('KeySet aaa');
    }
  });

  it('is never a tenant, whose KeySet would decide what the whole cluster trusts', () => {
    const tenant = { ...followingKeySet('akv'), namespace: 'team' };
    expect(findWriterElsewhere(tenant, provider, [tenant], SYSTEM)).toContain(
      'namespace keyward-system',
    );
    expect(findWriterElsewhere(own, provider, [tenant, own], SYSTEM)).toBeUndefined();
  });

  it('is no tenant either of one that is to be made', () => {
    const tenant = { namespace: 'team' };
    expect(findOtherHome(tenant, { kind: 'KeyManagementProvider' }, SYSTEM)).toContain(SYSTEM);
    const mine = { kind: 'NamespacedKeyManagementProvider', namespace: 'team' } as const;
    expect(findOtherHome(tenant, mine, SYSTEM)).toBeUndefined();
    expect(findOtherHome({ namespace: SYSTEM }, mine, SYSTEM)).toContain('team');
  });

  it('is the tenant for its own namespaced provider', () => {
    const mine = kmp({ name: 'akv', namespace: 'team' });
    const spec = {
      ...without(own.spec, 'providerRef'),
      providerRef: { kind: 'NamespacedKeyManagementProvider', name: 'akv' },
    } as const;
    const tenant = { ...own, namespace: 'team', spec };
    expect(findWriterElsewhere(tenant, mine, [own, tenant], SYSTEM)).toBeUndefined();
  });
});
