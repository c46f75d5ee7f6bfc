import type { KeyState } from '../keys/key-version.ts';
import type { KeySetTrust, TrustedKey, TrustView } from '../keys/trust-view.ts';
import type { Policy } from '../policy/policy.ts';
import { compare } from './compare.ts';
import type { SoundCandidate } from './evidence.ts';
import type { DenyCode } from './reasons.ts';

/** What a key is worth at this moment. `expired`: trusted although expired, because its key set says so. */
export type Standing =
  | { readonly kind: 'trusted'; readonly expired: boolean }
  | { readonly kind: 'untrusted'; readonly code: DenyCode; readonly reason: string };

/** A key of a policy with its standing. */
export interface StandingKey {
  readonly key: TrustedKey;
  readonly standing: Standing;
}

type UntrustedState = Exclude<KeyState, 'trusted'>;

const CODE_OF_STATE: Readonly<Record<UntrustedState, DenyCode>> = {
  revoked: 'KEY_REVOKED',
  disabled: 'KEY_DISABLED',
  deleted: 'KEY_DELETED',
  expired: 'KEY_EXPIRED',
  notYetValid: 'KEY_NOT_YET_VALID',
  heldOut: 'KEY_HELD_OUT',
  superseded: 'KEY_SUPERSEDED',
  notFollowed: 'KEY_NOT_FOLLOWED',
  unsupported: 'KEY_UNSUPPORTED',
  unknown: 'KEY_UNKNOWN',
};

/** Most telling first: where one key stands in several sets with several states, the earliest of these is named. */
export const KEY_STATE_CODES: readonly DenyCode[] = [
  'KEY_REVOKED',
  'KEY_DISABLED',
  'KEY_DELETED',
  'KEY_EXPIRED',
  'KEY_NOT_YET_VALID',
  'KEY_HELD_OUT',
  'KEY_SUPERSEDED',
  'KEY_NOT_FOLLOWED',
  'TRUST_STALE',
  'KEY_UNSUPPORTED',
  'KEY_UNKNOWN',
];

/** The keys that a policy may rely on, narrowed as it asks, each with its standing now. Newest first. */
export function keysOf(policy: Policy, trust: TrustView, now: number): readonly StandingKey[] {
  const keys = narrowedKeys(policy, trust, now);
  // Each set is sorted already.
  return policy.keySets.length === 1 ? keys : keys.toSorted(newestFirst);
}

function narrowedKeys(policy: Policy, trust: TrustView, now: number): readonly StandingKey[] {
  return policy.keySets.flatMap((ref) => {
    const keySet = trust.keySets.get(ref.keySet);
    if (keySet === undefined) return [];
    return keySet.keys
      .filter((key) => ref.key === undefined || key.name.toLowerCase() === ref.key.toLowerCase())
      .filter(
        (key) =>
          ref.version === undefined || key.version.toLowerCase() === ref.version.toLowerCase(),
      )
      .map((key) => ({ key, standing: standingOf(key, keySet, now) }));
  });
}

/** State first, then dates (they act without anybody writing a state), then the age of what is known. */
function standingOf(key: TrustedKey, keySet: KeySetTrust, now: number): Standing {
  if (key.state !== 'trusted') return untrusted(CODE_OF_STATE[key.state], key.reason);
  if (!(now >= key.validFrom))
    return untrusted('KEY_NOT_YET_VALID', `it is not valid before ${key.notBefore}`);
  const expired = !(now < key.validUntil);
  // No timestamp is verified yet, so AllowTimestamped has no signature that it could allow.
  if (expired && keySet.expiredKeys !== 'Trust')
    return untrusted('KEY_EXPIRED', `it expired on ${key.expiresOn}`);
  if (keySet.staleAt !== undefined && !(now < keySet.staleAt))
    return untrusted('TRUST_STALE', staleReason(keySet.staleAt));
  return { kind: 'trusted', expired };
}

function staleReason(staleAt: number): string {
  return staleAt <= 0
    ? 'its key set was never read from the vault'
    : `what is known of its key set went stale at ${new Date(staleAt).toISOString()}`;
}

function untrusted(code: DenyCode, reason: string): Standing {
  return { kind: 'untrusted', code, reason };
}

/**
 * The order in which keys are tried on a candidate: the one that its hint names, then newest first. Order saves time and decides
 * nothing: the hint is unauthenticated, and every key is tried. `keys` are newest first already.
 */
export function orderKeys(
  keys: readonly StandingKey[],
  candidate: SoundCandidate,
): readonly StandingKey[] {
  const isHinted = ({ key }: StandingKey): boolean => key.fingerprint === candidate.hint;
  const hinted = keys.filter(isHinted);
  return hinted.length === 0 ? keys : [...hinted, ...keys.filter((key) => !isHinted(key))];
}

function newestFirst({ key: a }: StandingKey, { key: b }: StandingKey): number {
  return compare(b.createdAt, a.createdAt) || compareStandingKeys({ key: a }, { key: b });
}

/** A total order by name: what keeps a verdict from depending on the order of API objects. */
export function compareStandingKeys(
  a: Pick<StandingKey, 'key'>,
  b: Pick<StandingKey, 'key'>,
): number {
  return compare(identityOf(a.key), identityOf(b.key));
}

function identityOf({ keySet, vaultUri, name, version, fingerprint }: TrustedKey): string {
  return `${keySet} ${vaultUri} ${name} ${version} ${fingerprint}`;
}
