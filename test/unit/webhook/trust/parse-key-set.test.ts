import { describe, expect, it } from '@jest/globals';
import { matchPolicies } from '../../../../core/policy/match-policies.ts';
import type { KubeObject } from '../../../../platform/kube/kube.ts';
import { buildSnapshot } from '../../../../webhook/trust/build-snapshot.ts';
import { parseWatchedKeySet } from '../../../../webhook/trust/parse-key-set.ts';
import { keySetObject } from '../../../support/api-objects.ts';
import { DIGEST } from '../../../support/signatures.ts';

function parse(object: KubeObject) {
  const parsed = parseWatchedKeySet(object);
  if (!parsed.ok) throw new Error(parsed.problems.join('; '));
  return parsed.value;
}

/** Codes with which the policies of these KeySets refuse the repository; `undefined` for one that can be satisfied. */
function refusals(objects: readonly KubeObject[], repository: string, namespace = 'team') {
  const { policies } = buildSnapshot({
    keySets: objects.map(parse),
    revocations: [],
    verifiers: [],
    keywardNamespace: 'keyward-system',
    delegatedNamespaces: [],
  });
  return matchPolicies(policies, namespace, repository, DIGEST).map(
    ({ unsupported }) => unsupported?.code,
  );
}

const UNREADABLE: readonly (readonly [string, Readonly<Record<string, unknown>>])[] = [
  ['two sources of keys', { providerRef: { kind: 'KeyManagementProvider', name: 'x' } }],
  ['no source of keys', { keys: undefined }],
  ['a duration that is none', { staleAfter: 'a while' }],
  ['a word that it should not have', { onStale: 'Allow' }],
  ['a limit of nothing', { versions: { limit: 0 } }],
];

describe('a sound KeySet', () => {
  it('is taken as its schema has it', () => {
    expect(parse(keySetObject())).toMatchObject({
      kind: 'sound',
      keySet: { namespace: 'keyward-system', name: 'prod' },
    });
    expect(refusals([keySetObject()], 'contoso.azurecr.io/app')).toEqual([undefined]);
  });
});

describe('a KeySet that cannot be read', () => {
  it.each(UNREADABLE)('denies the images that it was to vouch for: %s', (_, spec) => {
    const object = keySetObject({ spec });
    expect(parse(object)).toMatchObject({
      kind: 'unreadable',
      keySet: {
        namespace: 'keyward-system',
        name: 'prod',
        images: ['contoso.azurecr.io/*'],
        problems: [expect.any(String)],
      },
    });
    expect(refusals([object], 'contoso.azurecr.io/app')).toEqual(['POLICY_UNSUPPORTED']);
    expect(refusals([object], 'fabrikam.azurecr.io/app')).toEqual([]);
  });

  it('denies them also where another KeySet vouches: a requirement is never dropped', () => {
    const broken = keySetObject({ name: 'broken', spec: { onStale: 'Allow' } });
    const fallback = keySetObject({ name: 'all', spec: { images: ['*'] } });
    expect(refusals([broken, fallback], 'contoso.azurecr.io/app')).toContain('POLICY_UNSUPPORTED');
    expect(refusals([fallback], 'contoso.azurecr.io/app')).toEqual([undefined]);
  });

  it.each<[string, unknown]>([
    ['text', 'contoso.azurecr.io/*'],
    ['an object', { 0: 'contoso.azurecr.io/*' }],
    ['a list with a number in it', ['contoso.azurecr.io/*', 7]],
    ['an empty list', []],
    ['a list of something without letters', ['']],
  ])('denies every image when its images cannot be read either: %s', (_, images) => {
    const object = keySetObject({ spec: { images } });
    expect(parse(object)).toHaveProperty('kind', 'unreadable');
    for (const repository of ['contoso.azurecr.io/app', 'docker.io/library/nginx'])
      expect(refusals([object], repository)).toEqual(['POLICY_UNSUPPORTED']);
  });

  it('denies what a malformed scope may have been meant for', () => {
    const object = keySetObject({ spec: { images: ['Contoso.azurecr.io/a*b'] } });
    expect(refusals([object], 'contoso.azurecr.io/app')).toEqual(['POLICY_UNSUPPORTED']);
    expect(refusals([object], 'contoso.azurecr.io/other')).toEqual([]);
  });

  it.each<[string, unknown]>([
    ['none', undefined],
    ['null', null],
  ])('denies nothing when it was to vouch for nothing: images are %s', (_, images) => {
    const object = keySetObject({ spec: { images, onStale: 'Allow' } });
    expect(parse(object)).toMatchObject({ kind: 'unreadable' });
    expect(parse(object).keySet).not.toHaveProperty('images');
    expect(refusals([object], 'contoso.azurecr.io/app')).toEqual([]);
  });

  it.each<[string, unknown]>([
    ['absent', undefined],
    ['null', null],
    ['text', 'keys'],
    ['a list', []],
  ])('has a spec that is %s, and denies nothing by it', (_, spec) => {
    const object = { ...keySetObject(), spec };
    expect(parse(object)).toMatchObject({ kind: 'unreadable' });
  });

  it('contributes no trust', () => {
    const { trust } = buildSnapshot({
      keySets: [parse(keySetObject({ spec: { onStale: 'Allow' } }))],
      revocations: [],
      verifiers: [],
      keywardNamespace: 'keyward-system',
      delegatedNamespaces: [],
    });
    expect(trust.keySets.size).toBe(0);
  });

  it("of a tenant denies nobody else's images", () => {
    const object = keySetObject({ namespace: 'team', spec: { images: 7 } });
    const cluster = keySetObject();
    expect(refusals([cluster, object], 'contoso.azurecr.io/app', 'team')).toContain(
      'POLICY_UNSUPPORTED',
    );
    expect(refusals([cluster, object], 'contoso.azurecr.io/app', 'other')).toEqual([undefined]);
  });

  it('without a namespace is no KeySet at all', () => {
    const { metadata, ...rest } = keySetObject();
    const { namespace: _, ...bare } = metadata;
    expect(parseWatchedKeySet({ ...rest, metadata: bare })).toMatchObject({ ok: false });
  });
});
