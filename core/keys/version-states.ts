import type { KeyRevocation, KeySetSpec } from './key-set.ts';
import type { KeyState } from './key-version.ts';
import type { FindRevocation } from './revocation.ts';
import { formatTime } from './time.ts';
import { enableLine, notBeforeLine, recoverLine } from './vault-lines.ts';
import { fingerprintOf, hasChangedKey, newestFirst, type VersionFacts } from './version-facts.ts';

export interface StatePolicy {
  /** `namespace/name`, for the lines that tell a person what to do. */
  readonly keySet: string;
  readonly spec: Pick<KeySetSpec, 'versions' | 'expiredKeys'>;
  readonly findRevocation: FindRevocation;
  /** `name/version` of what a person took out of a managed provider. */
  readonly heldOut: ReadonlySet<string>;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export interface Judgement {
  readonly state: KeyState;
  readonly reason: string;
}

type Check = (
  facts: VersionFacts,
  policy: StatePolicy,
  sets: FollowedSets,
) => Judgement | undefined;

interface FollowedSets {
  /** Versions that spec and vault say are followed, the newest `limit` of them. */
  readonly kept: ReadonlySet<string>;
  readonly followed: ReadonlySet<string>;
}

/** Of a version whose key is not the one known before. It stays in the status, so that no restart and no outage forgets it. */
export const KEY_CHANGED =
  'TAMPERING? The vault now shows another public key for this version than the one known, which never happens in Key Vault. ' +
  'Neither is trusted. Find out who changed the vault, its answers or this status; then delete the KeySet and create it again';

/**
 * Judges all versions of ONE key. Pure. What is followed compares `createdOn` with `createdOn` only, never with another clock.
 * A version is trusted only when no check objects.
 */
export function judgeVersions(
  versions: readonly VersionFacts[],
  policy: StatePolicy,
): ReadonlyMap<VersionFacts, Judgement> {
  const sets = followedSets(versions, policy.spec.versions);
  return new Map(versions.map((facts) => [facts, judge(facts, policy, sets)]));
}

/** The sentence of a revoked version. */
export function revokedBy({ name }: KeyRevocation): Judgement {
  return {
    state: 'revoked',
    reason: `revoked by KeyRevocation ${name}; to lift it: kubectl delete keyrevocation ${name}`,
  };
}

function judge(facts: VersionFacts, policy: StatePolicy, sets: FollowedSets): Judgement {
  for (const check of CHECKS) {
    const objection = check(facts, policy, sets);
    if (objection !== undefined) return objection;
  }
  const { expiresOn = Infinity } = facts;
  const reason =
    expiresOn <= policy.now
      ? 'enabled in the vault; expired, and spec.expiredKeys trusts expired versions'
      : 'enabled in the vault';
  return { state: 'trusted', reason };
}

/**
 * First objection wins. What the vault says comes first, so that a lifted revocation or an edited spec can never hide that a
 * version was disabled when the vault is away.
 */
const CHECKS: readonly Check[] = [
  (facts) =>
    facts.presence === 'deleted'
      ? {
          state: 'deleted',
          reason: `the vault says that it does not exist (any more); to trust it, recover its key if it was not purged: ${recoverLine(facts)}`,
        }
      : undefined,
  (facts) =>
    facts.presence === 'present' && !facts.enabled
      ? {
          state: 'disabled',
          reason: `disabled in the vault; to trust it, enable it there: ${enableLine(facts)}`,
        }
      : undefined,
  (facts, { findRevocation }) => {
    const { previous } = facts;
    // Both keys of a version whose key changed: neither may escape its revocation.
    const revocation =
      findRevocation({ ...facts, fingerprint: fingerprintOf(facts) }) ??
      findRevocation({ ...facts, fingerprint: previous?.fingerprint });
    return revocation === undefined ? undefined : revokedBy(revocation);
  },
  (facts) => (hasChangedKey(facts) ? { state: 'unknown', reason: KEY_CHANGED } : undefined),
  (facts) => {
    if (facts.presence === 'unknown' || facts.key === undefined) return unread(facts);
    return facts.key.ok ? undefined : { state: 'unsupported', reason: facts.key.detail };
  },
  (facts, { keySet, spec }) =>
    spec.versions.exclude.includes(facts.version)
      ? {
          state: 'notFollowed',
          reason: `listed in spec.versions.exclude; to trust it: ${editLine(keySet)} and remove "${facts.version}" there`,
        }
      : undefined,
  (facts, { keySet }, { followed }) =>
    followed.has(facts.version)
      ? undefined
      : {
          state: 'notFollowed',
          reason: `not in spec.versions.baseline and not newer than it; to trust it: ${includeLine(keySet, facts.version)}`,
        },
  (facts, { keySet, spec }, { kept }) =>
    kept.has(facts.version)
      ? undefined
      : {
          state: 'superseded',
          reason: `older than the newest ${spec.versions.limit} of its key; to trust it: ${editLine(keySet)} and raise spec.versions.limit`,
        },
  ({ notBefore = -Infinity, createdOn = 0, ...id }, { now }) =>
    notBefore > now
      ? {
          state: 'notYetValid',
          reason: `valid from ${formatTime(notBefore)}, and trusted then; to trust it sooner: ${notBeforeLine(id, formatTime(createdOn))}`,
        }
      : undefined,
  ({ expiresOn = Infinity }, { keySet, spec, now }) =>
    spec.expiredKeys !== 'Trust' && expiresOn <= now
      ? {
          state: 'expired',
          reason: `expired ${formatTime(expiresOn)} (spec.expiredKeys: ${spec.expiredKeys}); to trust it: ${editLine(keySet)} and set Trust`,
        }
      : undefined,
  (facts, { heldOut }) =>
    heldOut.has(`${facts.name}/${facts.version}`)
      ? {
          state: 'heldOut',
          reason: `taken out of the managed provider; to trust it, remove "${facts.name}/${facts.version}" from its annotation keyward.dev/held-out`,
        }
      : undefined,
];

function unread({ previous }: VersionFacts): Judgement {
  // While the vault is away, what was wrong with a version stays said.
  if (previous?.state === 'unsupported' || previous?.reason === KEY_CHANGED)
    return { state: previous.state, reason: previous.reason };
  return {
    state: 'unknown',
    reason:
      'its state or its public key could not be read from the vault; judged again as soon as they can',
  };
}

/**
 * The limit counts every followed version, disabled and deleted ones too: otherwise disabling the newest key would let an older,
 * superseded one back in.
 */
function followedSets(
  versions: readonly VersionFacts[],
  spec: KeySetSpec['versions'],
): FollowedSets {
  const isFollowed = followTest(versions, spec);
  const followed = versions
    .filter((facts) => isFollowed(facts) && !spec.exclude.includes(facts.version))
    .toSorted(newestFirst)
    .map(({ version }) => version);
  return { followed: new Set(followed), kept: new Set(followed.slice(0, spec.limit)) };
}

/** A deleted baseline version still anchors "newer than": deleting a version in the vault never widens what is followed. */
function followTest(
  versions: readonly VersionFacts[],
  { baseline, follow }: KeySetSpec['versions'],
): (facts: VersionFacts) => boolean {
  if (baseline === undefined) return () => follow;
  const listed = new Set(baseline);
  // A baseline whose creation is not known gives nothing to compare with: only itself is followed.
  const times = versions
    .filter(({ version }) => listed.has(version))
    .map(({ createdOn = Infinity }) => createdOn);
  const newest = times.length > 0 ? Math.max(...times) : Infinity;
  return ({ version, createdOn = -Infinity }) =>
    listed.has(version) || (follow && createdOn > newest);
}

function includeLine(keySet: string, version: string): string {
  const { namespace, name } = splitName(keySet);
  const patch = `[{"op":"add","path":"/spec/versions/baseline/-","value":"${version}"}]`;
  return `kubectl patch keyset ${name} -n ${namespace} --type=json -p '${patch}'`;
}

function editLine(keySet: string): string {
  const { namespace, name } = splitName(keySet);
  return `kubectl edit keyset ${name} -n ${namespace}`;
}

function splitName(keySet: string): { namespace: string; name: string } {
  const slash = keySet.indexOf('/');
  return { namespace: keySet.slice(0, slash), name: keySet.slice(slash + 1) };
}
