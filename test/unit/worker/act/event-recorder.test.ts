import { describe, expect, it } from '@jest/globals';
import { KubeError } from '../../../../platform/kube/kube-error.ts';
import { createFakeClock } from '../../../../platform/lifecycle/fake-clock.ts';
import { createMetrics } from '../../../../platform/observe/metrics.ts';
import { RESOURCES } from '../../../../platform/kube/resources.ts';
import { createEventRecorder } from '../../../../worker/act/event-recorder.ts';
import { createWorkerMetrics } from '../../../../worker/metrics.ts';
import type { PlannedEvent } from '../../../../worker/plan/plan-events.ts';
import { createFakeKube } from '../fake-kube.ts';
import { NOW, SILENT } from '../fixtures.ts';

const PLACE = { namespace: 'team', name: 'prod', uid: 'u1' };
const said = (message: string): PlannedEvent => ({ type: 'Warning', reason: 'TrustLost', message });

function setUp() {
  const clock = createFakeClock(NOW);
  const kube = createFakeKube();
  const metrics = createMetrics();
  const life = new AbortController();
  const recorderOf = () =>
    createEventRecorder({
      kube,
      clock,
      logger: SILENT,
      workerMetrics: createWorkerMetrics(metrics),
      signal: life.signal,
    });
  return {
    clock,
    kube,
    life,
    recorder: recorderOf(),
    /** As another process would have one: nothing remembered. */
    recorderOf,
    written: () =>
      kube.writes.map(({ verb, key }) => {
        const { count, message } = (kube.read(RESOURCES.events, key) ?? {}) as {
          count?: number;
          message?: string;
        };
        return `${verb} ${message} ${count}`;
      }),
    count: async (outcome: string) => {
      const text = await metrics.registry.metrics();
      const line = text
        .split('\n')
        .find((each) => each.includes(`events_total{outcome="${outcome}"`));
      return Number(line?.split(' ').at(-1));
    },
  };
}

describe('an event', () => {
  it('lies beside its KeySet and refers to it', async () => {
    const { kube, recorder } = setUp();
    recorder.record(PLACE, [said('key/a was trusted, is disabled')]);
    await recorder.settled();
    expect(kube.writes).toHaveLength(1);
    expect(kube.writes[0]?.body).toMatchObject({
      metadata: { namespace: 'team' },
      involvedObject: {
        apiVersion: 'keyward.dev/v1alpha1',
        kind: 'KeySet',
        namespace: 'team',
        name: 'prod',
        uid: 'u1',
      },
      type: 'Warning',
      reason: 'TrustLost',
      message: 'key/a was trusted, is disabled',
      count: 1,
      firstTimestamp: '2026-11-01T12:00:00Z',
    });
  });

  it('that is said again is the same one, counted', async () => {
    const { clock, kube, recorder, written } = setUp();
    recorder.record(PLACE, [said('x')]);
    clock.advance(5000);
    recorder.record(PLACE, [said('x'), said('y')]);
    await recorder.settled();
    expect(written()).toEqual(['create x 2', 'patch x 2', 'create y 1']);
    const [first] = kube.writes;
    expect(kube.read(RESOURCES.events, first?.key ?? '')).toMatchObject({
      firstTimestamp: '2026-11-01T12:00:00Z',
      lastTimestamp: '2026-11-01T12:00:05Z',
    });
  });

  it('that another process told is taken up, and one that the API server forgot is made again', async () => {
    const { kube, recorder, recorderOf, written } = setUp();
    recorder.record(PLACE, [said('x')]);
    await recorder.settled();
    const other = recorderOf();
    other.record(PLACE, [said('x')]);
    await other.settled();
    expect(written()).toEqual(['create x 1', 'patch x 1']);
    kube.remove(RESOURCES.events, kube.writes[0]?.key ?? '');
    other.record(PLACE, [said('x')]);
    await other.settled();
    expect(written().at(-1)).toBe('create x 1');
  });

  it('that cannot be written holds up none after it, and is counted', async () => {
    const { kube, recorder, written, count } = setUp();
    kube.before = (verb) => {
      if (verb !== 'create') return;
      kube.before = () => undefined;
      throw new KubeError('FORBIDDEN', 'no');
    };
    recorder.record(PLACE, [said('x'), said('y')]);
    await recorder.settled();
    expect(written()).toEqual(['create y 1']);
    expect([await count('written'), await count('failed')]).toEqual([1, 1]);
  });
});

describe('the number of events', () => {
  it('is bounded for each KeySet, and grows again with time', async () => {
    const { clock, kube, recorder, count } = setUp();
    const tell = async (from: number, to: number): Promise<void> => {
      for (let number = from; number < to; number += 1) recorder.record(PLACE, [said(`${number}`)]);
      await recorder.settled();
    };
    await tell(0, 100);
    expect([kube.writes.length, await count('dropped')]).toEqual([25, 75]);
    recorder.record({ ...PLACE, name: 'other' }, [said('of another')]);
    await recorder.settled();
    expect(kube.writes.length).toBe(26);
    clock.advance(3 * 60_000);
    await tell(100, 110);
    expect(kube.writes.length).toBe(29);
  });

  it('is not bounded by those that were written', async () => {
    const { recorder, count } = setUp();
    for (let round = 0; round < 3; round += 1) {
      for (let set = 0; set < 300; set += 1)
        recorder.record({ ...PLACE, name: `set-${set}` }, [said('x')]);
      await recorder.settled();
    }
    expect([await count('written'), await count('dropped')]).toEqual([900, 0]);
  });

  it('is bounded for all together while the API server does not answer', async () => {
    const { kube, recorder, count, life } = setUp();
    const { promise, resolve } = Promise.withResolvers<never>();
    const create = kube.create.bind(kube);
    kube.create = async (...all) => {
      await promise;
      return await create(...all);
    };
    for (let set = 0; set < 600; set += 1)
      recorder.record({ ...PLACE, name: `set-${set}` }, [said('x')]);
    expect(await count('dropped')).toBe(100);
    life.abort(new Error('the test ends'));
    resolve(undefined as never);
    await recorder.settled();
    expect(await count('failed')).toBeGreaterThan(400);
  });
});
