import { formatRepository, parseImageReference } from '../../core/image/reference.ts';
import { matchPolicies } from '../../core/policy/match-policies.ts';
import type { Policy } from '../../core/policy/policy.ts';
import { decide } from '../../core/verdict/decide.ts';
import type { Evidence } from '../../core/verdict/evidence.ts';
import { remedyFor, remedyForUnavailable } from '../../core/verdict/remedies.ts';
import type { UnavailableCode } from '../../core/verdict/reasons.ts';
import type { Verifies } from '../../core/verdict/try-policy.ts';
import type { Verdict } from '../../core/verdict/verdict.ts';
import type { Clock } from '../../platform/lifecycle/clock.ts';
import { describeError } from '../../platform/observe/describe-error.ts';
import type { Logger } from '../../platform/observe/logger.ts';
import type { EvidenceAnswer, EvidenceCache, ImageKey } from '../evidence/evidence-cache.ts';
import { isComplete } from '../evidence/merge-evidence.ts';
import type { TagResolution, TagResolver } from '../evidence/tag-resolver.ts';
import type { VerificationMemo } from '../evidence/verification-memo.ts';
import { decideWithTrials } from './decide-with-trials.ts';
import type { Deadline } from '../server/deadline.ts';
import type { TrustSnapshot } from '../trust/build-snapshot.ts';

export interface ImageQuestion {
  /** As the object names it. */
  readonly image: string;
  readonly namespace: string;
  /** A Pod runs what it names: there, a tag that nobody pinned is refused. A workload's tag is judged as it stands now. */
  readonly mustBePinned: boolean;
  readonly snapshot: TrustSnapshot;
  readonly deadline: Deadline;
}

export interface ImageVerdict {
  readonly verdict: Verdict;
  /** What was judged; undefined where it never came to that. */
  readonly digest?: string;
}

export type JudgeImage = (question: ImageQuestion) => Promise<ImageVerdict>;

