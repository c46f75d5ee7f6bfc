import { describe, expect, it } from '@jest/globals';
import { KubeError } from '../../../../platform/kube/kube-error.ts';
import { startReflector } from './reflector-setup.ts';
import { keySet, settle } from './scripted-kube.ts';

const page = (resourceVersion: string, ...items: ReturnType<typeof keySet>[]) => ({
  items,
  resourceVersion,
});
const down = () => new KubeError('UNREACHABLE', 'down');

/** Moves time on until the condition holds, in steps of 10 ms; returns how long it took. */
async function timeUntil(
  setup: ReturnType<typeof startReflector>,
  condition: () => boolean,
): Promise<number> {
  for (let waited = 0; waited < 60_000; waited += 10) {
    if (condition()) return waited;
    setup.clock.advance(10);
    await settle();
  }
  throw new Error('it never happened');
}

describe('a reflector whose watch', () => {
  it.each([
    ['is too old (410)', new KubeError('GONE', 'too old')],
    ['sends rubbish or an ERROR event', new KubeError('BAD_RESPONSE', 'rubbish')],
  ])('%s lists again and keeps what it had until then', async (_what, fault) => {
    const setup = startReflector();
    setup.prepare(page('10', keySet('a', '1')), page('20', keySet('b', '15')));
    void setup.start();
    await settle();
    setup.latest().fail(fault);
    await settle();
    expect(setup.values()).toEqual(['a@1']);
    await timeUntil(setup, () => setup.watches.length === 2);
    expect(setup.values()).toEqual(['b@15']);
    expect(setup.latest().resourceVersion).toBe('20');
    expect(await setup.relists()).toBe(1);
    expect(setup.lines.join('')).toContain('listing again');
    setup.stop();
  });

  it.each([
    ['breaks off', down()],
    ['times out', new KubeError('TIMEOUT', 'silence')],
    ['is forbidden for a while', new KubeError('FORBIDDEN', 'role is missing')],
    ['fails in a way nobody foresaw', new TypeError('undefined is not a function')],
  ])('%s goes on from where it was, without a list', async (_what, fault) => {
    const setup = startReflector();
    setup.prepare(page('10', keySet('a', '1')));
    void setup.start();
    await settle();
    setup.latest().send({ type: 'ADDED', object: keySet('b', '17') });
    await settle();
    setup.latest().fail(fault);
    await timeUntil(setup, () => setup.watches.length === 2);
    expect(setup.latest().resourceVersion).toBe('17');
    expect([setup.lists.length, await setup.relists()]).toEqual([1, 0]);
    expect(setup.values()).toEqual(['a@1', 'b@17']);
    setup.stop();
  });

  it('is closed cleanly after its time is opened again at once', async () => {
    const setup = startReflector();
    setup.prepare(page('10'));
    void setup.start();
    await settle();
    setup.clock.advance(240_000);
    setup.latest().end();
    await settle();
    expect(setup.watches).toHaveLength(2);
    expect(setup.latest().resourceVersion).toBe('10');
    expect(setup.reflector.lastEventAt()).toBe(setup.clock.now());
    setup.stop();
  });

  it('is closed at once, again and again, is not opened in a tight loop', async () => {
    const setup = startReflector();
    setup.prepare(page('10'));
    void setup.start();
    await settle();
    const pauses: number[] = [];
    for (let round = 0; round < 9; round += 1) {
      setup.latest().end();
      await settle();
      const count = setup.watches.length;
      pauses.push(await timeUntil(setup, () => setup.watches.length > count));
    }
    expect(pauses).toEqual([50, 100, 200, 400, 800, 1600, 3200, 6400, 7500]);
    setup.stop();
  });

  it('gives an event after faults begins its pauses anew', async () => {
    const setup = startReflector();
    setup.prepare(page('10'));
    void setup.start();
    await settle();
    for (let round = 0; round < 5; round += 1) {
      setup.latest().fail(down());
      await settle();
      const count = setup.watches.length;
      await timeUntil(setup, () => setup.watches.length > count);
    }
    setup.latest().send({ type: 'BOOKMARK', resourceVersion: '11' });
    await settle();
    setup.latest().fail(down());
    await settle();
    const count = setup.watches.length;
    expect(await timeUntil(setup, () => setup.watches.length > count)).toBe(50);
    setup.stop();
  });
});

describe('a reflector whose list', () => {
  it('fails keeps trying with growing pauses of at most 15 seconds, half of them random', async () => {
    const draw = { value: 0 };
    const setup = startReflector({ random: () => draw.value });
    setup.prepare(...Array.from({ length: 20 }, down), page('10', keySet('a', '1')));
    void setup.start();
    await settle();
    const pauses: number[] = [];
    while (!setup.reflector.isSynced()) {
      draw.value = pauses.length % 2 === 0 ? 0 : 0.999;
      const count = setup.lists.length;
      pauses.push(await timeUntil(setup, () => setup.lists.length > count));
    }
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(50);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(15_000);
    expect(Math.max(...pauses)).toBeGreaterThan(14_000);
    expect(pauses.slice(0, 6)).toEqual(pauses.slice(0, 6).toSorted((first, next) => first - next));
    expect(await setup.relists()).toBe(20);
    setup.stop();
  });

  it('fails after it was synced keeps the last known state', async () => {
    const setup = startReflector();
    setup.prepare(page('10', keySet('a', '1')), ...Array.from({ length: 5 }, down));
    void setup.start();
    await settle();
    setup.latest().fail(new KubeError('GONE', 'too old'));
    await timeUntil(setup, () => setup.lists.length === 6);
    expect([setup.reflector.isSynced(), setup.values()]).toEqual([true, ['a@1']]);
    setup.stop();
  });
});

describe('a listener that throws', () => {
  it('does not stop the reflector, and the snapshot holds the change', async () => {
    let calls = 0;
    const setup = startReflector({
      onChange: () => {
        calls += 1;
        if (calls === 2) throw new Error('listener is broken');
      },
    });
    setup.prepare(page('10', keySet('a', '1')));
    void setup.start();
    await settle();
    setup.latest().send({ type: 'ADDED', object: keySet('b', '11') });
    await settle();
    await timeUntil(setup, () => setup.watches.length === 2);
    expect(setup.latest().resourceVersion).toBe('11');
    expect(setup.values()).toEqual(['a@1', 'b@11']);
    setup.stop();
  });
});
