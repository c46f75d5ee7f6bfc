import { createPublicKey } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { loadPublicKey } from '../../../../core/keys/public-key.ts';
import { createProviderPatch } from '../../../../worker/act/provider-patch.ts';
import { createTombstoneKey } from '../../../../worker/act/tombstone-key.ts';
import { KEY, kmp, v } from '../fixtures.ts';

const items = [{ name: KEY, version: v(1) }];
const nothing = { annotations: {}, added: [], removed: [] };
const noKey = () => {
  throw new Error('no tombstone here');
};

describe('the patch of a provider', () => {
  it('meets the object that was observed, or nothing', () => {
    const patch = createProviderPatch(
      kmp({ resourceVersion: '42' }),
      { kind: 'annotate', keys: items, ...nothing },
      noKey,
    );
    expect(patch).toEqual({ metadata: { resourceVersion: '42' } });
  });

  it('of a list touches the list and nothing else', () => {
    const patch = createProviderPatch(
      kmp(),
      { kind: 'list', keys: items, ...nothing, annotations: { a: 'x', b: null } },
      noKey,
    );
    expect(patch).toEqual({
      metadata: { resourceVersion: '11', annotations: { a: 'x', b: null } },
      spec: { parameters: { keys: items } },
    });
  });

  it('keeps versions text, so that one made of digits stays itself', () => {
    const digits = '12345678901234567890123456789012';
    const patch = createProviderPatch(
      kmp(),
      { kind: 'list', keys: [{ name: KEY, version: digits }], ...nothing },
      noKey,
    );
    expect(JSON.stringify(patch)).toContain(`"version":"${digits}"`);
  });

  it('of a tombstone takes every parameter away', () => {
    const patch = createProviderPatch(
      kmp(),
      { kind: 'tombstone', keys: [], ...nothing },
      () => 'PEM',
    );
    expect(patch['spec']).toEqual({
      type: 'inline',
      parameters: {
        vaultURI: null,
        tenantID: null,
        clientID: null,
        keys: null,
        contentType: 'key',
        value: 'PEM',
      },
    });
  });

  it('of a return takes the tombstone’s parameters away and brings the old ones', () => {
    const buried = kmp({ type: 'inline', parameters: { contentType: 'key', value: 'PEM' } });
    const restore = { vaultURI: 'https://contoso.vault.azure.net', tenantID: 't' };
    const patch = createProviderPatch(
      buried,
      { kind: 'list', keys: items, ...nothing, restore },
      noKey,
    );
    expect(patch['spec']).toEqual({
      type: 'azurekeyvault',
      parameters: { contentType: null, value: null, ...restore, keys: items },
    });
  });
});

describe('the key of a tombstone', () => {
  it('is a public P-256 key, another one each time', () => {
    const [first, second] = [createTombstoneKey(), createTombstoneKey()];
    const loaded = loadPublicKey({ pem: first });
    expect(loaded.ok && loaded.key.algorithm).toBe('P-256');
    expect(createPublicKey(first).type).toBe('public');
    expect(first).not.toContain('PRIVATE');
    expect(first).not.toBe(second);
  });
});
