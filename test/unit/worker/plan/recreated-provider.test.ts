import { describe, expect, it } from '@jest/globals';
import { KEY, keyOf, kmpObject, seen, v, VAULT } from '../fixtures.ts';
import { ProviderScene, TOMBSTONE_KEY } from './provider-scene.ts';

const MANAGED = { annotations: { 'keyward.dev/manage': 'patch' } };
const items = (...numbers: readonly number[]) =>
  numbers.map((number) => ({ name: KEY, version: v(number) }));
const disabled = (number: number) => seen(number, { enabled: false });
const setKeys = (...numbers: readonly number[]) => ({
  spec: { parameters: { keys: items(...numbers) } },
});

describe.each([
  ['the cluster’s', {}],
  ['a namespace’s', { namespace: 'team' }],
])('%s provider that was deleted and made again', (_whose, place) => {
  it('is managed on, although the opt-in went with the old object', () => {
    const scene = new ProviderScene({ ...MANAGED, ...place }).settle(disabled(1), seen(2));
    expect(scene.listed()).toEqual([v(2)]);
    scene.recreate();
    expect(scene.listed()).toEqual([v(1)]);
    expect(scene.reconcile()).toEqual(['source list']);
    expect(scene.listed()).toEqual([v(2)]);
    expect(scene.annotations()).toMatchObject({ 'keyward.dev/manage': 'patch' });
    scene.settle();
    expect(scene.sync()?.reason).toBe('InSync');
  });

  it('is managed on after a crash between the status and the provider', () => {
    const scene = new ProviderScene({ ...MANAGED, ...place }).settle(disabled(1), seen(2));
    scene.recreate();
    scene.reconcile('status');
    scene.reconcile('status');
    scene.settle();
    expect(scene.listed()).toEqual([v(2)]);
  });

  it('keeps out what a person took out of the old one, with the opt-in in the file or not', () => {
    for (const annotations of [{}, MANAGED.annotations]) {
      const scene = new ProviderScene({ ...MANAGED, ...place }).settle(seen(1), seen(2), seen(3));
      scene.edit(setKeys(1, 3));
      scene.settle();
      expect(scene.state(v(2))).toBe('heldOut');
      scene.recreate({ annotations });
      scene.reconcile('status');
      scene.settle();
      expect([scene.state(v(2)), scene.listed()]).toEqual(['heldOut', [v(1), v(3)]]);
      // And comes in again by a person's word.
      scene.annotate('held-out', null);
      scene.settle();
      expect(scene.state(v(2))).toBe('trusted');
    }
  });

  it('becomes a tombstone again where nothing is trusted', () => {
    const scene = new ProviderScene({ ...MANAGED, ...place }).settle(disabled(1));
    scene.recreate();
    scene.settle();
    expect(scene.spec()).toMatchObject({ type: 'inline' });
    scene.settle(disabled(1), seen(2));
    expect(scene.spec()).toMatchObject({ type: 'azurekeyvault' });
    expect(scene.listed()).toEqual([v(2)]);
  });

  it('keeps its trust while it is away, and is written when it is there', () => {
    const scene = new ProviderScene({ ...MANAGED, ...place }).settle(seen(1), seen(2));
    scene.source = undefined;
    scene.reconcile();
    scene.now += 5000;
    scene.reconcile();
    expect(scene.keySet.status.trusted).toBe(2);
    scene.recreate();
    scene.settle();
    expect(scene.listed()).toEqual([v(1), v(2)]);
  });

  it('is left alone when its own file says so', () => {
    const scene = new ProviderScene({ ...MANAGED, ...place }).settle(seen(1), seen(2));
    scene.recreate({ annotations: { 'keyward.dev/manage': 'none' } });
    scene.settle();
    expect([scene.listed(), scene.keySet.status.provider]).toEqual([[v(1)], undefined]);
  });
});

