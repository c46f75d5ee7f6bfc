import { describe, expect, it } from '@jest/globals';
import { parseKmp, type Kmp } from '../../../../platform/kube/schemas.ts';
import { createProviderPatch } from '../../../../worker/act/provider-patch.ts';
import { sourceOfProvider } from '../../../../worker/observe/provider-source.ts';
import { findHeldOut } from '../../../../worker/plan/held-out.ts';
import { planKmp } from '../../../../worker/plan/plan-kmp.ts';
import { entry, KEY, keyOf, kmpObject, mergePatch, v, VAULT, type KmpParts } from '../fixtures.ts';

const MANAGED = { 'keyward.dev/manage': 'patch' };
const items = (...numbers: readonly number[]) =>
  numbers.map((number) => ({ name: KEY, version: v(number) }));
const trusted = (...numbers: readonly number[]) => numbers.map((number) => entry(number));
const TOMBSTONE_KEY = keyOf('tombstone').loaded.pem;

/** A provider as the API server would hold it: keyward's patches and people's edits act on the object itself. */
function createProvider(parts: KmpParts = {}) {
  let object: unknown = kmpObject({ annotations: MANAGED, ...parts });
  const read = (): Kmp => {
    const parsed = parseKmp(object);
    if (!parsed.ok) throw new Error(parsed.problems.join('; '));
    return parsed.value;
  };
  return {
    read,
    object: () => object as ReturnType<typeof kmpObject>,
    /** Plans and writes; says what kind of write it was, `nothing` without one. */
    reconcile: (versions: Parameters<typeof planKmp>[1]): string => {
      const { write } = planKmp(read(), versions);
      if (write === undefined) return 'nothing';
      object = mergePatch(
        object,
        createProviderPatch(read(), write, () => TOMBSTONE_KEY),
      );
      return write.kind;
    },
    edit: (patch: unknown) => {
      object = mergePatch(object, patch);
    },
    setKeys: (keys: readonly unknown[]) => {
      object = mergePatch(object, { spec: { parameters: { keys } } });
    },
    listed: () => read().keys.map(({ version }) => version),
  };
}

describe('what is not managed', () => {
  it.each([
    ['no annotation', {}, 'NotManaged'],
    ['none', { 'keyward.dev/manage': 'none' }, 'NotManaged'],
    ['a word that is not known', { 'keyward.dev/manage': 'please' }, 'ModeUnknown'],
    ['generate, which writes another', { 'keyward.dev/manage': 'generate' }, 'NotManaged'],
  ])('is not written: %s', (_what, annotations, reason) => {
    const provider = createProvider({ annotations });
    const { sync, write } = planKmp(provider.read(), trusted(1, 2));
    expect([sync.reason, write]).toEqual([reason, undefined]);
  });

  it('is not written when it holds a person’s own inline key', () => {
    const provider = createProvider({
      type: 'inline',
      parameters: { contentType: 'key', value: keyOf('inline').loaded.pem },
    });
    expect(planKmp(provider.read(), trusted(1)).write).toBeUndefined();
  });
});

describe('the list', () => {
  it('gets every trusted version of the vault, and nothing else', () => {
    const provider = createProvider();
    const versions = [
      ...trusted(2, 1),
      entry(3, { state: 'disabled' }),
      entry(4, { state: 'unknown' }),
      entry(5, { vaultUri: '', name: '', version: '' }),
    ];
    expect(provider.reconcile(versions)).toBe('list');
    expect(provider.object().spec.parameters['keys']).toEqual(items(1, 2));
    expect(provider.reconcile(versions)).toBe('nothing');
  });

  it('keeps what it does not manage as it is', () => {
    const provider = createProvider();
    provider.reconcile(trusted(1, 2));
    const { type, parameters } = provider.object().spec;
    expect([type, parameters]).toEqual([
      'azurekeyvault',
      { vaultURI: `${VAULT}/`, tenantID: 'tenant', clientID: 'client', keys: items(1, 2) },
    ]);
  });

  it('remembers what the person wrote', () => {
    const provider = createProvider();
    provider.reconcile(trusted(1, 2));
    expect(provider.read().annotations['keyward.dev/original-keys']).toBe(JSON.stringify(items(1)));
  });

  it('is not written again for its order or a repeated item', () => {
    const provider = createProvider();
    provider.reconcile(trusted(1, 2));
    provider.setKeys(items(2, 1));
    expect(provider.reconcile(trusted(1, 2))).toBe('nothing');
  });

  it('loses a disabled version in the write that reacts to it', () => {
    const provider = createProvider();
    provider.reconcile(trusted(1, 2));
    provider.reconcile([entry(1, { state: 'disabled' }), entry(2)]);
    expect(provider.listed()).toEqual([v(2)]);
  });

  it('says what is to be written until it is', () => {
    const provider = createProvider();
    const { sync } = planKmp(provider.read(), trusted(1, 2));
    expect(sync).toMatchObject({ status: 'False', reason: 'Writing' });
    expect(sync.message).toContain(`+${KEY}/${v(2)}`);
    provider.reconcile(trusted(1, 2));
    expect(planKmp(provider.read(), trusted(1, 2)).sync.reason).toBe('InSync');
  });

  it('tells when Ratify could not read the keys', () => {
    const status = { issuccess: false, error: 'no such key' };
    const provider = createProvider({ status });
    provider.reconcile(trusted(1));
    expect(planKmp(provider.read(), trusted(1)).sync).toMatchObject({
      status: 'False',
      reason: 'ProviderReportsError',
      message: 'the provider says: no such key',
    });
  });
});

