import { remedyFor, remedyForUnavailable } from '../../core/verdict/remedies.ts';
import type { JudgeImage } from '../decide/judge-image.ts';
import type { Deadline } from '../server/deadline.ts';
import type { TrustSnapshot } from '../trust/build-snapshot.ts';
import type { AdmissionRequest, AdmissionResponse } from './admission-review.ts';
import type { EnforcementAnswer, FindEnforcement } from './enforcement.ts';
import { answerImages, answerRefusal, type JudgedImage, type Refusal } from './review-verdict.ts';
import { selectImages, type ImageSelection } from './select-images.ts';

export interface ValidateOptions {
  readonly findEnforcement: FindEnforcement;
  readonly judge: JudgeImage;
  readonly snapshot: () => TrustSnapshot;
  /** What is not known yet; empty: ready to judge. */
  readonly missing: () => readonly string[];
  readonly onJudged: (judged: readonly JudgedImage[], request: AdmissionRequest) => void;
  /** A review that did not come to be judged image by image. */
  readonly onRefused: (refusal: Refusal, request: AdmissionRequest) => void;
  readonly onFault: (error: unknown) => void;
}

interface Judging {
  readonly request: AdmissionRequest;
  readonly deadline: Deadline;
  readonly selection: Extract<ImageSelection, { kind: 'judge' }>;
}

export type AnswerRequest = (
  uid: string,
  request: AdmissionRequest,
  deadline: Deadline,
) => Promise<AdmissionResponse>;

/**
 * `/validate`: every image that would start to run needs a trusted signature. Distinct images are judged side by side; one that
 * takes long delays the answer, never past the deadline, and changes no other's verdict.
 */
export function createValidate(options: ValidateOptions): AnswerRequest {
  return async (uid, request, deadline) => {
    const selection = selectImages(request);
    if (selection.kind === 'skip') return { uid, allowed: true };
    const answer = await options.findEnforcement(request.namespace ?? '', deadline);
    if (answer.kind === 'known' && answer.enforcement === 'off') return { uid, allowed: true };
    const enforcement = enforcementOf(answer);
    const refuseWhole = (refusal: Refusal): AdmissionResponse => {
      options.onRefused(refusal, request);
      return answerRefusal(uid, refusal, enforcement);
    };
    if (answer.kind === 'unknown')
      return refuseWhole(unavailable('NAMESPACE_UNKNOWN', answer.detail));
    try {
      const result =
        selection.kind === 'malformed'
          ? malformed(selection.detail)
          : await judgeSelection({ request, deadline, selection }, options);
      if ('code' in result) return noted(answer, refuseWhole(result));
      return noted(answer, answerImages(uid, result, enforcement));
    } catch (error) {
      // Here and not further out: a fault of ours must not block a namespace that only warns.
      options.onFault(error);
      return noted(answer, refuseWhole(internalError()));
    }
  };
}

/** A verdict for each image, or why there can be none. */
async function judgeSelection(
  { request, deadline, selection }: Judging,
  options: ValidateOptions,
): Promise<readonly JudgedImage[] | Refusal> {
  const missing = options.missing();
  if (missing.length > 0) {
    return unavailable('NOT_READY', `keyward has not read ${missing.join(', ')} yet`);
  }
  const { namespace = '' } = request;
  const snapshot = options.snapshot();
  const verdicts = new Map<string, ReturnType<JudgeImage>>();
  const judged = await Promise.all(
    selection.images.map(async (found): Promise<JudgedImage> => {
      const { image } = found;
      const question = { image, namespace, mustBePinned: selection.isPod, snapshot, deadline };
      const verdict = verdicts.get(image) ?? options.judge(question);
      verdicts.set(image, verdict);
      return { found, ...(await verdict) };
    }),
  );
  options.onJudged(judged, request);
  return judged;
}

/** A namespace that is not known is one that denies (CVE-2025-46342). */
function enforcementOf(answer: EnforcementAnswer): 'deny' | 'warn' {
  return answer.kind === 'known' && answer.enforcement === 'warn' ? 'warn' : 'deny';
}

function noted(
  answer: Extract<EnforcementAnswer, { kind: 'known' }>,
  response: AdmissionResponse,
): AdmissionResponse {
  if (answer.note === undefined) return response;
  return { ...response, warnings: [`keyward: ${answer.note}`, ...(response.warnings ?? [])] };
}

function malformed(detail: string): Refusal {
  const code = 'REVIEW_MALFORMED';
  return { kind: 'deny', code, message: detail, remedy: remedyFor(code), restsOnKeyState: false };
}

/** What a review is answered with when keyward itself failed. */
export function internalError(): Refusal {
  return unavailable('INTERNAL_ERROR', 'keyward failed while judging this request');
}

function unavailable(
  code: 'NAMESPACE_UNKNOWN' | 'NOT_READY' | 'INTERNAL_ERROR',
  message: string,
): Refusal {
  return { kind: 'unavailable', code, message, remedy: remedyForUnavailable(code) };
}
