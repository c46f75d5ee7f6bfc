import { describe, expect, it, jest } from '@jest/globals';
import { legacy, bundle } from '../../../support/signatures.ts';
import { unread } from '../../../support/trust.ts';
import { createSetup, found, HOUR, SECOND } from './setup.ts';

jest.setTimeout(30_000);

const YOUNG = { maxAgeMs: 10 * SECOND };
const TIMEOUT = unread({ code: 'REGISTRY_TIMEOUT', detail: 'slow' });
const TAG_TIMEOUT = unread({ ...TIMEOUT, store: 'signature-tag' });

describe('a registry that could not be asked', () => {
  it('is unavailable, never an image without signatures', async () => {
    const { ask, source, cache, countAnswers } = createSetup();
    source.candidates = [TIMEOUT, TAG_TIMEOUT];
    expect(await ask()).toEqual({
      kind: 'unavailable',
      code: 'REGISTRY_TIMEOUT',
      detail: 'slow',
      retryInMs: SECOND,
    });
    expect(cache.size().entries).toBe(0);
    expect(await countAnswers('unavailable')).toBe(1);
  });

  it('is unavailable when one store answered that it is empty and the other did not answer', async () => {
    const { ask, source, cache } = createSetup();
    source.candidates = [TIMEOUT];
    expect(await ask()).toMatchObject({ kind: 'unavailable' });
    expect(cache.size().entries).toBe(0);
  });

  it('is not asked again at once; 1 s, 2 s, 4 s … 60 s later it is', async () => {
    const { ask, source, clock } = createSetup();
    source.candidates = [TIMEOUT];
    const waits: number[] = [];
    for (let attempt = 1; attempt <= 9; attempt += 1) {
      const answer = await ask();
      if (answer.kind !== 'unavailable') throw new Error('it answered');
      waits.push(answer.retryInMs / SECOND);
      clock.advance(answer.retryInMs - 1);
      expect(await ask()).toMatchObject({ kind: 'unavailable', retryInMs: 1, detail: 'slow' });
      expect(source.asked).toHaveLength(attempt);
      clock.advance(1);
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60]);
  });

  it('is believed at once when it answers again', async () => {
    const { ask, source, clock } = createSetup();
    source.candidates = [TIMEOUT];
    await ask();
    source.candidates = [legacy()];
    clock.advance(SECOND);
    expect(found(await ask()).evidence.candidates).toHaveLength(1);
    clock.advance(25 * HOUR);
    source.candidates = [TIMEOUT];
    expect(await ask()).toMatchObject({ kind: 'unavailable', retryInMs: SECOND });
  });

  it('is asked again soon, also when the clock was set back meanwhile', async () => {
    const { cache, source, clock } = createSetup();
    source.candidates = [TIMEOUT];
    const image = { registry: 'r.example', repository: 'a', digest: `sha256:${'0'.repeat(64)}` };
    await cache.evidenceFor(image, clock.now());
    source.candidates = [legacy()];
    expect(await cache.evidenceFor(image, clock.now() - HOUR)).toMatchObject({ kind: 'evidence' });
  });
});

describe('a registry that half answered', () => {
  it('gives evidence that says what was not read, and is worth keeping', async () => {
    const { ask, source, cache } = createSetup();
    source.candidates = [legacy(), TIMEOUT];
    const answer = found(await ask());
    expect(answer).toMatchObject({ heldBack: 'registry' });
    expect(answer.evidence.candidates).toEqual(source.candidates);
    expect(cache.size().entries).toBe(1);
  });

  it('takes nothing away from what was known before, and that keeps its age', async () => {
    const { ask, source, clock } = createSetup();
    const [tagged, listed] = [legacy(), bundle()];
    source.candidates = [tagged];
    await ask();
    source.candidates = [listed, TAG_TIMEOUT];
    clock.advance(HOUR);
    const answer = found(await ask(YOUNG));
    expect(answer.evidence.candidates).toEqual([listed, tagged]);
    expect(answer).toMatchObject({ ageMs: HOUR, heldBack: 'registry' });
  });

  it('is asked again a second later', async () => {
    const { ask, source, clock } = createSetup();
    source.candidates = [legacy()];
    await ask();
    source.candidates = [bundle(), TAG_TIMEOUT];
    clock.advance(11 * SECOND);
    await ask(YOUNG);
    source.candidates = [legacy(), bundle()];
    expect(found(await ask(YOUNG)).heldBack).toBe('back-off');
    clock.advance(SECOND);
    expect(found(await ask(YOUNG))).toMatchObject({ ageMs: 0 });
  });
});