describe('people’s edits', () => {
  it('that put a version back are removed again, always', () => {
    const provider = createProvider();
    const versions = [entry(1, { state: 'disabled' }), ...trusted(2, 3)];
    provider.reconcile(versions);
    for (let time = 0; time < 5; time += 1) {
      provider.setKeys(items(1, 2, 3));
      expect(provider.reconcile(versions)).toBe('list');
      expect(provider.listed()).toEqual([v(2), v(3)]);
    }
  });

  it('that take a version out are respected, and undone by editing the annotation', () => {
    const provider = createProvider();
    provider.reconcile(trusted(1, 2, 3));
    provider.setKeys(items(1, 3));
    expect([...findHeldOut(provider.read())]).toEqual([`${KEY}/${v(2)}`]);
    const versions = [entry(1), entry(2, { state: 'heldOut' }), entry(3)];
    expect(provider.reconcile(versions)).toBe('annotate');
    expect([...findHeldOut(provider.read())]).toEqual([`${KEY}/${v(2)}`]);
    expect(provider.reconcile(versions)).toBe('nothing');
    provider.edit({ metadata: { annotations: { 'keyward.dev/held-out': null } } });
    expect([...findHeldOut(provider.read())]).toEqual([]);
    provider.reconcile(trusted(1, 2, 3));
    expect(provider.listed()).toEqual([v(1), v(2), v(3)]);
  });

  it('that put the original list back are a revert, not a decision about single versions', () => {
    const provider = createProvider();
    provider.reconcile(trusted(1, 2));
    provider.setKeys(items(1));
    expect([...findHeldOut(provider.read())]).toEqual([]);
    expect(provider.reconcile(trusted(1, 2))).toBe('list');
    expect(provider.read().annotations['keyward.dev/foreign-reverts']).toBe('1');
  });

  it('that nobody may read count for nothing', () => {
    const provider = createProvider({
      annotations: {
        ...MANAGED,
        'keyward.dev/held-out': 'rubbish',
        'keyward.dev/written-keys': '{',
      },
    });
    expect([...findHeldOut(provider.read())]).toEqual([]);
    expect(provider.reconcile(trusted(1, 2))).toBe('list');
  });
});

