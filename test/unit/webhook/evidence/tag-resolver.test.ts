import { describe, expect, it } from '@jest/globals';
import { createFakeClock } from '../../../../platform/lifecycle/fake-clock.ts';
import type { CallOptions, Registry } from '../../../../platform/registry/registry.ts';
import { RegistryError } from '../../../../platform/registry/registry-error.ts';
import {
  createTagResolver,
  orDeadline,
  type TagResolverOptions,
} from '../../../../webhook/evidence/tag-resolver.ts';
import { countListeners } from '../../../support/count-listeners.ts';
import { DIGEST, OTHER_DIGEST } from '../../../support/signatures.ts';

const REF = { registry: 'contoso.azurecr.io', repository: 'team/app' };

function createSetup(options: Partial<TagResolverOptions> = {}) {
  const clock = createFakeClock();
  const asked: string[] = [];
  const signals: AbortSignal[] = [];
  const state: { answer: () => string | undefined | Promise<string | undefined> } = {
    answer: () => DIGEST,
  };
  const resolveTag = async (ref: typeof REF, tag: string, call: CallOptions = {}) => {
    asked.push(`${ref.registry}/${ref.repository}:${tag}`);
    if (call.signal !== undefined) signals.push(call.signal);
    return state.answer();
  };
  const registry = { resolveTag } as unknown as Registry;
  const tags = createTagResolver({ registry, clock, ...options });
  return {
    clock,
    asked,
    signals,
    state,
    resolve: (tag = 'v1', signal?: AbortSignal, ref = REF) => tags.resolveTag(ref, tag, signal),
  };
}

function failing(error: Error) {
  return async () => {
    throw error;
  };
}

describe('a tag', () => {
  it('is the digest that the registry has under it', async () => {
    const { resolve } = createSetup();
    expect(await resolve()).toEqual({ kind: 'digest', digest: DIGEST });
  });

  it('that is not there is absent', async () => {
    const { resolve, state } = createSetup();
    state.answer = () => undefined;
    expect(await resolve()).toEqual({ kind: 'absent' });
  });

  it('that cannot be asked for is unavailable, with the reason', async () => {
    const { resolve, state } = createSetup();
    state.answer = failing(new RegistryError('REGISTRY_AUTH', 'r answered 401'));
    expect(await resolve()).toEqual({
      kind: 'unavailable',
      code: 'REGISTRY_AUTH',
      detail: 'r answered 401',
    });
  });

  it('over which keyward stumbles is unavailable, never absent and never thrown', async () => {
    const { resolve, state } = createSetup();
    state.answer = failing(new TypeError('secret'));
    const resolution = await resolve();
    expect(resolution).toMatchObject({ kind: 'unavailable', code: 'INTERNAL_ERROR' });
    expect(JSON.stringify(resolution)).not.toContain('secret');
  });
});

describe('one resolution', () => {
  it('serves all who ask while it is under way', async () => {
    const { resolve, state, asked } = createSetup();
    const answer = Promise.withResolvers<string>();
    state.answer = () => answer.promise;
    const waiting = [resolve(), resolve(), resolve()];
    answer.resolve(DIGEST);
    for (const resolution of await Promise.all(waiting))
      expect(resolution).toEqual({ kind: 'digest', digest: DIGEST });
    expect(asked).toHaveLength(1);
  });

  it('serves the /validate that follows its /mutate: five seconds, from when it was asked', async () => {
    const { resolve, state, clock, asked } = createSetup();
    await resolve();
    state.answer = () => OTHER_DIGEST;
    clock.advance(5000);
    expect(await resolve()).toMatchObject({ digest: DIGEST });
    clock.advance(1);
    expect(await resolve()).toMatchObject({ digest: OTHER_DIGEST });
    expect(asked).toHaveLength(2);
  });

  it('that was slow serves no longer than a quick one', async () => {
    const { resolve, state, clock, asked } = createSetup();
    const answer = Promise.withResolvers<string>();
    state.answer = () => answer.promise;
    const waiting = resolve();
    clock.advance(4000);
    answer.resolve(DIGEST);
    await waiting;
    clock.advance(1001);
    await resolve();
    expect(asked).toHaveLength(2);
  });

  it('is not kept when the clock was set back', async () => {
    const clock = createFakeClock();
    let now = clock.now();
    const { resolve, state } = createSetup({ clock: { ...clock, now: () => now } });
    await resolve();
    state.answer = () => OTHER_DIGEST;
    now -= 1;
    expect(await resolve()).toMatchObject({ digest: OTHER_DIGEST });
  });

  it.each<[string, () => undefined | Promise<never>]>([
    ['failed', failing(new RegistryError('REGISTRY_TIMEOUT', 'slow'))],
    ['found nothing', () => undefined],
  ])('that %s is not kept', async (_, answer) => {
    const { resolve, state } = createSetup();
    state.answer = answer;
    await resolve();
    state.answer = () => DIGEST;
    expect(await resolve()).toEqual({ kind: 'digest', digest: DIGEST });
  });

  it('is for one tag of one repository of one registry', async () => {
    const { resolve, asked } = createSetup();
    await resolve('v1');
    await resolve('v2');
    await resolve('v1', undefined, { ...REF, repository: 'team/app2' });
    await resolve('v1', undefined, { ...REF, registry: 'fabrikam.azurecr.io' });
    expect(new Set(asked).size).toBe(4);
  });
});

