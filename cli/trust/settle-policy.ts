import type { TrustView } from '../../core/keys/trust-view.ts';
import type { KeySetRef, Policy } from '../../core/policy/policy.ts';
import { keysOf } from '../../core/verdict/key-standing.ts';
import { quote } from '../../core/verdict/quote.ts';
import { showPath } from '../read-input-file.ts';
import type { FilledKeySet } from './fill-key-set.ts';
import { describeOrigin, type KeySetOrigin } from './key-set-origin.ts';

export interface Requirements {
  readonly annotations: ReadonlyMap<string, string>;
  readonly tlog: 'ignore' | 'require';
}

export interface SettleContext {
  readonly trust: TrustView;
  readonly origins: ReadonlyMap<string, KeySetOrigin>;
  readonly filled: ReadonlyMap<string, FilledKeySet>;
  readonly now: number;
}

/** A policy that has no key to rely on, and why, so that a denial says that and not that the image is badly signed. */
export function denyWithoutKeys(policy: Policy, context: SettleContext): Policy {
  if (policy.unsupported !== undefined) return policy;
  const { missingProviders = [] } = policy;
  if (policy.keySets.length === 0) {
    const names = missingProviders.map((name) => quote(name)).join(', ');
    const detail = `the files given hold no key management provider ${names} that it may use`;
    return { ...policy, unsupported: { code: 'KEY_UNKNOWN', detail } };
  }
  const isUnread = policy.keySets.some(
    ({ keySet }) => context.filled.get(keySet)?.unread !== undefined,
  );
  if (isUnread || keysOf(policy, context.trust, context.now).length > 0) return policy;
  const reasons = policy.keySets.map((ref) => whyEmpty(ref, context));
  const [first] = reasons;
  if (first === undefined) return policy;
  const detail = reasons.map((reason) => reason.detail).join('; ');
  return { ...policy, unsupported: { code: first.code, detail } };
}

function whyEmpty(
  { keySet, key, version }: KeySetRef,
  { origins, filled }: SettleContext,
): NonNullable<Policy['unsupported']> {
  const origin = origins.get(keySet);
  const what = origin === undefined ? keySet : showPath(describeOrigin(origin));
  const empty = filled.get(keySet)?.empty;
  if (empty !== undefined) return { code: empty.code, detail: `${what}: ${empty.detail}` };
  const narrowed = [key, version].filter((part) => part !== undefined).join('/');
  const detail = narrowed === '' ? 'it holds no key' : `it holds no ${quote(narrowed)}`;
  return { code: 'KEY_UNKNOWN', detail: `${what}: ${detail}` };
}

/** What the command line asks for besides. */
export function addRequirements(policy: Policy, { annotations, tlog }: Requirements): Policy {
  const stricter = annotations.size === 0 ? policy : { ...policy, annotations };
  if (tlog === 'ignore' || policy.unsupported !== undefined) return stricter;
  const detail = '--tlog require asks for the transparency log, which keyward does not verify';
  return { ...stricter, unsupported: { code: 'TLOG_UNSUPPORTED', detail } };
}