describe('a provider that is released', () => {
  const release = (scene: ProviderScene) => {
    scene.annotate('manage', null);
    return scene.settle();
  };

  it('keeps the last list, and none of the notes that the next opt-in would misread', () => {
    const scene = release(new ProviderScene(MANAGED).settle(disabled(1), seen(2), seen(3)));
    expect(scene.listed()).toEqual([v(2), v(3)]);
    expect(scene.annotations()).toEqual({});
    expect(scene.keySet.status.provider).toBeUndefined();
    expect(scene.sync()).toMatchObject({ status: 'Unknown', reason: 'NotManaged' });
    scene.settle(disabled(1), disabled(2), seen(3));
    expect(scene.listed()).toEqual([v(2), v(3)]);
  });

  it('re-trusts nothing that a person took out', () => {
    const scene = new ProviderScene(MANAGED).settle(seen(1), seen(2), seen(3));
    scene.edit(setKeys(1, 3));
    scene.settle();
    release(scene);
    expect(scene.state(v(2))).toBe('heldOut');
    scene.annotate('manage', 'patch');
    scene.settle();
    expect([scene.state(v(2)), scene.listed()]).toEqual(['heldOut', [v(1), v(3)]]);
  });

  it('re-trusts nothing either by a word that is not known', () => {
    const scene = new ProviderScene(MANAGED).settle(seen(1), seen(2), seen(3));
    scene.edit(setKeys(1, 3));
    scene.settle();
    scene.annotate('manage', 'pach');
    scene.settle();
    expect([scene.state(v(2)), scene.sync()?.reason]).toEqual(['heldOut', 'ModeUnknown']);
  });

  it('can be managed again, whatever its list was made meanwhile', () => {
    const scene = release(new ProviderScene(MANAGED).settle(disabled(1), seen(2), seen(3)));
    scene.edit(setKeys(1));
    scene.annotate('manage', 'patch');
    scene.settle();
    expect(scene.listed()).toEqual([v(2), v(3)]);
    expect(scene.annotations()['keyward.dev/foreign-reverts']).toBeUndefined();
  });

  it('goes on being followed where nothing is listed beside its certificates', () => {
    const { parameters } = kmpObject().spec;
    const certificates = [{ name: 'notation' }];
    const scene = new ProviderScene({ ...MANAGED, parameters: { ...parameters, certificates } });
    release(scene.settle(disabled(1)));
    expect([scene.listed(), scene.state(v(1))]).toEqual([[], 'disabled']);
  });

  it('as a tombstone stays one, says where its parameters are, and can be managed again', () => {
    const scene = release(new ProviderScene(MANAGED).settle(disabled(1)));
    expect(scene.spec()).toMatchObject({ type: 'inline' });
    scene.settle(disabled(1), seen(2));
    expect(scene.spec()).toMatchObject({ type: 'inline' });
    expect(scene.sync()?.message).toContain('keyward.dev/tombstone-of');
    scene.annotate('manage', 'patch');
    scene.settle();
    expect(scene.listed()).toEqual([v(2)]);
  });
});

describe('a tombstone that somebody applied the old file over', () => {
  it('is one again, and returns without anything of a tombstone in it', () => {
    const scene = new ProviderScene(MANAGED).settle(disabled(1));
    // `kubectl apply` adds what the file says; what it does not know stays.
    scene.edit({
      spec: {
        type: 'azurekeyvault',
        parameters: { vaultURI: VAULT, tenantID: 't', clientID: 'c', keys: items(1) },
      },
    });
    scene.settle();
    expect(scene.spec()).toMatchObject({ type: 'inline' });
    scene.settle(disabled(1), seen(2));
    expect(scene.spec()).toEqual({
      type: 'azurekeyvault',
      parameters: { vaultURI: VAULT, tenantID: 't', clientID: 'c', keys: items(2) },
    });
  });
});

describe('a tombstone that somebody put another key into', () => {
  it.each(['patch', 'generate'])('holds one that nobody can sign with again: %s', (manage) => {
    const annotations = { 'keyward.dev/manage': manage };
    const scene = new ProviderScene({ annotations }).settle(disabled(1));
    const value = keyOf('somebody’s').loaded.pem;
    if (manage === 'patch') scene.edit({ spec: { parameters: { value } } });
    else scene.editTarget({ spec: { parameters: { value } } });
    scene.settle();
    expect(scene.spec(manage === 'patch' ? scene.source : scene.target)).toEqual({
      type: 'inline',
      parameters: { contentType: 'key', value: TOMBSTONE_KEY },
    });
  });
});

describe('what Ratify says of a list', () => {
  const fetched = (lastfetchedtime: string, issuccess: boolean, manager = 'ratify') => ({
    metadata: {
      managedFields: [{ manager, time: lastfetchedtime, subresource: 'status' }],
    },
    status: { issuccess, lastfetchedtime, ...(issuccess ? {} : { error: 'no such key' }) },
  });

  it('counts once it has fetched what keyward wrote', () => {
    const scene = new ProviderScene(MANAGED);
    scene.edit(fetched('2026-11-01T11:00:00Z', true));
    scene.settle(seen(1), seen(2));
    expect(scene.sync()).toMatchObject({ status: 'Unknown', reason: 'NotConfirmed' });
    scene.edit(fetched('2026-11-01T12:00:01Z', true));
    scene.settle();
    expect(scene.sync()).toMatchObject({ status: 'True', reason: 'InSync' });
    expect(scene.sync()?.message).toContain('Ratify has read them');
  });

  it('of the list before is no error of this one; of this one it is', () => {
    const scene = new ProviderScene(MANAGED);
    scene.edit(fetched('2026-11-01T11:00:00Z', false));
    scene.settle(disabled(1), seen(2));
    expect(scene.sync()?.reason).toBe('NotConfirmed');
    scene.edit(fetched('2026-11-01T12:00:01Z', false));
    scene.settle();
    expect(scene.sync()).toMatchObject({ status: 'False', reason: 'ProviderReportsError' });
  });

  it('is not waited for where keyward writes the status itself, nor where nobody does', () => {
    const own = new ProviderScene(MANAGED);
    own.edit(fetched('2026-11-01T11:00:00Z', true, 'keyward-ratify-status'));
    expect(own.settle(seen(1), seen(2)).sync()?.status).toBe('True');
    expect(new ProviderScene(MANAGED).settle(seen(1), seen(2)).sync()?.status).toBe('True');
  });

  it('is taken as it is when it fetched in the second of the write: the next fetch may look the same', () => {
    const scene = new ProviderScene(MANAGED);
    scene.edit(fetched('2026-11-01T12:00:00Z', true));
    expect(scene.settle(seen(1), seen(2)).sync()?.status).toBe('True');
  });
});