describe('a refetch that fails', () => {
  it('leaves what is known, and the answer says why it is old', async () => {
    const { ask, source, clock } = createSetup();
    source.candidates = [legacy()];
    const first = found(await ask());
    source.candidates = [TIMEOUT, TAG_TIMEOUT];
    clock.advance(HOUR);
    const answer = found(await ask(YOUNG));
    expect(answer.evidence).toBe(first.evidence);
    expect(answer).toMatchObject({ ageMs: HOUR, heldBack: 'registry' });
    expect(found(await ask(YOUNG)).heldBack).toBe('back-off');
    expect(source.asked).toHaveLength(2);
  });

  it('by a fault of ours leaves what is known too', async () => {
    const { ask, source, clock } = createSetup();
    source.candidates = [legacy()];
    const first = found(await ask());
    source.fault = new TypeError('broken');
    clock.advance(11 * SECOND);
    const answer = found(await ask(YOUNG));
    expect(answer.evidence).toBe(first.evidence);
    expect(answer.heldBack).toBeDefined();
  });
});

describe('a fault of ours', () => {
  it('is unavailable, without what it said', async () => {
    const { ask, source, cache, clock } = createSetup();
    source.fault = new TypeError('secret');
    const answer = await ask();
    expect(answer).toMatchObject({ kind: 'unavailable', code: 'INTERNAL_ERROR' });
    expect(JSON.stringify(answer)).not.toContain('secret');
    expect(cache.size().entries).toBe(0);
    source.fault = undefined;
    expect(await ask()).toMatchObject({ code: 'INTERNAL_ERROR', retryInMs: SECOND });
    expect(source.asked).toHaveLength(1);
    clock.advance(SECOND);
    expect(await ask()).toMatchObject({ kind: 'evidence' });
  });
});

describe('the deadline of one who waits', () => {
  it('ends the waiting, not the fetch: the others get their answer', async () => {
    const { ask, source, cache, clock } = createSetup();
    const release = source.hold();
    const impatient = new AbortController();
    const first = ask({ signal: impatient.signal });
    const other = ask({ signal: new AbortController().signal });
    impatient.abort();
    expect(await first).toMatchObject({ kind: 'unavailable', code: 'DEADLINE' });
    source.candidates = [legacy()];
    release();
    expect(found(await other).evidence.candidates).toHaveLength(1);
    expect(source.asked).toHaveLength(1);
    expect(source.signals[0]?.aborted).toBe(false);
    expect(cache.peek(source.asked[0]!, clock.now())).toBeDefined();
  });

  it('that has passed already starts the fetch for whoever comes next', async () => {
    const { ask, source, untilFetched } = createSetup();
    source.candidates = [legacy()];
    expect(await ask({ signal: AbortSignal.abort() })).toMatchObject({ code: 'DEADLINE' });
    await untilFetched(1);
    expect(await ask()).toMatchObject({ kind: 'evidence' });
    expect(source.asked).toHaveLength(1);
  });

  it('on a refetch gives what is known, and says that it is old', async () => {
    const { ask, source, clock } = createSetup();
    await ask();
    clock.advance(HOUR);
    const release = source.hold();
    const impatient = new AbortController();
    const waiting = ask({ ...YOUNG, signal: impatient.signal });
    impatient.abort();
    expect(found(await waiting)).toMatchObject({ ageMs: HOUR, heldBack: 'deadline' });
    release();
  });
});

describe('closing', () => {
  it('ends the fetches under way and waits for them', async () => {
    const { ask, source, cache } = createSetup();
    const release = source.hold();
    const waiting = ask();
    const closed = cache.close();
    expect(source.signals[0]?.aborted).toBe(true);
    release();
    await Promise.all([waiting, closed]);
  });

  it('leaves nothing to a fetch begun afterwards', async () => {
    const { ask, source, cache } = createSetup();
    await cache.close();
    await ask();
    expect(source.signals[0]?.aborted).toBe(true);
  });

  it('a fetch has a time of its own, which ends it by its signal', async () => {
    const { ask, source } = createSetup({ fetchTimeoutMs: 1 });
    const release = source.hold();
    const waiting = ask();
    await new Promise((resolve) => source.signals[0]?.addEventListener('abort', resolve));
    release();
    await waiting;
  });
});
