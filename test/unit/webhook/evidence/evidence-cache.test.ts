import { describe, expect, it, jest } from '@jest/globals';
import { measureEvidence } from '../../../../webhook/evidence/evidence-size.ts';
import { KEY } from '../../../support/evidence-source.ts';
import { legacy, OTHER_DIGEST } from '../../../support/signatures.ts';
import { evidenceOf } from '../../../support/trust.ts';
import { createSetup, found, HOUR, SECOND } from './setup.ts';

jest.setTimeout(30_000);

describe('an image that nobody asked about', () => {
  it('is fetched', async () => {
    const { source, ask, countAnswers, cache, clock } = createSetup();
    source.candidates = [legacy()];
    expect(cache.peek(KEY, clock.now())).toBeUndefined();
    const answer = found(await ask());
    expect(answer.evidence.candidates).toEqual(source.candidates);
    expect(answer).toMatchObject({ ageMs: 0 });
    expect(answer).not.toHaveProperty('heldBack');
    expect(source.asked).toEqual([KEY]);
    expect(await countAnswers('fetched')).toBe(1);
  });

  it('is fetched once, however many ask at a time', async () => {
    const { source, ask, countFetches } = createSetup();
    const release = source.hold();
    const waiting = [ask(), ask(), ask({ maxAgeMs: 0 }), ask({ background: true })];
    release();
    const [first, ...others] = (await Promise.all(waiting)).map((each) => found(each).evidence);
    for (const other of others) expect(other).toBe(first);
    expect(source.asked).toHaveLength(1);
    expect(await countFetches('cold')).toBe(1);
  });

  it('is fetched by a signal of the cache, not by that of whoever asked', async () => {
    const { source, ask } = createSetup();
    const asking = new AbortController();
    await ask({ signal: asking.signal });
    asking.abort();
    expect(source.signals[0]).not.toBe(asking.signal);
    expect(source.signals[0]?.aborted).toBe(false);
  });
});

describe('an image that was fetched', () => {
  it('is answered from memory at any age, without a question to anybody', async () => {
    const { source, ask, clock, countAnswers, cache } = createSetup();
    const first = found(await ask());
    clock.advance(17 * HOUR);
    const second = found(await ask());
    expect(second.evidence).toBe(first.evidence);
    expect(second.ageMs).toBe(17 * HOUR);
    expect(cache.peek(KEY, clock.now())).toBe(first.evidence);
    expect(source.asked).toHaveLength(1);
    expect(await countAnswers('cached')).toBe(1);
  });

  it('says nothing of another registry, repository or digest', async () => {
    const { source, ask } = createSetup();
    await ask();
    const others = [
      { ...KEY, registry: 'fabrikam.azurecr.io' },
      { ...KEY, repository: 'team/app2' },
      { ...KEY, digest: OTHER_DIGEST },
      // The parts of a key do not run into each other.
      { ...KEY, registry: 'contoso.azurecr.io/team', repository: 'app' },
    ];
    for (const other of others) await ask({}, other);
    expect(source.asked).toEqual([KEY, ...others]);
  });
});

describe('evidence of a day ago', () => {
  it('is fetched anew in good time, while the old is the answer', async () => {
    const { source, ask, clock, countFetches, untilFetched } = createSetup();
    await ask();
    clock.advance(18 * HOUR);
    await ask();
    expect(source.asked).toHaveLength(1);
    clock.advance(SECOND);
    expect(found(await ask()).ageMs).toBe(18 * HOUR + SECOND);
    await untilFetched(2);
    expect(await countFetches('background')).toBe(1);
    expect(found(await ask()).ageMs).toBe(0);
  });

  it('is no evidence: 24 h is the end, even where the registry is down', async () => {
    const { source, ask, clock, cache } = createSetup();
    source.candidates = [legacy()];
    await ask();
    source.candidates = [
      { kind: 'unavailable', store: 'referrers', code: 'REGISTRY_TIMEOUT', detail: 'down' },
    ];
    clock.advance(24 * HOUR);
    expect(cache.peek(KEY, clock.now())).toBeDefined();
    clock.advance(1);
    expect(cache.peek(KEY, clock.now())).toBeUndefined();
    expect(await ask()).toMatchObject({ kind: 'unavailable', code: 'REGISTRY_TIMEOUT' });
  });

  it.each([
    [HOUR, HOUR],
    [48 * HOUR, 24 * HOUR],
  ])('the age may be set to %d ms: %d ms holds', async (maxAgeMs, longest) => {
    const { ask, clock, cache } = createSetup({ maxAgeMs });
    await ask();
    clock.advance(longest);
    expect(cache.peek(KEY, clock.now())).toBeDefined();
    clock.advance(1);
    expect(cache.peek(KEY, clock.now())).toBeUndefined();
  });
});

describe('a clock set back', () => {
  it('by less than a minute makes evidence new', async () => {
    const { ask, cache, clock } = createSetup();
    await ask();
    const now = clock.now() - 60 * SECOND;
    expect(found(await cache.evidenceFor(KEY, now)).ageMs).toBe(0);
  });

  it('by more ends it: else it would live longer than a day', async () => {
    const { ask, cache, clock, source } = createSetup();
    await ask();
    expect(cache.peek(KEY, clock.now() - 60 * SECOND - 1)).toBeUndefined();
    await cache.evidenceFor(KEY, clock.now() - HOUR);
    expect(source.asked).toHaveLength(2);
  });
});

describe('the bound in bytes', () => {
  // One and the same: signatures differ in length by a byte or two.
  const candidate = legacy();
  const one = measureEvidence(evidenceOf([candidate]));
  const image = (index: number) => ({ ...KEY, repository: `team/app${index}` });

  it('drops what was not asked for longest', async () => {
    const { source, cache, ask, clock } = createSetup({ maxBytes: 3 * one + 100 });
    source.candidates = [candidate];
    for (const index of [1, 2, 3]) await ask({}, image(index));
    await ask({}, image(1));
    await ask({}, image(4));
    const kept = [1, 2, 3, 4].filter(
      (index) => cache.peek(image(index), clock.now()) !== undefined,
    );
    expect(kept).toEqual([1, 3, 4]);
    expect(cache.size().entries).toBe(3);
    expect(cache.size().bytes).toBeLessThanOrEqual(3 * one + 100);
  });

  it('is not broken by one image: it is answered and not kept', async () => {
    const { source, cache, ask } = createSetup({ maxBytes: one - 1 });
    source.candidates = [candidate];
    expect(found(await ask()).evidence.candidates).toHaveLength(1);
    expect(cache.size()).toEqual({ bytes: 0, entries: 0 });
  });
});
