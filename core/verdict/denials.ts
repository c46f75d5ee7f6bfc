import { formatKeyVersion, formatKeyVersionShort } from '../keys/key-id.ts';
import type { Policy } from '../policy/policy.ts';
import { findMissingAnnotation } from './annotations.ts';
import { compare } from './compare.ts';
import type { DecideInput } from './decide-input.ts';
import type { UnreadCandidate } from './evidence.ts';
import type { StandingKey } from './key-standing.ts';
import { quote } from './quote.ts';
import type { DenyCode } from './reasons.ts';
import { remedyFor, remedyForUnavailable } from './remedies.ts';
import type { Rejection } from './rejections.ts';
import type { PolicyTrial, Proof } from './try-policy.ts';
import type { Verdict } from './verdict.ts';
import { voucherOf } from './voucher.ts';

type Denial = Extract<Verdict, { kind: 'deny' }>;
type Unavailable = Extract<Verdict, { kind: 'unavailable' }>;

export function denyNoPolicy(input: DecideInput): Denial {
  return deny('NO_POLICY', `no policy covers ${imageOf(input)}`);
}

/** A policy that no evidence could satisfy. */
export function denyBadPolicy(policy: Policy, input: DecideInput): Denial {
  if (policy.unsupported !== undefined) {
    const { code, detail } = policy.unsupported;
    return deny(
      code,
      `${nameOf(policy)} covers ${imageOf(input)} and cannot be satisfied: ${oneLine(detail)}`,
    );
  }
  const missing = policy.missingProviders?.map((provider) => quote(provider)).join(', ');
  const why =
    missing === undefined
      ? 'it refers to no key set'
      : `no key set follows the provider ${missing}`;
  return deny(
    'KEY_UNKNOWN',
    `${nameOf(policy)} covers ${imageOf(input)} and trusts no key: ${why}`,
  );
}

/** A good signature of this image by a version that is known and not trusted. */
export function denyForKeyState(
  { key, standing }: StandingKey,
  trial: PolicyTrial,
  input: DecideInput,
): Denial {
  const code = standing.kind === 'untrusted' ? standing.code : 'KEY_UNKNOWN';
  const reason = standing.kind === 'untrusted' ? standing.reason : '';
  const message = `${imageOf(input)} is signed by ${formatKeyVersionShort(key)}, which ${nameOf(trial.policy)} does not trust: ${oneLine(reason)}`;
  return {
    kind: 'deny',
    code,
    message,
    remedy: remedyFor(code, { key: formatKeyVersion(key), keySet: key.keySet }),
    restsOnKeyState: true,
    signedBy: voucherOf(key),
  };
}

/** A good signature of this image by a known key, without an annotation that the policy asks for. */
export function denyForClaims(
  { by, candidate }: Proof,
  trial: PolicyTrial,
  input: DecideInput,
): Denial {
  const { key, standing } = by;
  const missing = findMissingAnnotation(candidate, trial.policy) ?? '';
  const also =
    standing.kind === 'untrusted' ? `; nor is that key trusted: ${oneLine(standing.reason)}` : '';
  const message = `${imageOf(input)} is signed by ${formatKeyVersionShort(key)}, but not as ${nameOf(trial.policy)} asks: ${oneLine(missing)}${also}`;
  return { ...deny('ANNOTATION_MISMATCH', message), signedBy: voucherOf(key) };
}

export function denyForRejection(
  rejection: Rejection,
  trial: PolicyTrial,
  input: DecideInput,
): Denial {
  const others = rejection.codes.filter((code) => code !== rejection.code);
  const also = others.length === 0 ? '' : `; also found: ${others.join(', ')}`;
  const message = `${imageOf(input)} has no signature that counts for ${nameOf(trial.policy)}: ${oneLine(rejection.detail)}${noTrust(trial)}${also}`;
  return deny(rejection.code, message);
}

export function denyNoSignature(trial: PolicyTrial, input: DecideInput): Denial {
  const places = input.evidence.lookedAt.map(oneLine).join(', ') || 'nowhere';
  return deny(
    'NO_SIGNATURE',
    `${imageOf(input)} has no cosign signature, which ${nameOf(trial.policy)} asks for; looked at ${places}`,
  );
}

/** Some store or candidate could not be read, and what could be read proves nothing. */
export function describeUnread(
  unread: readonly UnreadCandidate[],
  input: DecideInput,
): Unavailable {
  const [first] = unread.toSorted((a, b) =>
    compare(`${a.code} ${a.store} ${a.detail}`, `${b.code} ${b.store} ${b.detail}`),
  );
  const code = first?.code ?? 'INTERNAL_ERROR';
  const what = first === undefined ? '' : ` (${first.store}): ${oneLine(first.detail)}`;
  return {
    kind: 'unavailable',
    code,
    message: `could not find out whether ${imageOf(input)} is signed${what}`,
    remedy: remedyForUnavailable(code),
  };
}

export function unavailableForBudget(input: DecideInput): Unavailable {
  return {
    kind: 'unavailable',
    code: 'LIMIT_CPU',
    message: `not all keys could be tried on the signatures of ${imageOf(input)}`,
    remedy: remedyForUnavailable('LIMIT_CPU'),
  };
}

/** An expired key that its key set trusts all the same: said loudly. */
export function warnOfExpired({ key, standing }: StandingKey): string | undefined {
  if (standing.kind !== 'trusted' || !standing.expired) return undefined;
  return `signed by ${formatKeyVersionShort(key)}, which expired on ${key.expiresOn}; trusted because KeySet ${key.keySet} has expiredKeys: Trust`;
}

function deny(code: DenyCode, message: string): Denial {
  return { kind: 'deny', code, message, remedy: remedyFor(code), restsOnKeyState: false };
}

function noTrust({ keys }: PolicyTrial): string {
  if (keys.length === 0) return ' (its key sets hold no key)';
  return keys.some(({ standing }) => standing.kind === 'trusted')
    ? ''
    : ' (and none of its key versions is trusted now)';
}

/** A trust policy is named by whoever wrote the verifier: a tenant may have. */
function nameOf(policy: Policy): string {
  return `policy ${oneLine(policy.id)}`;
}

/** `image` and digest; the image is a user's text. */
function imageOf({ image, evidence }: DecideInput): string {
  const shown = oneLine(image);
  return shown.includes(evidence.digest) ? shown : `${shown}@${evidence.digest}`;
}

/** Text from outside without quotes around it: control characters cannot start a new line or colour a terminal. */
function oneLine(text: string): string {
  // Quotes inside need no escape where there are none around.
  return quote(text, 400)
    .slice(1, -1)
    .replaceAll(String.raw`\"`, '"');
}
