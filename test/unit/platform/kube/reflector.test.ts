import { describe, expect, it } from '@jest/globals';
import { KubeError } from '../../../../platform/kube/kube-error.ts';
import { startReflector } from './reflector-setup.ts';
import { keySet, settle } from './scripted-kube.ts';

const page = (resourceVersion: string, ...items: ReturnType<typeof keySet>[]) => ({
  items,
  resourceVersion,
});

describe('a reflector', () => {
  it('holds nothing and says so before its first list', async () => {
    const { reflector, start, stop } = startReflector();
    const running = start();
    await settle();
    expect(reflector.isSynced()).toBe(false);
    expect([reflector.resourceVersion(), reflector.lastEventAt()]).toEqual(['', 0]);
    expect([...reflector.items(), ...reflector.invalid()]).toEqual([]);
    stop();
    // A list that hangs is bounded by Kube's own timeout, not by the reflector.
    void running;
  });

  it('is synced after all pages of a list, and watches from their moment', async () => {
    const setup = startReflector({ namespace: 'team' });
    setup.prepare(
      { ...page('10', keySet('a', '1')), continue: 'next-1' },
      { ...page('10', keySet('b', '2')), continue: 'next-2' },
      page('10', keySet('c', '3')),
    );
    void setup.start();
    await setup.reflector.synced;
    await settle();
    expect(setup.values()).toEqual(['a@1', 'b@2', 'c@3']);
    expect(setup.lists).toMatchObject([
      { namespace: 'team', limit: 500 },
      { namespace: 'team', limit: 500, continue: 'next-1' },
      { namespace: 'team', limit: 500, continue: 'next-2' },
    ]);
    // The newest state is asked for: no list names a version.
    expect(setup.lists.every((options) => options.resourceVersion === undefined)).toBe(true);
    expect(setup.latest().resourceVersion).toBe('10');
    expect(setup.changes).toEqual([['team/a', 'team/b', 'team/c']]);
    setup.stop();
  });

  it('watches from the oldest page should the pages be of several moments', async () => {
    const setup = startReflector();
    setup.prepare(
      { ...page('10', keySet('a', '1')), continue: 'next' },
      page('12', keySet('b', '2')),
    );
    void setup.start();
    await settle();
    expect(setup.latest().resourceVersion).toBe('10');
    setup.stop();
  });

  it('shows nothing of a list that fails half way', async () => {
    const setup = startReflector();
    setup.prepare(
      { ...page('10', keySet('a', '1')), continue: 'next' },
      new KubeError('GONE', 'the continue token is too old'),
      page('11', keySet('b', '2')),
    );
    void setup.start();
    await settle();
    expect([setup.reflector.isSynced(), setup.values()]).toEqual([false, []]);
    expect(await setup.relists()).toBe(1);
    setup.clock.advance(50);
    await settle();
    expect(setup.values()).toEqual(['b@2']);
    expect(setup.lists[2]).not.toHaveProperty('continue');
    setup.stop();
  });

  it('applies events, bookmarks included, and remembers how far it is', async () => {
    const setup = startReflector();
    setup.prepare(page('10', keySet('a', '1'), keySet('b', '2')));
    void setup.start();
    await settle();
    setup.clock.advance(5000);
    const watch = setup.latest();
    watch.send({ type: 'ADDED', object: keySet('c', '11') });
    watch.send({ type: 'MODIFIED', object: keySet('a', '12') });
    watch.send({ type: 'DELETED', object: keySet('b', '13') });
    await settle();
    expect(setup.values()).toEqual(['a@12', 'c@11']);
    expect(setup.reflector.resourceVersion()).toBe('13');
    expect(setup.changes.slice(1)).toEqual([['team/c'], ['team/a'], ['team/b']]);
    expect(setup.reflector.lastEventAt()).toBe(setup.clock.now());
    watch.send({ type: 'BOOKMARK', resourceVersion: '99' });
    await settle();
    expect(setup.reflector.resourceVersion()).toBe('99');
    expect(setup.changes).toHaveLength(4);
    setup.stop();
  });

  it('drops the old value of an object that became invalid, and tells what is wrong with it', async () => {
    const setup = startReflector();
    setup.prepare(page('10', keySet('a', '1'), keySet('bad', '2', false)));
    void setup.start();
    await settle();
    expect([...setup.reflector.invalid()]).toEqual([['team/bad', ['spec: is bad']]]);
    setup.latest().send({ type: 'MODIFIED', object: keySet('a', '11', false) });
    await settle();
    expect(setup.values()).toEqual([]);
    expect([...setup.reflector.invalid().keys()].toSorted()).toEqual(['team/a', 'team/bad']);
    expect(setup.lines.join('')).toContain('object is invalid');
    setup.latest().send({ type: 'MODIFIED', object: keySet('a', '12') });
    setup.latest().send({ type: 'DELETED', object: keySet('bad', '13', false) });
    await settle();
    expect([setup.values(), [...setup.reflector.invalid()]]).toEqual([['a@12'], []]);
    setup.stop();
  });

  it('takes an object that makes the parser throw for invalid', async () => {
    const setup = startReflector({
      parse: () => {
        throw new Error('parser is broken');
      },
    });
    setup.prepare(page('10', keySet('a', '1')));
    void setup.start();
    await settle();
    expect([...setup.reflector.invalid().values()]).toEqual([['the object could not be parsed']]);
    expect(setup.reflector.isSynced()).toBe(true);
    setup.stop();
  });

  it('never moves a map that it has handed out', async () => {
    const setup = startReflector();
    setup.prepare(page('10', keySet('a', '1')), page('20', keySet('z', '20')));
    void setup.start();
    await settle();
    const first = setup.reflector.items();
    const invalid = setup.reflector.invalid();
    const watch = setup.latest();
    watch.send({ type: 'ADDED', object: keySet('b', '11') });
    watch.send({ type: 'MODIFIED', object: keySet('a', '12', false) });
    await settle();
    expect([...first]).toEqual([['team/a', 'a@1']]);
    expect([...invalid]).toEqual([]);
    const second = setup.reflector.items();
    expect([...second.keys()]).toEqual(['team/b']);
    watch.send({ type: 'DELETED', object: keySet('b', '13') });
    watch.fail(new KubeError('GONE', 'too old'));
    await settle();
    setup.clock.advance(1000);
    await settle();
    expect([...second.keys()]).toEqual(['team/b']);
    expect(setup.values()).toEqual(['z@20']);
    setup.stop();
  });

  it('tells after a new list what changed, came and went, and nothing that stayed', async () => {
    const setup = startReflector();
    setup.prepare(
      page('10', keySet('same', '1'), keySet('changed', '2'), keySet('gone', '3')),
      page('20', keySet('same', '1'), keySet('changed', '15'), keySet('new', '16')),
      page('30', keySet('same', '1'), keySet('changed', '15'), keySet('new', '16')),
    );
    void setup.start();
    await settle();
    for (let round = 0; round < 2; round += 1) {
      setup.latest().fail(new KubeError('GONE', 'too old'));
      await settle();
      setup.clock.advance(1000);
      await settle();
    }
    expect(setup.changes.map((keys) => [...keys].toSorted())).toEqual([
      ['team/changed', 'team/gone', 'team/same'],
      ['team/changed', 'team/gone', 'team/new'],
    ]);
    setup.stop();
  });

  it('ends when its signal is aborted, in a watch as in a pause', async () => {
    const watching = startReflector();
    watching.prepare(page('10'));
    const first = watching.start();
    await settle();
    watching.stop();
    await expect(first).resolves.toBeUndefined();

    const pausing = startReflector();
    pausing.prepare(new KubeError('UNREACHABLE', 'down'));
    const second = pausing.start();
    await settle();
    pausing.stop();
    await expect(second).resolves.toBeUndefined();
    expect(pausing.clock.pending()).toBe(0);
  });
});