describe('the deadline of one who waits', () => {
  it('ends the waiting and not the resolution', async () => {
    const { resolve, state, asked, signals } = createSetup();
    const answer = Promise.withResolvers<string>();
    state.answer = () => answer.promise;
    const impatient = new AbortController();
    const first = resolve('v1', impatient.signal);
    const other = resolve('v1', new AbortController().signal);
    impatient.abort();
    expect(await first).toMatchObject({ kind: 'unavailable', code: 'DEADLINE' });
    expect(signals[0]?.aborted).toBe(false);
    answer.resolve(DIGEST);
    expect(await other).toEqual({ kind: 'digest', digest: DIGEST });
    expect(await resolve()).toEqual({ kind: 'digest', digest: DIGEST });
    expect(asked).toHaveLength(1);
  });

  it('has no say in an answer that is known already', async () => {
    const { resolve } = createSetup();
    await resolve();
    expect(await resolve('v1', AbortSignal.abort())).toEqual({ kind: 'digest', digest: DIGEST });
  });

  it('is one of the resolution too, for which nobody need wait', async () => {
    const { resolve, state, signals } = createSetup({ timeoutMs: 1 });
    const answer = Promise.withResolvers<string>();
    state.answer = () => answer.promise;
    const waiting = resolve();
    await new Promise((fire) => signals[0]?.addEventListener('abort', fire));
    answer.reject(new RegistryError('LIMIT_TIME', 'no time left'));
    expect(await waiting).toMatchObject({ kind: 'unavailable', code: 'LIMIT_TIME' });
  });
});

describe('waiting with a deadline', () => {
  const late = { kind: 'unavailable', code: 'DEADLINE', detail: 'the review had no time left' };

  it('gives the work when there is time', async () => {
    expect(await orDeadline(Promise.resolve(1), new AbortController().signal)).toBe(1);
    expect(await orDeadline(Promise.resolve(2), undefined)).toBe(2);
  });

  it('gives the work that is done at the very moment', async () => {
    const controller = new AbortController();
    const waiting = orDeadline(Promise.resolve(1), controller.signal);
    controller.abort();
    expect(await waiting).toBe(1);
  });

  it('gives up when there is none, also on work that fails afterwards', async () => {
    expect(await orDeadline(Promise.resolve(1), AbortSignal.abort())).toEqual(late);
    const work = Promise.withResolvers<number>();
    const controller = new AbortController();
    const waiting = orDeadline(work.promise, controller.signal);
    controller.abort();
    expect(await waiting).toEqual(late);
    work.reject(new Error('nobody is listening'));
  });

  it('passes a failure on', async () => {
    const failed = Promise.reject(new Error('broken'));
    await expect(orDeadline(failed, new AbortController().signal)).rejects.toThrow('broken');
  });

  it('leaves no listener on a signal that lives on (K-08)', async () => {
    const { signal } = new AbortController();
    const listeners = countListeners(signal);
    for (let count = 0; count < 10; count += 1) await orDeadline(Promise.resolve(count), signal);
    expect(listeners()).toBe(0);
  });
});
