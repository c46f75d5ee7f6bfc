import { describe, expect, it } from '@jest/globals';
import { decide } from '../../../../core/verdict/decide.ts';
import type { Verifies } from '../../../../core/verdict/try-policy.ts';
import type { Verdict } from '../../../../core/verdict/verdict.ts';
import { decideWithTrials } from '../../../../webhook/decide/decide-with-trials.ts';
import { createVerificationMemo } from '../../../../webhook/evidence/verification-memo.ts';
import { legacy } from '../../../support/signatures.ts';
import { signerOf, type Signer } from '../../../support/signing.ts';
import { evidenceOf, NOW, policyOf, trustIn, versionOf } from '../../../support/trust.ts';

const [OLD, NEW] = [signerOf('P-256', 'trials-old'), signerOf('P-256', 'trials-new')];
/** A set of many keys, the oldest of which is `OLD`. */
const OTHERS = Array.from({ length: 12 }, (_, index) => signerOf('P-256', `trials-${index}`));

function setupOf(signer: Signer, keys: readonly Signer[]) {
  const trials: string[] = [];
  const memo = createVerificationMemo((result) => trials.push(result));
  const evidence = evidenceOf([legacy({ signer })]);
  const trust = trustIn(
    keys.map((key, index) =>
      versionOf(key, { createdOn: `2026-01-${String(index + 1).padStart(2, '0')}T00:00:00Z` }),
    ),
  );
  const run = (verifies: Verifies): Verdict =>
    decide({ image: 'app', evidence, policies: [policyOf()], trust, now: NOW, verifies });
  const answer = (budgetMicroseconds = 1_000_000, signal?: AbortSignal) =>
    decideWithTrials(run, { memo, budgetMicroseconds, signal: () => signal });
  return { answer, trials };
}

describe('a verdict whose trials are made beside the event loop', () => {
  it('is what deciding with all trials at once would be', async () => {
    const { answer } = setupOf(OLD, [OLD, ...OTHERS]);
    expect(await answer()).toMatchObject({ kind: 'allow' });
    const { answer: unsigned } = setupOf(NEW, [OLD, ...OTHERS]);
    expect(await unsigned()).toMatchObject({ kind: 'deny', code: 'SIGNATURE_INVALID' });
  });

  it('needs no trial and no wait the second time', async () => {
    const { answer, trials } = setupOf(OLD, [OLD, ...OTHERS]);
    await answer();
    const made = trials.length;
    expect(answer()).toMatchObject({ kind: 'allow' });
    expect(trials).toHaveLength(made);
  });

  it('ends with the first good signature: the newest keys are tried first', async () => {
    const { answer, trials } = setupOf(NEW, [OLD, ...OTHERS, NEW]);
    await answer();
    expect(trials.length).toBeLessThanOrEqual(4);
  });

  it('is unavailable where the budget ends, and the next one goes on from there (LIMIT_CPU)', async () => {
    const { answer, trials } = setupOf(OLD, [OLD, ...OTHERS]);
    expect(await answer(500)).toMatchObject({ kind: 'unavailable', code: 'LIMIT_CPU' });
    const first = trials.length;
    expect(first).toBeLessThan(13);
    for (let question = 0; question < 5; question += 1) await answer(500);
    expect(await answer(500)).toMatchObject({ kind: 'allow' });
    expect(trials).toHaveLength(13);
  });

  it('gets further even where one trial costs more than the budget', async () => {
    const { answer, trials } = setupOf(OLD, [OLD, ...OTHERS]);
    await answer(1);
    expect(trials.length).toBeGreaterThan(0);
  });

  it('is unavailable once the review has no time left, and tries nothing more (B-64)', async () => {
    const { answer, trials } = setupOf(OLD, [OLD, ...OTHERS]);
    expect(await answer(1_000_000, AbortSignal.abort())).toMatchObject({ code: 'LIMIT_CPU' });
    expect(trials).toEqual([]);
  });

  it('remembers what a key did, never that an image was good: another policy asks its own keys (B-61)', async () => {
    const memo = createVerificationMemo();
    const evidence = evidenceOf([legacy({ signer: OLD })]);
    const judge = (key: Signer) =>
      decideWithTrials(
        (verifies) =>
          decide({
            image: 'app',
            evidence,
            policies: [policyOf()],
            trust: trustIn([versionOf(key)]),
            now: NOW,
            verifies,
          }),
        { memo, budgetMicroseconds: 1_000_000, signal: () => undefined },
      );
    expect(await judge(OLD)).toMatchObject({ kind: 'allow' });
    expect(await judge(NEW)).toMatchObject({ kind: 'deny', code: 'SIGNATURE_INVALID' });
    expect(await judge(OLD)).toMatchObject({ kind: 'allow' });
  });

  it('names the untrusted version that signed, when no trusted one did', async () => {
    const keys: readonly Signer[] = [OLD, ...OTHERS];
    const { memo } = { memo: createVerificationMemo() };
    const trust = trustIn(
      keys.map((key) => versionOf(key, { state: key === OLD ? 'disabled' : 'trusted' })),
    );
    const evidence = evidenceOf([legacy({ signer: OLD })]);
    const verdict = await decideWithTrials(
      (verifies) =>
        decide({ image: 'app', evidence, policies: [policyOf()], trust, now: NOW, verifies }),
      { memo, budgetMicroseconds: 1_000_000, signal: () => undefined },
    );
    expect(verdict).toMatchObject({ kind: 'deny', code: 'KEY_DISABLED' });
  });
});
