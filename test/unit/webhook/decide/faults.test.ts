import { describe, expect, it } from '@jest/globals';
import { createFakeClock } from '../../../../platform/lifecycle/fake-clock.ts';
import {
  createJudge,
  type ImageQuestion,
  type JudgeOptions,
} from '../../../../webhook/decide/judge-image.ts';
import { createVerificationMemo } from '../../../../webhook/evidence/verification-memo.ts';
import { createDeadline } from '../../../../webhook/server/deadline.ts';
import { createRecordingLogger } from '../../../support/recording-logger.ts';
import { DIGEST, legacy, REPOSITORY } from '../../../support/signatures.ts';
import { evidenceOf, NOW, policyOf, trustIn } from '../../../support/trust.ts';

const broken = (): never => {
  throw new TypeError('secret');
};
/** An object of which no member can be read. */
const brokenObject = new Proxy({}, { get: broken, has: broken, ownKeys: broken }) as never;

/** The judge on a signed image, with one of its parts or of the question's broken. */
async function judgeWith(parts: Partial<JudgeOptions>, question: Partial<ImageQuestion> = {}) {
  const logger = createRecordingLogger();
  const judge = createJudge({
    cache: {
      evidenceFor: async () => ({ kind: 'evidence', evidence: evidenceOf([legacy()]), ageMs: 0 }),
      peek: () => undefined,
      size: () => ({ bytes: 0, entries: 0 }),
      close: async () => undefined,
    },
    tags: { resolveTag: async () => ({ kind: 'digest', digest: DIGEST }) },
    memo: createVerificationMemo(),
    clock: createFakeClock(NOW),
    logger,
    ...parts,
  });
  const snapshot = { trust: trustIn(), policies: [policyOf()] };
  const { verdict } = await judge({
    image: `${REPOSITORY}:v1`,
    namespace: 'team',
    mustBePinned: false,
    snapshot,
    deadline: createDeadline(60_000),
    ...question,
  });
  return { verdict, logged: logger.lines.length };
}

describe('a fault at any step is unavailable, logged, and never an allow (A154):', () => {
  it('without one the image is allowed', async () => {
    expect(await judgeWith({})).toMatchObject({ verdict: { kind: 'allow' }, logged: 0 });
  });

  const snapshot = { trust: trustIn(), policies: [policyOf()] };
  const brokenCandidate = { ...legacy(), signature: brokenObject } as never;
  it.each<[string, Partial<JudgeOptions>, Partial<ImageQuestion>]>([
    ['in resolving the tag', { tags: brokenObject }, {}],
    ['in the cache', { cache: brokenObject }, {}],
    ['in the memory of trials', { memo: { ...createVerificationMemo(), recall: broken } }, {}],
    ['in a trial', { memo: { recall: () => undefined, attempt: broken } }, {}],
    ['in the clock', { clock: brokenObject }, {}],
    ['in the deadline', {}, { deadline: { signal: broken, dispose: () => undefined } }],
    ['in the trust', {}, { snapshot: { ...snapshot, trust: brokenObject } }],
    ['in a policy', {}, { snapshot: { ...snapshot, policies: [brokenObject] } }],
    [
      'in a candidate',
      {
        cache: {
          evidenceFor: async () => ({
            kind: 'evidence',
            evidence: evidenceOf([legacy(), brokenCandidate]),
            ageMs: 0,
          }),
          peek: () => undefined,
          size: () => ({ bytes: 0, entries: 0 }),
          close: async () => undefined,
        },
      },
      {},
    ],
  ])('%s', async (_, parts, question) => {
    const { verdict, logged } = await judgeWith(parts, question);
    expect(verdict).toMatchObject({ kind: 'unavailable', code: 'INTERNAL_ERROR' });
    expect(JSON.stringify(verdict)).not.toContain('secret');
    expect(logged).toBe(1);
  });
});
