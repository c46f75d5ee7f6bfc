/** Many questions at a time, and trust that changes between them. */
import { describe, expect, it, jest } from '@jest/globals';
import { countListeners } from '../../../support/count-listeners.ts';
import { legacy } from '../../../support/signatures.ts';
import { signerOf } from '../../../support/signing.ts';
import { policyOf, revocationOf, trustIn, VAULT, versionOf } from '../../../support/trust.ts';
import { createEvidenceCache } from '../../../../webhook/evidence/evidence-cache.ts';
import { createEvidenceMetrics } from '../../../../webhook/evidence/evidence-metrics.ts';
import { createMetrics } from '../../../../platform/observe/metrics.ts';
import { createFakeClock } from '../../../../platform/lifecycle/fake-clock.ts';
import { createEvidenceSource, KEY } from '../../../support/evidence-source.ts';
import { createSetup, UNASKED } from './setup.ts';

jest.setTimeout(30_000);

const REVOKED = {
  revocations: [
    revocationOf({ key: { vaultUri: VAULT, name: 'cosign-key', version: versionOf().version } }),
  ],
};

describe('what is remembered of an image', () => {
  it('is no verdict: another key, another policy, another standing of the key judge it anew (B-71)', async () => {
    const { judge, source } = createSetup();
    source.candidates = [legacy()];
    const asked = { deadline: UNASKED };
    expect(await judge()).toMatchObject({ kind: 'allow' });
    const strangers = { versions: [versionOf(signerOf('P-256', 'stranger'))] };
    const both = [
      policyOf(),
      policyOf({ id: 'more', keySets: [{ keySet: 'keyward-system/none' }] }),
    ];
    expect(await judge(asked, REVOKED)).toMatchObject({ code: 'KEY_REVOKED' });
    expect((await judge({}, strangers)).kind).toBe('deny');
    expect((await judge({}, { policies: both })).kind).toBe('deny');
    expect(await judge(asked)).toMatchObject({ kind: 'allow' });
    expect(source.asked).toHaveLength(1);
  });

  it('is kept by where signatures were looked for: what one place holds answers for no other (B-71)', async () => {
    const clock = createFakeClock();
    const source = createEvidenceSource(clock);
    const metrics = createEvidenceMetrics(createMetrics());
    const common = { fetch: source.fetch, clock, metrics, maxBytes: 1024 * 1024 };
    const where = { current: 'signatures-a' };
    const cache = createEvidenceCache({
      ...common,
      findSignatureRepository: () => ({ registry: 'r.example', repository: where.current }),
    });
    source.candidates = [legacy()];
    await cache.evidenceFor(KEY, clock.now());
    await cache.evidenceFor(KEY, clock.now());
    expect(source.asked).toHaveLength(1);
    where.current = 'signatures-b';
    expect(cache.peek(KEY, clock.now())).toBeUndefined();
    await cache.evidenceFor(KEY, clock.now());
    expect(source.asked).toHaveLength(2);
  });
});

describe('a revocation while a verification is under way', () => {
  it('holds from the next question on: what the old one leaves behind is evidence, no allow (B-72)', async () => {
    const { judge, source } = createSetup();
    source.candidates = [legacy()];
    const release = source.hold();
    const begunBefore = judge();
    const begunAfter = judge({}, REVOKED);
    release();
    expect(await begunBefore).toMatchObject({ kind: 'allow' });
    expect(await begunAfter).toMatchObject({ kind: 'deny', code: 'KEY_REVOKED' });
    expect(await judge({ deadline: UNASKED }, REVOKED)).toMatchObject({ code: 'KEY_REVOKED' });
    expect(source.asked).toHaveLength(1);
  });
});

describe('questions side by side', () => {
  it('of two namespaces about one image share what was read, and nothing of who asks (K-07)', async () => {
    const { judge, source } = createSetup();
    source.candidates = [legacy()];
    const release = source.hold();
    // A tenant's policy narrows its own namespace alone.
    const tenant = policyOf({
      id: 'tenant',
      namespace: 'team-b',
      keySets: [{ keySet: 'team-b/none' }],
    });
    const policies = [policyOf(), tenant];
    const questions = Array.from({ length: 40 }, (_, index) =>
      judge({ namespace: index % 2 === 0 ? 'team-a' : 'team-b' }, { policies }),
    );
    release();
    const kinds = (await Promise.all(questions)).map(({ kind }) => kind);
    expect(kinds).toEqual(
      Array.from({ length: 40 }, (_, index) => (index % 2 === 0 ? 'allow' : 'deny')),
    );
    expect(source.asked).toHaveLength(1);
  });

  it('while trust is swapped under them are each answered by one trust and whole (K-06)', async () => {
    const { judge, source, trials } = createSetup();
    source.candidates = [legacy()];
    const good = { trust: trustIn([versionOf()]), policies: [policyOf()] };
    const bad = { trust: trustIn([versionOf()], {}, REVOKED.revocations), policies: [policyOf()] };
    const release = source.hold();
    const questions = Array.from({ length: 50 }, (_, index) =>
      judge({ snapshot: index % 2 === 0 ? good : bad }),
    );
    release();
    const answers = await Promise.all(questions);
    expect(answers.map((each) => ('code' in each ? each.code : each.kind))).toEqual(
      Array.from({ length: 50 }, (_, index) => (index % 2 === 0 ? 'allow' : 'KEY_REVOKED')),
    );
    expect(trials).toHaveLength(1);
  });
});

describe('thousands of questions whose time runs out (K-08)', () => {
  it('leave no listener, no timer and no fetch of their own, and nothing is answered twice', async () => {
    const clock = createFakeClock();
    const source = createEvidenceSource(clock);
    const cache = createEvidenceCache({
      fetch: source.fetch,
      clock,
      metrics: createEvidenceMetrics(createMetrics()),
      maxBytes: 1024 * 1024,
    });
    const timers = () =>
      process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const before = timers();
    const release = source.hold();
    const review = new AbortController();
    const { signal } = review;
    const listeners = countListeners(signal);
    const questions = Array.from({ length: 5000 }, () =>
      cache.evidenceFor(KEY, clock.now(), { signal }),
    );
    review.abort();
    const answers = await Promise.all(questions);
    expect(new Set(answers.map((answer) => 'code' in answer && answer.code))).toEqual(
      new Set(['DEADLINE']),
    );
    expect(listeners()).toBe(0);
    expect(source.asked).toHaveLength(1);
    expect(timers()).toBeLessThanOrEqual(before + 1);
    source.candidates = [legacy()];
    release();
    await cache.close();
    expect(cache.size().entries).toBe(1);
  });
});
