/** An image whose stores answer at different times: what is answered from the first, and what becomes of the rest. */
import { describe, expect, it } from '@jest/globals';
import { createFakeClock } from '../../../../platform/lifecycle/fake-clock.ts';
import { createMetrics } from '../../../../platform/observe/metrics.ts';
import type { Candidate, Evidence } from '../../../../core/verdict/evidence.ts';
import { createEvidenceCache } from '../../../../webhook/evidence/evidence-cache.ts';
import { createEvidenceMetrics } from '../../../../webhook/evidence/evidence-metrics.ts';
import { KEY } from '../../../support/evidence-source.ts';
import { bundle, legacy } from '../../../support/signatures.ts';
import { evidenceOf, NOW, unread } from '../../../support/trust.ts';

const NOT_READ = unread({ code: 'DEADLINE', detail: 'not read yet' });
const LEGACY = legacy();
const BUNDLE = bundle();

/** A cache whose fetches tell of one store when the test says so, and end when it says so. */
function createSetup() {
  const clock = createFakeClock(NOW);
  const fetches: {
    tell(candidates: readonly Candidate[]): void;
    end(candidates: readonly Candidate[]): void;
  }[] = [];
  const cache = createEvidenceCache({
    clock,
    metrics: createEvidenceMetrics(createMetrics()),
    maxBytes: 1024 * 1024,
    fetch: (_, __, onPartial) => {
      const ended = Promise.withResolvers<Evidence>();
      const make = (candidates: readonly Candidate[]) =>
        evidenceOf(candidates, { fetchedAt: clock.now() });
      fetches.push({
        tell: (candidates) => {
          onPartial(make(candidates));
        },
        end: (candidates) => {
          ended.resolve(make(candidates));
        },
      });
      return ended.promise;
    },
  });
  const looked: Evidence[] = [];
  const ask = (isEnough: boolean | undefined, query: object = {}) =>
    cache.evidenceFor(KEY, clock.now(), {
      ...query,
      ...(isEnough === undefined
        ? {}
        : {
            isEnough: async (evidence: Evidence) => {
              looked.push(evidence);
              return isEnough;
            },
          }),
    });
  return { clock, cache, fetches, looked, ask };
}

const settled = async (work: Promise<unknown>): Promise<boolean> => {
  let isSettled = false;
  void work.then(() => {
    isSettled = true;
  });
  for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
  return isSettled;
};

describe('one store that suffices', () => {
  it('is the answer at once, and the other is read behind it', async () => {
    const { ask, fetches, cache, clock } = createSetup();
    const answer = ask(true);
    fetches[0]?.tell([LEGACY, NOT_READ]);
    expect(await answer).toMatchObject({
      kind: 'evidence',
      evidence: { candidates: [LEGACY, NOT_READ] },
    });
    // Nothing that was read in part is kept as if it were all.
    expect(cache.peek(KEY, clock.now())).toBeUndefined();
    fetches[0]?.end([LEGACY, BUNDLE]);
    expect(await settled(ask(undefined))).toBe(true);
    expect(cache.peek(KEY, clock.now())?.candidates).toEqual([LEGACY, BUNDLE]);
    expect(fetches).toHaveLength(1);
  });

  it('serves whoever comes while the other is being read, by the same fetch', async () => {
    const { ask, fetches } = createSetup();
    const first = ask(true);
    fetches[0]?.tell([LEGACY, NOT_READ]);
    await first;
    expect(await ask(true)).toMatchObject({ evidence: { candidates: [LEGACY, NOT_READ] } });
    expect(fetches).toHaveLength(1);
    fetches[0]?.end([LEGACY]);
  });
});

describe('one store that does not suffice', () => {
  it('is no answer: a refusal waits for all', async () => {
    const { ask, fetches, looked } = createSetup();
    const answer = ask(false);
    fetches[0]?.tell([LEGACY, NOT_READ]);
    expect(await settled(answer)).toBe(false);
    expect(looked).toHaveLength(1);
    fetches[0]?.end([LEGACY, BUNDLE]);
    expect(await answer).toMatchObject({ evidence: { candidates: [LEGACY, BUNDLE] } });
  });

  it('is no answer either to one who did not say what is enough', async () => {
    const { ask, fetches } = createSetup();
    const answer = ask(undefined);
    fetches[0]?.tell([LEGACY, NOT_READ]);
    expect(await settled(answer)).toBe(false);
    fetches[0]?.end([LEGACY]);
    await answer;
  });

  it('is unavailable at the deadline, never what was read by then', async () => {
    const { ask, fetches } = createSetup();
    const review = new AbortController();
    const answer = ask(false, { signal: review.signal });
    fetches[0]?.tell([LEGACY, NOT_READ]);
    review.abort();
    expect(await answer).toMatchObject({ kind: 'unavailable', code: 'DEADLINE' });
    fetches[0]?.end([LEGACY]);
  });
});

describe('evidence that was kept in part, because a store failed', () => {
  const FAILED = unread({ code: 'REGISTRY_TIMEOUT' });

  async function createPartial() {
    const setup = createSetup();
    const first = setup.ask(false);
    setup.fetches[0]?.end([LEGACY, FAILED]);
    await first;
    setup.clock.advance(1000);
    return setup;
  }

  it('is completed before an answer that asks for young evidence, whatever its age', async () => {
    const { ask, fetches } = await createPartial();
    const answer = ask(false, { maxAgeMs: 10_000 });
    expect(fetches).toHaveLength(2);
    expect(await settled(answer)).toBe(false);
    fetches[1]?.end([LEGACY, BUNDLE]);
    expect(await answer).toMatchObject({ evidence: { candidates: [LEGACY, BUNDLE] } });
  });

  it('is completed behind an answer that need not wait, once however many ask', async () => {
    const { ask, fetches } = await createPartial();
    for (let count = 0; count < 3; count += 1) {
      const answer = await ask(undefined, { background: true });
      expect(answer).toMatchObject({ evidence: { candidates: [LEGACY, FAILED] } });
    }
    expect(fetches).toHaveLength(2);
    fetches[1]?.end([LEGACY]);
    expect(await ask(undefined)).toBeDefined();
  });

  it('is not completed by asking again at once: the back-off holds', async () => {
    const setup = createSetup();
    const first = setup.ask(false);
    setup.fetches[0]?.end([LEGACY, FAILED]);
    await first;
    expect(await setup.ask(false, { maxAgeMs: 10_000 })).toMatchObject({ heldBack: 'back-off' });
    await setup.ask(undefined, { background: true });
    expect(setup.fetches).toHaveLength(1);
  });

  it('and known before is merged with what one store tells now', async () => {
    const { ask, fetches, looked } = await createPartial();
    const answer = ask(true, { maxAgeMs: 10_000 });
    fetches[1]?.tell([BUNDLE, unread({ store: 'signature-tag', code: 'DEADLINE' })]);
    await answer;
    expect(looked.at(-1)?.candidates).toContain(BUNDLE);
    expect(looked.at(-1)?.candidates).toContain(LEGACY);
    fetches[1]?.end([LEGACY, BUNDLE]);
  });
});