describe('after three foreign reverts', () => {
  const fight = () => {
    const provider = createProvider({
      managedFields: [{ manager: 'argocd', time: '2026-11-01T11:00:00Z' }],
    });
    provider.reconcile(trusted(1, 2));
    for (let time = 0; time < 3; time += 1) {
      provider.setKeys(items(1));
      provider.reconcile(trusted(1, 2));
    }
    return provider;
  };

  it('nothing is added any more, and the condition names who it was and what to do', () => {
    const provider = fight();
    provider.setKeys(items(1));
    const { sync } = planKmp(provider.read(), trusted(1, 2));
    expect(sync).toMatchObject({ status: 'False', reason: 'ForeignReverts' });
    expect(sync.message).toMatch(/argocd .* annotation keyward\.dev\/foreign-reverts/u);
    provider.reconcile(trusted(1, 2));
    expect(provider.listed()).toEqual([v(1)]);
  });

  it('a version that is not trusted any more is still removed', () => {
    const provider = createProvider({ parameters: parametersWith(items(1, 2)) });
    provider.reconcile(trusted(1, 2, 3));
    for (let time = 0; time < 3; time += 1) {
      provider.setKeys(items(1, 2));
      provider.reconcile(trusted(1, 2, 3));
    }
    provider.setKeys(items(1, 2));
    provider.reconcile([entry(1, { state: 'revoked' }), ...trusted(2, 3)]);
    expect(provider.listed()).toEqual([v(2)]);
  });

  it('a list with nothing trusted left gets the trusted versions rather than a tombstone', () => {
    const provider = fight();
    provider.setKeys(items(1));
    provider.reconcile([entry(1, { state: 'disabled' }), entry(2)]);
    expect([provider.read().type, provider.listed()]).toEqual(['azurekeyvault', [v(2)]]);
  });

  it('additions go on when the annotation is removed', () => {
    const provider = fight();
    provider.edit({ metadata: { annotations: { 'keyward.dev/foreign-reverts': null } } });
    provider.reconcile(trusted(1, 2));
    expect(provider.listed()).toEqual([v(1), v(2)]);
  });
});

describe('no trusted version left', () => {
  const disabled = [entry(1, { state: 'disabled' })];

  it('makes the provider inline, with a key that nobody can sign with and nothing of what it was', () => {
    const provider = createProvider();
    expect(provider.reconcile(disabled)).toBe('tombstone');
    expect(provider.object().spec).toEqual({
      type: 'inline',
      parameters: { contentType: 'key', value: TOMBSTONE_KEY },
    });
    expect(provider.reconcile(disabled)).toBe('nothing');
    expect(planKmp(provider.read(), disabled).sync.reason).toBe('Tombstone');
  });

  it('keeps following the key, so that the provider can return', () => {
    const provider = createProvider();
    provider.reconcile(disabled);
    const source = sourceOfProvider({ ok: true, value: provider.read() });
    expect(source).toMatchObject({
      kind: 'vault',
      sources: [{ vaultUri: VAULT, name: KEY }],
      listed: [],
    });
  });

  it('returns with the next trusted version, as it was but for the list', () => {
    const provider = createProvider();
    provider.reconcile(disabled);
    expect(provider.reconcile([...disabled, entry(2)])).toBe('list');
    expect(provider.object().spec).toEqual({
      type: 'azurekeyvault',
      parameters: { vaultURI: VAULT, tenantID: 'tenant', clientID: 'client', keys: items(2) },
    });
    expect(provider.read().annotations['keyward.dev/tombstone-of']).toBeUndefined();
    expect(provider.reconcile([...disabled, entry(2)])).toBe('nothing');
  });

  it('never lists a version that came back only to be gone again', () => {
    const provider = createProvider();
    for (let time = 0; time < 3; time += 1) {
      provider.reconcile(disabled);
      expect(provider.read().type).toBe('inline');
      provider.reconcile([...disabled, entry(2)]);
      expect(provider.listed()).toEqual([v(2)]);
    }
  });

  it('leaves certificates alone: beside them an empty list of keys is enough', () => {
    const certificates = [{ name: 'notation-cert' }];
    const provider = createProvider({ parameters: { ...parametersWith(items(1)), certificates } });
    expect(provider.reconcile(disabled)).toBe('list');
    const { type, parameters } = provider.object().spec;
    expect(type).toBe('azurekeyvault');
    expect(parameters).toMatchObject({ certificates, keys: [] });
    expect(provider.reconcile(disabled)).toBe('nothing');
    expect(provider.reconcile([entry(2)])).toBe('list');
    expect(provider.listed()).toEqual([v(2)]);
  });

  it('does not touch a tombstone that cannot be read any more', () => {
    const provider = createProvider();
    provider.reconcile(disabled);
    provider.edit({ metadata: { annotations: { 'keyward.dev/tombstone-of': 'rubbish' } } });
    const { sync, write } = planKmp(provider.read(), trusted(2));
    expect([sync.reason, write]).toEqual(['AnnotationUnreadable', undefined]);
    expect(sourceOfProvider({ ok: true, value: provider.read() }).kind).toBe('unusable');
  });
});

function parametersWith(keys: readonly unknown[]) {
  return { vaultURI: `${VAULT}/`, tenantID: 'tenant', clientID: 'client', keys };
}
