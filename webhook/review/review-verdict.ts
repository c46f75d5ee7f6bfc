import type { FoundImage } from '../../core/image/pod-images.ts';
import { formatKeyVersion } from '../../core/keys/key-id.ts';
import { quote } from '../../core/verdict/quote.ts';
import type { ReasonCode } from '../../core/verdict/reasons.ts';
import type { Verdict } from '../../core/verdict/verdict.ts';
import { makeSafeText } from '../../platform/observe/safe-text.ts';
import type { ImageVerdict } from '../decide/judge-image.ts';
import type { AdmissionResponse } from './admission-review.ts';
import type { Enforcement } from './enforcement.ts';

export interface JudgedImage extends ImageVerdict {
  readonly found: FoundImage;
}

export type Refusal = Exclude<Verdict, { kind: 'allow' }>;

/** Of a refusal: `deny` is 403 Forbidden, `unavailable` 503, so that a client can tell "no" from "could not find out". */
const HTTP_OF = {
  deny: { code: 403, reason: 'Forbidden' },
  unavailable: { code: 503, reason: 'ServiceUnavailable' },
} as const;

/** As many as a person reads, and a terminal shows. */
const SHOWN_IMAGES = 10;
const LINE_LIMIT = 4096;
const AUDITED_ITEMS = 32;

/** The whole review's answer, for a namespace that denies or warns. `off` never comes here. */
export function answerImages(
  uid: string,
  judged: readonly JudgedImage[],
  enforcement: Exclude<Enforcement, 'off'>,
): AdmissionResponse {
  const refused = judged.flatMap(({ found, verdict }) =>
    verdict.kind === 'allow' ? [] : [{ found, verdict }],
  );
  const auditAnnotations = auditOf(judged);
  const warnings = judged.flatMap(({ found, verdict }) =>
    verdict.kind === 'allow'
      ? verdict.warnings.map((each) => oneLine(`keyward: ${quote(found.container)}: ${each}`))
      : [],
  );
  if (refused.length === 0) return { uid, allowed: true, warnings, auditAnnotations };
  const lines = refused.map(({ found, verdict }) => describeRefusal(found, verdict));
  if (enforcement === 'warn')
    return {
      uid,
      allowed: true,
      warnings: [...warnings, ...shorten(lines.map((line) => `keyward would refuse: ${line}`))],
      auditAnnotations,
    };
  const isDenied = refused.some(({ verdict }) => verdict.kind === 'deny');
  return refuse(uid, isDenied ? 'deny' : 'unavailable', lines, { warnings, auditAnnotations });
}

/** A review that could not be judged image by image. */
export function answerRefusal(
  uid: string,
  refusal: Refusal,
  enforcement: Exclude<Enforcement, 'off'>,
): AdmissionResponse {
  const line = oneLine(`${refusal.code}: ${refusal.message}. To do: ${refusal.remedy}`);
  const auditAnnotations = { verdict: refusal.kind, code: refusal.code };
  return enforcement === 'warn'
    ? { uid, allowed: true, warnings: [`keyward would refuse: ${line}`], auditAnnotations }
    : refuse(uid, refusal.kind, [line], { warnings: [], auditAnnotations });
}

function refuse(
  uid: string,
  kind: Refusal['kind'],
  lines: readonly string[],
  rest: Pick<AdmissionResponse, 'warnings' | 'auditAnnotations'>,
): AdmissionResponse {
  const message = shorten(lines).join('\n');
  return {
    uid,
    allowed: false,
    status: { status: 'Failure', ...HTTP_OF[kind], message },
    ...rest,
  };
}

function shorten(lines: readonly string[]): readonly string[] {
  const more = lines.length - SHOWN_IMAGES;
  if (more <= 0) return lines;
  const rest = `and ${more} more ${more === 1 ? 'image is' : 'images are'} refused`;
  return [...lines.slice(0, SHOWN_IMAGES), rest];
}

/** Which image, why, what to do. */
function describeRefusal(found: FoundImage, verdict: Refusal): string {
  const why = `${verdict.code}: ${verdict.message}. To do: ${verdict.remedy}`;
  return oneLine(`container ${quote(found.container)}: ${why}`);
}

/**
 * Text from outside is quoted where it was put in; here nothing is left that could begin a second line, whoever forgot to: a policy's
 * or a key's name comes from an object that a tenant may have written.
 */
function oneLine(text: string): string {
  return makeSafeText(text, LINE_LIMIT);
}

/** Verdict, code, digests and keys for the API server's audit log, which prefixes them with the webhook's name. */
function auditOf(judged: readonly JudgedImage[]): Record<string, string> {
  const verdicts = judged.map(({ verdict }) => verdict);
  const refusals = verdicts.filter((verdict) => verdict.kind !== 'allow');
  const worst = refusals.find(({ kind }) => kind === 'deny') ?? refusals[0];
  const codes = listOf(refusals.map(({ code }): ReasonCode => code));
  const keys = listOf(
    verdicts.flatMap((verdict) =>
      verdict.kind === 'allow'
        ? verdict.vouchedBy.map((voucher) =>
            voucher.vaultUri === '' ? voucher.fingerprint : formatKeyVersion(voucher),
          )
        : [],
    ),
  );
  const digests = listOf(judged.flatMap(({ digest }) => digest ?? []));
  return {
    verdict: worst?.kind ?? 'allow',
    ...(codes === '' ? {} : { code: codes }),
    ...(keys === '' ? {} : { key: keys }),
    ...(digests === '' ? {} : { digest: digests }),
  };
}

function listOf(items: readonly string[]): string {
  return [...new Set(items)].slice(0, AUDITED_ITEMS).join(',');
}
