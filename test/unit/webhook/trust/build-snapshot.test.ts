import { describe, expect, it } from '@jest/globals';
import { parseKeyRevocation, parseVerifier } from '../../../../platform/kube/schemas.ts';
import type { KubeObject } from '../../../../platform/kube/kube.ts';
import { buildSnapshot, type SnapshotSources } from '../../../../webhook/trust/build-snapshot.ts';
import { parseWatchedKeySet } from '../../../../webhook/trust/parse-key-set.ts';
import { keySetObject, revocationObject, verifierObject } from '../../../support/api-objects.ts';
import { signerOf } from '../../../support/signing.ts';
import { versionOf } from '../../../support/trust.ts';

type Parse<T> = (object: KubeObject) => { ok: true; value: T } | { ok: false; problems: unknown };

function all<T>(objects: readonly KubeObject[], parse: Parse<T>): readonly T[] {
  return objects.map((object) => {
    const parsed = parse(object);
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
    return parsed.value;
  });
}

interface Objects {
  readonly keySets?: readonly KubeObject[];
  readonly revocations?: readonly KubeObject[];
  readonly verifiers?: readonly KubeObject[];
}

function build(objects: Objects, options: Partial<SnapshotSources> = {}) {
  return buildSnapshot({
    keySets: all(objects.keySets ?? [], parseWatchedKeySet),
    revocations: all(objects.revocations ?? [], parseKeyRevocation),
    verifiers: all(objects.verifiers ?? [], parseVerifier),
    keywardNamespace: 'keyward-system',
    delegatedNamespaces: [],
    ...options,
  });
}

/** `keySet state` of every key in the view. */
function statesOf({ trust }: ReturnType<typeof build>): readonly string[] {
  return [...trust.keySets].flatMap(([name, { keys }]) =>
    keys.map(({ state }) => `${name} ${state}`),
  );
}

const PROVIDER = {
  keys: undefined,
  providerRef: { kind: 'KeyManagementProvider', name: 'kmp-akv' },
};

describe('a snapshot', () => {
  it('of an empty cluster trusts nothing and asks for nothing', () => {
    const { trust, policies } = build({});
    expect([trust.keySets.size, policies]).toEqual([0, []]);
  });

  it('has the keys of every KeySet and a policy for each with images', () => {
    const snapshot = build({
      keySets: [keySetObject(), keySetObject({ name: 'silent', spec: { images: undefined } })],
    });
    expect(statesOf(snapshot)).toEqual([
      'keyward-system/prod trusted',
      'keyward-system/silent trusted',
    ]);
    expect(snapshot.policies.map(({ id }) => id)).toEqual(['KeySet/keyward-system/prod']);
  });

  it('has a policy for each trust policy of a cosign verifier, over the key set behind its provider', () => {
    const { policies } = build({
      keySets: [keySetObject({ spec: PROVIDER })],
      verifiers: [verifierObject(), verifierObject({ name: 'n', spec: { name: 'notation' } })],
    });
    expect(policies.find(({ id }) => id === 'Verifier/verifier-cosign/default')).toMatchObject({
      keySets: [{ keySet: 'keyward-system/prod' }],
    });
    expect(policies).toHaveLength(2);
  });

  it('keeps a tenant apart, unless its namespace is delegated', () => {
    const objects = { keySets: [keySetObject({ namespace: 'team' })] };
    expect(build(objects).policies).toMatchObject([{ namespace: 'team' }]);
    expect(build(objects).policies[0]).not.toHaveProperty('delegated');
    expect(build(objects, { delegatedNamespaces: ['team'] }).policies).toMatchObject([
      { namespace: 'team', delegated: true },
    ]);
  });
});

describe('a revocation', () => {
  it('takes a version out of every key set, and a copy of its key too', () => {
    const copy = versionOf(signerOf(), { vaultUri: 'https://fabrikam.vault.azure.net' });
    const keySets = [
      keySetObject(),
      keySetObject({ name: 'copy', versions: [copy] }),
      keySetObject({ name: 'other', versions: [versionOf(signerOf('P-256', 'second'))] }),
    ];
    expect(statesOf(build({ keySets, revocations: [revocationObject()] }))).toEqual([
      'keyward-system/prod revoked',
      'keyward-system/copy revoked',
      'keyward-system/other trusted',
    ]);
  });

  it('by fingerprint does the same', () => {
    const spec = { key: undefined, fingerprint: signerOf().fingerprint };
    expect(
      statesOf(build({ keySets: [keySetObject()], revocations: [revocationObject({ spec })] })),
    ).toEqual(['keyward-system/prod revoked']);
  });

  it('of a version that no key set has changes nothing', () => {
    const spec = { key: 'azurekms://contoso.vault.azure.net/cosign-key/00' };
    expect(
      statesOf(build({ keySets: [keySetObject()], revocations: [revocationObject({ spec })] })),
    ).toEqual(['keyward-system/prod trusted']);
  });
});

describe('an entry that is not sound', () => {
  it.each([
    ['a fingerprint of another key', { fingerprint: signerOf('P-256', 'second').fingerprint }],
    ['no fingerprint', { fingerprint: undefined }],
    ['a state that nobody knows', { state: 'Trusted' }],
    ['dates that cannot be read', { expiresOn: 'next year' }],
  ])('is not trusted: %s', (_, overrides) => {
    const versions = [versionOf(signerOf(), overrides as object)];
    expect(statesOf(build({ keySets: [keySetObject({ versions })] }))).toEqual([
      'keyward-system/prod unknown',
    ]);
  });

  it('without a key is not there', () => {
    const versions = [versionOf(signerOf(), { publicKeyPem: 'no PEM' })];
    expect(statesOf(build({ keySets: [keySetObject({ versions })] }))).toEqual([]);
  });
});
