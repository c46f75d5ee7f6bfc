import { describe, expect, it } from '@jest/globals';
import { KEY, kmpObject, seen, v, VAULT } from '../fixtures.ts';
import { GENERATED, ProviderScene, TOMBSTONE_KEY } from './provider-scene.ts';

const GENERATE = { annotations: { 'keyward.dev/manage': 'generate' } };
const items = (...numbers: readonly number[]) =>
  numbers.map((number) => ({ name: KEY, version: v(number) }));
const disabled = (number: number) => seen(number, { enabled: false });
const listOf = (...numbers: readonly number[]) => ({
  type: 'azurekeyvault',
  parameters: {
    vaultURI: `${VAULT}/`,
    tenantID: 'tenant',
    clientID: 'client',
    keys: items(...numbers),
  },
});

describe.each([
  ['cluster’s', {}, GENERATE, {}],
  ['namespace’s', { namespace: 'team' }, GENERATE, {}],
  [
    'KeySet’s own choice of',
    {},
    {},
    { publish: { kind: 'KeyManagementProvider', name: GENERATED } as const },
  ],
])('the %s generated provider', (_whose, place, mode, spec) => {
  const create = () => new ProviderScene({ ...place, ...mode }, spec);

  it('is what the person’s says, with the trusted versions as its keys', () => {
    const scene = create().settle(disabled(1), seen(2), seen(3));
    expect(scene.target).toMatchObject({
      metadata: { name: GENERATED, ...place },
      spec: listOf(2, 3),
    });
    expect(scene.sync()?.status).toBe('True');
  });

  it('leaves the person’s as it is', () => {
    const scene = create();
    const before = structuredClone(scene.source);
    scene.settle(disabled(1), seen(2));
    expect(scene.source).toEqual(before);
  });

  it('follows the vault, becomes a tombstone and returns from it', () => {
    const scene = create().settle(seen(1));
    scene.settle(disabled(1));
    expect(scene.spec(scene.target)).toEqual({
      type: 'inline',
      parameters: { contentType: 'key', value: TOMBSTONE_KEY },
    });
    expect(scene.sync()?.reason).toBe('Tombstone');
    scene.settle(disabled(1), seen(2));
    expect(scene.spec(scene.target)).toEqual(listOf(2));
    expect(Object.keys(scene.annotations(scene.target))).toEqual(['keyward.dev/generated-for']);
  });

  it('is a tombstone from its beginning where nothing is trusted', () => {
    const scene = create().settle(disabled(1));
    expect(scene.spec(scene.target)).toMatchObject({ type: 'inline' });
  });

  it('is put right whatever somebody writes there', () => {
    const scene = create().settle(disabled(1), seen(2));
    scene.editTarget({
      spec: { parameters: { keys: items(1, 2), cloudName: 'x' }, refreshInterval: '1s' },
    });
    scene.settle();
    expect(scene.spec(scene.target)).toEqual(listOf(2));
    scene.editTarget({ spec: { refreshInterval: '1s' } });
    scene.settle();
    expect(scene.spec(scene.target)).toEqual(listOf(2));
    scene.editTarget({ spec: { parameters: { keys: null } } });
    scene.settle();
    expect(scene.spec(scene.target)).toEqual(listOf(2));
  });

  it('is made again when it was deleted', () => {
    const scene = create().settle(seen(1));
    scene.target = undefined;
    scene.settle();
    expect(scene.spec(scene.target)).toEqual(listOf(1));
  });

  it('is not touched where it is somebody else’s', () => {
    const scene = create();
    scene.target = kmpObject({ name: GENERATED, ...place }) as never;
    const before = structuredClone(scene.target);
    scene.settle(seen(1), seen(2));
    expect(scene.target).toEqual(before);
    expect(scene.sync()).toMatchObject({ status: 'False', reason: 'NameTaken' });
    expect(scene.keySet.status.provider).toBeUndefined();
  });

  it('outlives the person’s: its versions stay for a minute, then it denies', () => {
    const scene = create().settle(seen(1));
    scene.source = undefined;
    scene.reconcile();
    expect(scene.spec(scene.target)).toEqual(listOf(1));
    scene.now += 60_000;
    scene.settle();
    expect(scene.spec(scene.target)).toMatchObject({ type: 'inline' });
    scene.recreate(mode);
    scene.settle();
    expect(scene.spec(scene.target)).toEqual(listOf(1));
  });
});

describe('a generated provider', () => {
  it('takes the interval and whatever else is there, but no certificates', () => {
    const scene = new ProviderScene({
      ...GENERATE,
      parameters: {
        ...kmpObject().spec.parameters,
        cloudName: 'AzureChinaCloud',
        certificates: [{ name: 'c' }],
      },
    });
    scene.edit({ spec: { refreshInterval: '1h' } });
    scene.settle(seen(1));
    const { type, parameters } = listOf(1);
    expect(scene.spec(scene.target)).toEqual({
      type,
      refreshInterval: '1h',
      parameters: { ...parameters, cloudName: 'AzureChinaCloud' },
    });
  });

  it('goes on when the person’s was made again without the opt-in', () => {
    const scene = new ProviderScene(GENERATE).settle(seen(1));
    scene.recreate();
    scene.settle(seen(1), seen(2));
    expect(scene.spec(scene.target)).toEqual(listOf(1, 2));
    scene.settle(seen(1), seen(2), seen(3));
    expect(scene.spec(scene.target)).toEqual(listOf(1, 2, 3));
  });

  it('is left with its last list when it is asked for no more', () => {
    const scene = new ProviderScene(GENERATE).settle(seen(1), seen(2));
    scene.annotate('manage', null);
    scene.settle(disabled(1), seen(2));
    expect(scene.spec(scene.target)).toEqual(listOf(1, 2));
    expect(scene.keySet.status.provider).toBeUndefined();
  });

  it('cannot be made of a KeySet that names keys, which has no parameters for it', () => {
    const scene = new ProviderScene({}, { publish: { kind: 'KeyManagementProvider', name: 'x' } });
    scene.source = undefined;
    scene.reconcile();
    expect([scene.target, scene.sync()?.reason]).toEqual([undefined, 'NoParameters']);
  });

  it('takes the place of a list that was patched before, which is left as it is', () => {
    const scene = new ProviderScene({ annotations: { 'keyward.dev/manage': 'patch' } }).settle(
      seen(1),
      seen(2),
    );
    scene.annotate('manage', 'generate');
    scene.settle();
    expect([scene.listed(), scene.listed(scene.target)]).toEqual([
      [v(1), v(2)],
      [v(1), v(2)],
    ]);
    expect(Object.keys(scene.annotations())).toEqual(['keyward.dev/manage']);
  });
});
