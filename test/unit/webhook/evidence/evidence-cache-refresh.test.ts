import { describe, expect, it, jest } from '@jest/globals';
import { legacy } from '../../../support/signatures.ts';
import { signerOf } from '../../../support/signing.ts';
import { unread } from '../../../support/trust.ts';
import { createSetup, found, HOUR, SECOND } from './setup.ts';

jest.setTimeout(30_000);

const YOUNG = { maxAgeMs: 10 * SECOND };
const FIRST = legacy();
const SECOND_SIGNATURE = legacy({ signer: signerOf('P-256', 'second') });

describe('a question for younger evidence', () => {
  it('is answered from memory when it is young enough', async () => {
    const { ask, clock, source } = createSetup();
    await ask();
    clock.advance(10 * SECOND);
    expect(found(await ask(YOUNG))).toMatchObject({ ageMs: 10 * SECOND });
    expect(source.asked).toHaveLength(1);
  });

  it('fetches first when it is older, and finds the new signature', async () => {
    const { ask, clock, source, countFetches } = createSetup();
    await ask();
    source.candidates = [FIRST];
    clock.advance(10 * SECOND + 1);
    const answer = found(await ask(YOUNG));
    expect(answer).toMatchObject({ ageMs: 0, evidence: { candidates: [FIRST] } });
    expect(answer).not.toHaveProperty('heldBack');
    expect(await countFetches('refresh')).toBe(1);
  });

  it('is one fetch for all who ask it at a time', async () => {
    const { ask, clock, source } = createSetup();
    await ask();
    clock.advance(11 * SECOND);
    const release = source.hold();
    const waiting = [ask(YOUNG), ask(YOUNG), ask(YOUNG)];
    release();
    for (const answer of await Promise.all(waiting)) expect(found(answer).ageMs).toBe(0);
    expect(source.asked).toHaveLength(2);
  });
});

describe('an image whose signatures do not change', () => {
  /** Asks every second for younger evidence, as a crash-looping Deployment would; gives the seconds at which it was fetched. */
  async function fetchedAt(seconds: number, onSecond?: (second: number) => void) {
    const { ask, clock, source, ...rest } = createSetup();
    const start = clock.now();
    await ask();
    const times: number[] = [];
    for (let second = 1; second <= seconds; second += 1) {
      clock.advance(SECOND);
      onSecond?.(second);
      const before = source.asked.length;
      await ask(YOUNG);
      if (source.asked.length > before) times.push((clock.now() - start) / SECOND);
    }
    return { times, ask, clock, source, ...rest };
  }

  it('is fetched less and less often, every minute at least', async () => {
    const { times } = await fetchedAt(400);
    const gaps = times.map((time, index) => time - (times[index - 1] ?? 0));
    expect(gaps).toEqual([11, 11, 20, 40, 60, 60, 60, 60, 60].slice(0, gaps.length));
    expect(gaps.length).toBeGreaterThan(6);
  });

  it('is answered meanwhile from what is known, and the answer says so', async () => {
    const { ask, clock, countAnswers } = await fetchedAt(22);
    clock.advance(15 * SECOND);
    expect(found(await ask(YOUNG))).toMatchObject({ ageMs: 15 * SECOND, heldBack: 'back-off' });
    expect(await countAnswers('held-back')).toBeGreaterThan(0);
  });

  it('is fetched as often as before once something is new', async () => {
    const { ask, clock, source } = await fetchedAt(150);
    source.candidates = [FIRST];
    clock.advance(61 * SECOND);
    expect(found(await ask(YOUNG)).evidence.candidates).toEqual([FIRST]);
    source.candidates = [FIRST, SECOND_SIGNATURE];
    clock.advance(11 * SECOND);
    expect(found(await ask(YOUNG)).evidence.candidates).toHaveLength(2);
  });

  it('is fetched within a minute of a new signature, whatever the back-off', async () => {
    const { ask, clock, source } = await fetchedAt(400);
    source.candidates = [FIRST];
    for (let waited = 0; waited <= 60; waited += 1) {
      if (found(await ask(YOUNG)).evidence.candidates.length > 0) return;
      clock.advance(SECOND);
    }
    throw new Error('not seen within a minute');
  });
});

describe('a question that does not wait', () => {
  it('is answered at once from old evidence, which is fetched again behind it', async () => {
    const { ask, clock, source, countFetches, untilFetched } = createSetup();
    await ask();
    source.candidates = [FIRST];
    clock.advance(11 * SECOND);
    const release = source.hold();
    const answer = found(await ask({ background: true }));
    expect(answer).toMatchObject({ ageMs: 11 * SECOND, evidence: { candidates: [] } });
    expect(answer).not.toHaveProperty('heldBack');
    release();
    await untilFetched(2);
    expect(await countFetches('background')).toBe(1);
    expect(found(await ask()).evidence.candidates).toEqual([FIRST]);
  });

  it('makes no fetch while the evidence is young or one is under way', async () => {
    const { ask, clock, source } = createSetup();
    await ask();
    clock.advance(10 * SECOND);
    await ask({ background: true });
    expect(source.asked).toHaveLength(1);
    clock.advance(SECOND);
    const release = source.hold();
    await ask({ background: true });
    await ask({ background: true });
    expect(source.asked).toHaveLength(2);
    release();
  });

  it('makes none while the back-off holds', async () => {
    const { ask, clock, source, untilFetched } = createSetup();
    await ask();
    clock.advance(11 * SECOND);
    await ask({ background: true });
    await untilFetched(2);
    clock.advance(11 * SECOND);
    await ask({ background: true });
    await untilFetched(3);
    clock.advance(11 * SECOND);
    await ask({ background: true });
    expect(source.asked).toHaveLength(3);
  });

  it('leaves what is known when the fetch behind it fails', async () => {
    const { ask, clock, source, untilFetched } = createSetup();
    source.candidates = [FIRST];
    const first = found(await ask());
    source.candidates = [unread()];
    clock.advance(HOUR);
    await ask({ background: true });
    await untilFetched(2);
    expect(found(await ask()).evidence).toBe(first.evidence);
  });
});

describe('a candidate that is still there after a refetch', () => {
  it('stays the object that it was, so that what was found out about it is not lost', async () => {
    const { ask, clock, source } = createSetup();
    source.candidates = [FIRST];
    await ask();
    source.candidates = [SECOND_SIGNATURE, { ...FIRST }];
    clock.advance(11 * SECOND);
    const { evidence } = found(await ask(YOUNG));
    expect(evidence.candidates[1]).toBe(FIRST);
  });
});
