import { describe, expect, it } from '@jest/globals';
import { createFakeClock } from '../../../../platform/lifecycle/fake-clock.ts';
import {
  createRequestGate,
  type RequestLimits,
} from '../../../../platform/registry/request-gate.ts';
import { createTokenBucket } from '../../../../platform/lifecycle/token-bucket.ts';
import { failureOf } from './hostile.ts';
import { startPair } from './setup.ts';

const HOST = 'contoso.azurecr.io';
const LIMITS: RequestLimits = {
  requests: { perSecond: 10, burst: 3 },
  referrers: { perSecond: 1, burst: 1 },
};
const live = () => new AbortController().signal;

function createSetup(limits: RequestLimits | undefined = LIMITS) {
  const clock = createFakeClock();
  const gate = createRequestGate(clock, limits);
  const pass = (operation: 'manifest' | 'referrers' = 'manifest', host = HOST, signal = live()) =>
    gate.pass(host, operation, signal);
  return { clock, gate, pass };
}

const settled = async (work: Promise<unknown>): Promise<boolean> => {
  let isSettled = false;
  void work.finally(() => {
    isSettled = true;
  });
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
  return isSettled;
};

describe('the turn of a question', () => {
  it('is now while the burst lasts, then in order at the rate', async () => {
    const { clock, pass } = createSetup();
    for (let count = 0; count < 3; count += 1) expect(await settled(pass())).toBe(true);
    const [fourth, fifth] = [pass(), pass()];
    expect(await settled(fourth)).toBe(false);
    clock.advance(100);
    expect([await settled(fourth), await settled(fifth)]).toEqual([true, false]);
    clock.advance(100);
    expect(await settled(fifth)).toBe(true);
  });

  it('that is far away is refused at once, with the reason and the time', async () => {
    const { pass } = createSetup();
    await pass('referrers');
    for (let count = 0; count < 2; count += 1) void pass('referrers').catch(() => undefined);
    expect(await failureOf(pass('referrers'))).toMatchObject({
      code: 'REGISTRY_THROTTLED',
      message: `keyward asks ${HOST} at most 1 referrers a second: the next turn is in 3 s`,
    });
  });

  it('of a list of referrers has a lane of its own, beside all others and within them', async () => {
    const { pass } = createSetup();
    await pass('referrers');
    expect(await settled(pass('referrers').catch(() => undefined))).toBe(false);
    expect(await settled(pass())).toBe(true);
  });

  it('at another registry does not wait', async () => {
    const { pass } = createSetup();
    for (let count = 0; count < 3; count += 1) await pass();
    expect(await settled(pass('manifest', 'ghcr.io'))).toBe(true);
  });

  it('is given up with the signal, and leaves no timer', async () => {
    const { clock, pass } = createSetup();
    for (let count = 0; count < 3; count += 1) await pass();
    const review = new AbortController();
    const waiting = failureOf(pass('manifest', HOST, review.signal));
    await settled(waiting);
    review.abort();
    await waiting;
    expect(clock.pending()).toBe(0);
  });
});

describe('a registry that wants to be left alone', () => {
  it.each([
    ['seconds', '17', 17],
    ['a date', new Date(Date.UTC(2026, 10, 1, 0, 0, 30)).toUTCString(), 30],
    ['a time of its own liking', '86400', 60],
  ])('is, for as long as it says and a minute at most: %s', async (_, retryAfter, seconds) => {
    const { clock, gate, pass } = createSetup();
    gate.hold(HOST, 'manifest', retryAfter);
    for (const operation of ['manifest', 'referrers'] as const)
      expect(await failureOf(pass(operation))).toMatchObject({
        code: 'REGISTRY_THROTTLED',
        message: `${HOST} wants to be left alone: it is asked again in ${seconds} s`,
      });
    expect(await settled(pass('manifest', 'ghcr.io'))).toBe(true);
    clock.advance(seconds * 1000);
    expect(await settled(pass())).toBe(true);
  });

  it.each(['', 'soon', '-5', '1e9', '99999999999', 'Mon, 99 Foo 2026 99:99:99 GMT'])(
    'in words that mean nothing is asked as before: %j',
    async (retryAfter) => {
      const { gate, pass } = createSetup();
      gate.hold(HOST, 'manifest', retryAfter);
      expect(await settled(pass())).toBe(true);
    },
  );

  it('by lists of referrers alone is still asked for signature tags', async () => {
    const { gate, pass } = createSetup();
    gate.hold(HOST, 'referrers', '30');
    expect(await failureOf(pass('referrers'))).toMatchObject({ code: 'REGISTRY_THROTTLED' });
    expect(await settled(pass())).toBe(true);
  });

  it('is not forgotten when the clock is set back, and not held for longer either', async () => {
    const clock = createFakeClock();
    let now = clock.now();
    const gate = createRequestGate({ ...clock, now: () => now }, undefined);
    gate.hold(HOST, 'manifest', '30');
    now -= 3600_000;
    await gate.pass(HOST, 'manifest', live());
  });

  it('is left alone by the client: the next question does not reach it', async () => {
    await using pair = await startPair();
    const { digest } = pair.server.pushImage('team/app', 'v1');
    pair.server.faults.set({ kind: 'status', status: 429, retryAfterSeconds: 5 }, { times: 1 });
    await failureOf(pair.client.resolveTag(pair.ref, 'v1'));
    expect(await failureOf(pair.client.resolveTag(pair.ref, 'v1'))).toMatchObject({
      code: 'REGISTRY_THROTTLED',
      message: expect.stringContaining('asked again in 5 s') as unknown,
    });
    expect(pair.server.requests().count).toBe(1);
    pair.clock.advance(5000);
    expect(await pair.client.resolveTag(pair.ref, 'v1')).toBe(digest);
  });
});

describe('a token bucket', () => {
  it('fills again while nobody asks, up to the burst', () => {
    const bucket = createTokenBucket({ perSecond: 10, burst: 2 });
    const take = (now: number) => bucket.take(now, 1000).milliseconds;
    expect([take(0), take(0), take(0), take(0)]).toEqual([0, 0, 100, 200]);
    expect([take(10_000), take(10_000), take(10_000)]).toEqual([0, 0, 100]);
  });

  it('takes no turn from who would wait too long', () => {
    const bucket = createTokenBucket({ perSecond: 1, burst: 1 });
    expect(bucket.take(0, 500)).toEqual({ kind: 'turn', milliseconds: 0 });
    for (let count = 0; count < 5; count += 1)
      expect(bucket.take(0, 500)).toEqual({ kind: 'too-long', milliseconds: 1000 });
    expect(bucket.take(1000, 500)).toEqual({ kind: 'turn', milliseconds: 0 });
  });

  it('is not closed for hours by a clock that was set back', () => {
    const bucket = createTokenBucket({ perSecond: 1, burst: 1 });
    bucket.take(3600_000, 500);
    expect(bucket.take(0, 500)).toEqual({ kind: 'turn', milliseconds: 0 });
  });
});