export interface JudgeOptions {
  readonly cache: EvidenceCache;
  readonly tags: TagResolver;
  readonly memo: VerificationMemo;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** For the signature trials of one image and answer. A bundle's hint needs one trial, a remembered one none. */
const TRIAL_BUDGET_MICROSECONDS = 500_000;
/** DESIGN decision 5: older evidence is read again before a denial that a new signature could lift. */
const DENIAL_AGE_MS = 10_000;

/** May this image run in this namespace? Never rejects: a fault of ours is `unavailable`, never an allow (A154). */
export function createJudge(options: JudgeOptions): JudgeImage {
  return async (question) => {
    try {
      return await judge(question, options);
    } catch (error) {
      options.logger.error({ error: describeError(error) }, 'judging an image failed');
      const detail = 'keyward failed while judging the image';
      return { verdict: unavailable('INTERNAL_ERROR', detail) };
    }
  };
}

async function judge(question: ImageQuestion, options: JudgeOptions): Promise<ImageVerdict> {
  const parsed = parseImageReference(question.image);
  if (!parsed.ok) {
    const { code, detail } = parsed;
    return { verdict: { kind: 'deny', code, message: detail, ...plainDenial(code) } };
  }
  const { registry, repository, tag = 'latest', digest } = parsed.ref;
  const place = { registry, repository };
  if (digest !== undefined) return judgeDigest({ ...place, digest }, question, options);
  const resolution = await options.tags.resolveTag(place, tag, question.deadline.signal());
  if (question.mustBePinned || resolution.kind !== 'digest')
    return { verdict: refuseTag(resolution, `${formatRepository(parsed.ref)}:${tag}`) };
  return judgeDigest({ ...place, digest: resolution.digest }, question, options);
}

async function judgeDigest(
  image: ImageKey,
  question: ImageQuestion,
  options: JudgeOptions,
): Promise<ImageVerdict> {
  const { digest } = image;
  const repository = formatRepository(image);
  const { policies } = question.snapshot;
  const matching = matchPolicies(policies, question.namespace, repository, digest);
  const decideBy = (evidence: Evidence, verifies: Verifies): Verdict =>
    decide({
      image: question.image,
      evidence,
      policies: matching,
      trust: question.snapshot.trust,
      now: options.clock.now(),
      verifies,
    });
  // Nothing that a registry holds could change these answers.
  if (matching.length === 0 || !matching.every(isSatisfiable)) {
    const none = { repository, digest, candidates: [], lookedAt: [], fetchedAt: 0 };
    return { verdict: decideBy(none, () => 'unknown'), digest };
  }
  const decideOn = (evidence: Evidence): Verdict | Promise<Verdict> =>
    decideWithTrials((verifies) => decideBy(evidence, verifies), {
      memo: options.memo,
      budgetMicroseconds: TRIAL_BUDGET_MICROSECONDS,
      signal: () => question.deadline.signal(),
    });
  return { verdict: await decideFresh(image, decideOn, { question, options }), digest };
}

function isSatisfiable({ unsupported, keySets }: Policy): boolean {
  return unsupported === undefined && keySets.length > 0;
}

/**
 * From cached evidence where that allows, or where key state alone refuses. Any other refusal first looks again when the evidence is
 * older than 10 s or was read in part, so that signing an image is all it takes to have it admitted. An allow waits for no store that
 * is slower than the one that suffices.
 */
async function decideFresh(
  image: ImageKey,
  decideOn: (evidence: Evidence) => Verdict | Promise<Verdict>,
  { question, options }: { readonly question: ImageQuestion; readonly options: JudgeOptions },
): Promise<Verdict> {
  const { cache, clock } = options;
  const now = clock.now();
  // Asked for only where somebody may have to wait: a warm answer makes no timer.
  const waiting = () => ({
    signal: question.deadline.signal(),
    isEnough: async (evidence: Evidence) => (await decideOn(evidence)).kind === 'allow',
  });
  const isCold = cache.peek(image, now) === undefined;
  const first = await cache.evidenceFor(image, now, isCold ? waiting() : {});
  if (first.kind === 'unavailable') return unavailable(first.code, first.detail);
  const verdict = await decideOn(first.evidence);
  if (isCold) return verdict;
  const isWhole = isComplete(first.evidence);
  const isKeyState = verdict.kind === 'deny' && verdict.restsOnKeyState;
  if (isKeyState || (verdict.kind === 'allow' && !isWhole)) {
    await cache.evidenceFor(image, clock.now(), { background: true });
  }
  const isYoung = isWhole && first.ageMs <= DENIAL_AGE_MS;
  if (isKeyState || isYoung || verdict.kind === 'allow') return verdict;
  const again = await cache.evidenceFor(image, clock.now(), {
    maxAgeMs: DENIAL_AGE_MS,
    ...waiting(),
  });
  if (again.kind === 'unavailable') return unavailable(again.code, again.detail);
  return withAge(await decideOn(again.evidence), again);
}

/** A refusal from evidence that could not be renewed says how old it is. */
function withAge(verdict: Verdict, answer: Extract<EvidenceAnswer, { kind: 'evidence' }>): Verdict {
  if (verdict.kind === 'allow' || answer.heldBack === undefined) return verdict;
  const seconds = Math.round(answer.ageMs / 1000);
  const why = {
    'back-off': 'asked again within a minute',
    registry: 'the registry does not answer now',
    deadline: 'the registry answers too slowly',
  }[answer.heldBack];
  return {
    ...verdict,
    message: `${verdict.message} (as the registry was ${seconds} s ago; ${why})`,
  };
}

function refuseTag(resolution: TagResolution, reference: string): Verdict {
  if (resolution.kind === 'unavailable')
    return unavailable(
      resolution.code,
      `could not find out what ${reference} is: ${resolution.detail}`,
    );
  const why =
    resolution.kind === 'absent'
      ? 'the registry has no such tag'
      : `it is ${resolution.digest} now and may be another image when the node pulls it`;
  return {
    kind: 'deny',
    code: 'TAG_NOT_PINNED',
    message: `${reference} is not pinned to a digest: ${why}`,
    ...plainDenial('TAG_NOT_PINNED'),
  };
}

function plainDenial(code: Parameters<typeof remedyFor>[0]) {
  return { remedy: remedyFor(code), restsOnKeyState: false } as const;
}

function unavailable(code: UnavailableCode, message: string): Verdict {
  return { kind: 'unavailable', code, message, remedy: remedyForUnavailable(code) };
}
